-- Messages whose rows are gone, counted: by the day they were accepted (local time of the machine), who sent them, what
-- became of them, and the modem that had them last. `segments` are those that went on the air.
CREATE TABLE tally (
    day TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    klass TEXT NOT NULL,
    state TEXT NOT NULL,
    modem TEXT NOT NULL,
    messages INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    PRIMARY KEY (day, account, kind, klass, state, modem)
) STRICT, WITHOUT ROWID;

-- How long the text was, for the daily report: it is wiped before that is written.
ALTER TABLE message ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
