-- Everything the gateway keeps. Texts are sealed and codes are keyed verifiers before they come here.
-- Times are gateway seconds. Few indexes on purpose: each one is another page written for every SMS.

-- One row is one message: its segments and history are JSON arrays in it, padded with blanks for what is still to
-- come, so that the later steps of its life change the row in place. `id` sorts by time. `answer` is the first
-- answer's data. A text stays no longer than a segment may still go on the air.
CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    klass TEXT NOT NULL,
    receiver TEXT NOT NULL,
    created REAL NOT NULL,
    deadline REAL NOT NULL,
    policy TEXT NOT NULL,
    concat_reference INTEGER NOT NULL,
    pinned TEXT NOT NULL,
    late_ok INTEGER NOT NULL,
    verification TEXT NOT NULL,
    route TEXT NOT NULL,
    answer TEXT NOT NULL,
    state TEXT NOT NULL,
    open INTEGER NOT NULL,
    handed INTEGER NOT NULL,
    touched REAL NOT NULL,
    possible_duplicate INTEGER NOT NULL,
    outcome_unknown INTEGER NOT NULL,
    sent_late INTEGER NOT NULL,
    error TEXT NOT NULL,
    segments TEXT NOT NULL,
    history TEXT NOT NULL,
    sealed BLOB,
    CHECK (open = 1 OR sealed IS NULL)
) STRICT;
CREATE INDEX message_open ON message (open) WHERE open = 1;

-- Duplicate keys and the contents they came with, as keyed tags; `message` is a message.seq.
CREATE TABLE dedupe (
    tag BLOB PRIMARY KEY,
    content BLOB NOT NULL,
    message INTEGER NOT NULL,
    until REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Codes that wait to be checked; `message` is the seq of the message that carries the code, whose id is its id.
CREATE TABLE verification (
    message INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    receiver_tag BLOB NOT NULL,
    state TEXT NOT NULL,
    created REAL NOT NULL,
    expires REAL NOT NULL,
    guesses_left INTEGER NOT NULL,
    sends INTEGER NOT NULL,
    salt BLOB NOT NULL,
    verifier BLOB NOT NULL,
    key_id TEXT NOT NULL,
    sealed BLOB,
    CHECK (state = 'pending' OR sealed IS NULL)
) STRICT;
CREATE INDEX verification_pending ON verification (expires) WHERE state = 'pending';

-- Wrong guesses per receiver: how many in a row, and the times of the newest ten (JSON).
CREATE TABLE guess (
    account TEXT NOT NULL,
    receiver_tag BLOB NOT NULL,
    in_row INTEGER NOT NULL,
    newest REAL NOT NULL,
    times TEXT NOT NULL,
    PRIMARY KEY (receiver_tag, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    rights TEXT NOT NULL,
    ussd_patterns TEXT NOT NULL,
    networks TEXT NOT NULL,
    active INTEGER NOT NULL,
    strict_ids INTEGER NOT NULL,
    short_codes INTEGER NOT NULL,
    policy TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE modem (
    name TEXT PRIMARY KEY,
    port TEXT NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    prefixes TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    api INTEGER NOT NULL,
    internet INTEGER NOT NULL,
    active INTEGER NOT NULL,
    baud INTEGER NOT NULL,
    parity TEXT NOT NULL,
    stop_bits INTEGER NOT NULL,
    pin BLOB,
    smsc TEXT NOT NULL,
    imei TEXT NOT NULL,
    iccid TEXT NOT NULL,
    imsi TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE block (
    msisdn TEXT PRIMARY KEY,
    active INTEGER NOT NULL,
    changed REAL NOT NULL,
    changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alarm (
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    since REAL NOT NULL,
    severity TEXT NOT NULL,
    remedy TEXT NOT NULL,
    PRIMARY KEY (kind, object)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the newest time stamp (exact after a clean close, else at most ten seconds behind), and a counter that
-- guesses which count nowhere write to, so that they commit as the others do.
CREATE TABLE tide (
    newest REAL NOT NULL,
    idle_guesses INTEGER NOT NULL
) STRICT;
INSERT INTO tide (newest, idle_guesses) VALUES (0.0, 0);
