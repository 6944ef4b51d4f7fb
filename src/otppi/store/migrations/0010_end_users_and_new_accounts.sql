-- The end user's address for whom a code was asked, keyed with its account: what bounds codes for one address counts by it.
ALTER TABLE verification ADD COLUMN source_tag BLOB;

-- Accounts whose codes people were seen to enter: the fraud rule for new accounts asks them no more.
CREATE TABLE proven_account (
    account TEXT NOT NULL PRIMARY KEY,
    since REAL NOT NULL
) STRICT, WITHOUT ROWID;
