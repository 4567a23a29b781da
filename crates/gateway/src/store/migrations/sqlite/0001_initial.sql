-- The metadata document and its version; exactly one row.
CREATE TABLE metadata (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    document TEXT NOT NULL,
    resource_version INTEGER NOT NULL
) STRICT;

INSERT INTO metadata (id, document, resource_version) VALUES (1, '{"version":3,"sources":[]}', 1);

-- The last good introspection answer of each remote, as received. `source` is the address that answered.
CREATE TABLE introspection (
    remote TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    answer BLOB NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT;

-- What the console and the command line keep for themselves; exactly one row, written when the file is first opened.
CREATE TABLE catalog_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL,
    cli_state TEXT NOT NULL DEFAULT '{}',
    console_state TEXT NOT NULL DEFAULT '{}'
) STRICT;
