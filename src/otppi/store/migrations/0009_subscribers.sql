-- Doors of ours to brokers. `settings` is a JSON object of texts, by the rows of domain/subscriber.py; the password is sealed.
CREATE TABLE subscriber (
    name TEXT NOT NULL PRIMARY KEY,
    method TEXT NOT NULL,
    settings TEXT NOT NULL,
    password BLOB
) STRICT, WITHOUT ROWID;

-- What was refused of them for good, or lost: no text of it, the receiver masked. The newest thousand are kept.
CREATE TABLE refused_request (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    subscriber TEXT NOT NULL,
    account TEXT NOT NULL,
    command TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    receiver TEXT NOT NULL
) STRICT;
CREATE INDEX refused_request_subscriber ON refused_request (subscriber, seq);
