-- Counts the writes that another gateway would have to hear of.
ALTER TABLE metadata ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- Answers to introspections as received, by the SHA-256 of their bytes, so that equal answers are kept once.
CREATE TABLE snapshot (
    hash TEXT PRIMARY KEY,
    answer BLOB NOT NULL
) STRICT;

-- Which snapshot each remote is served from, and which one is held back until somebody applies it. `source` is the address
-- that answered.
CREATE TABLE introspected (
    remote TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('served', 'held')),
    source TEXT NOT NULL,
    snapshot TEXT NOT NULL REFERENCES snapshot (hash),
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (remote, purpose)
) STRICT;

-- There is no SHA-256 in SQL; the next introspection replaces this stand-in.
INSERT INTO snapshot (hash, answer) SELECT 'of ' || remote, answer FROM introspection;
INSERT INTO introspected (remote, purpose, source, snapshot, fetched_at)
    SELECT remote, 'served', source, 'of ' || remote, fetched_at FROM introspection;
DROP TABLE introspection;
ALTER TABLE introspected RENAME TO introspection;

-- Documents as they were, deflated, by the SHA-256 of their text.
CREATE TABLE document (
    hash TEXT PRIMARY KEY,
    deflated BLOB NOT NULL
) STRICT;

-- The changes of the document. A version that is not here has the document of the one before it.
CREATE TABLE version (
    resource_version INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    command TEXT NOT NULL,
    document TEXT NOT NULL REFERENCES document (hash)
) STRICT;
