-- How often a SIM with limits was used, by whole minutes of gateway time: as many rows as a day has minutes at most.
-- `last` is the newest use of the minute. A SIM is named by its ICCID, else its IMSI, else the modem it is in.
CREATE TABLE sim_use (
    sim TEXT NOT NULL,
    minute INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    last REAL NOT NULL,
    PRIMARY KEY (sim, minute)
) STRICT, WITHOUT ROWID;

-- SIMs that their network has blocked, until the owner says otherwise; `modem` is where that was seen.
CREATE TABLE sim_quarantine (
    sim TEXT PRIMARY KEY,
    modem TEXT NOT NULL,
    since REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- The door a message came by.
ALTER TABLE message ADD COLUMN door TEXT NOT NULL DEFAULT '';
