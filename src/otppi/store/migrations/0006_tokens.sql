-- Bearer tokens: the keyed tag of each, never the token itself. `expires` is empty for never, `used` for not yet.
CREATE TABLE token (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    tag BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created REAL NOT NULL,
    expires REAL,
    used REAL
) STRICT, WITHOUT ROWID;
