-- The metadata document and its version; exactly one row. `revision` counts the writes that other gateways have to hear of.
CREATE TABLE metadata (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    document TEXT NOT NULL,
    resource_version BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

INSERT INTO metadata (id, document, resource_version, revision) VALUES (1, '{"version":3,"sources":[]}', 1, 1);

-- Answers to introspections as received, by the SHA-256 of their bytes, so that equal answers are kept once.
CREATE TABLE snapshot (
    hash TEXT PRIMARY KEY,
    answer BYTEA NOT NULL
);

-- Which snapshot each remote is served from, and which one is held back until somebody applies it. `source` is the address
-- that answered.
CREATE TABLE introspection (
    remote TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('served', 'held')),
    source TEXT NOT NULL,
    snapshot TEXT NOT NULL REFERENCES snapshot (hash),
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (remote, purpose)
);

-- Documents as they were, deflated, by the SHA-256 of their text.
CREATE TABLE document (
    hash TEXT PRIMARY KEY,
    deflated BYTEA NOT NULL
);

-- The changes of the document. A version that is not here has the document of the one before it.
CREATE TABLE version (
    resource_version BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,
    command TEXT NOT NULL,
    document TEXT NOT NULL REFERENCES document (hash)
);

-- What the console and the command line keep for themselves; exactly one row, written when the store is first opened.
CREATE TABLE catalog_state (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL,
    cli_state TEXT NOT NULL DEFAULT '{}',
    console_state TEXT NOT NULL DEFAULT '{}'
);
