-- Codes are sent again. One row is one resend: `verification` is the first message's seq, `message` the seq of the one
-- that carries the code once more, `at` when it was asked for.
CREATE TABLE resend (
    verification INTEGER NOT NULL,
    message INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (verification, message)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER resend_follows AFTER DELETE ON verification BEGIN
    DELETE FROM resend WHERE verification = old.message;
END;

-- The caller's own name of a code, so that a check may name the code by its id; and what the caller told of it.
ALTER TABLE verification ADD COLUMN reference TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN feedback TEXT NOT NULL DEFAULT '';
UPDATE verification SET reference = coalesce(
    (SELECT json_extract(answer, '$.reference') FROM message WHERE seq = verification.message), ''
) WHERE state = 'pending';
