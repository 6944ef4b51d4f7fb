-- A message does not go out before this gateway time; 0: at once.
ALTER TABLE message ADD COLUMN not_before REAL NOT NULL DEFAULT 0.0;
