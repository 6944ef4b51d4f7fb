-- What each account may have made and waiting, 0 for no limit or the setting's, and the calling codes it may send codes
-- to (JSON), empty for the setting's. How much it has made is read off the messages.
ALTER TABLE account ADD COLUMN rate_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN rate_hour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN rate_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN queue INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN countries TEXT NOT NULL DEFAULT '[]';

-- Ranges of numbers whose codes nobody entered. A range is a number less its last 4 digits.
CREATE TABLE range_block (
    range TEXT PRIMARY KEY,
    since REAL NOT NULL,
    until REAL NOT NULL,
    level INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    approved INTEGER NOT NULL,
    pardoned REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Checks of codes by whole minutes of gateway time, of the last hour, and only of accounts where some were wrong.
CREATE TABLE checked_minute (
    account TEXT NOT NULL,
    minute INTEGER NOT NULL,
    checks INTEGER NOT NULL,
    wrong INTEGER NOT NULL,
    PRIMARY KEY (account, minute)
) STRICT, WITHOUT ROWID;
