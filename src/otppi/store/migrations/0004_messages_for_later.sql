-- A message does not go out before this gateway time; 0: at once.
ALTER TABLE message ADD COLUMN not_before REAL NOT NULL DEFAULT 0.0;

-- An account lists its own messages, newest first, however many the others have: a scan would read them all. Measured
-- (tests/integration/measure_store.py): 3.6 KiB more for each SMS, of 51.
CREATE INDEX message_account ON message (account);
