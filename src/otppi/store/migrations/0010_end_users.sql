-- The end user's address for whom a code was asked, keyed with its account: what bounds codes for one address counts by it.
ALTER TABLE verification ADD COLUMN source_tag BLOB;
