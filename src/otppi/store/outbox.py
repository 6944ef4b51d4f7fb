"""Messages in SQLite: accepted once, moved along their edges, their text wiped when it has served."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from otppi.domain.message import OPEN, apply_all
from otppi.ports.store import Accepted, AlreadyExists, Conflict, Duplicate, NoResend, NotFound
from otppi.store import resends, rows, sims

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otppi.domain.message import Change, Message, State
    from otppi.ports.store import Cursor, Entry, KeyClaim, NewVerification, SimUse
    from otppi.store.link import Link
    from otppi.store.writer import Writer

    Verdict = Accepted | Duplicate | Conflict | NoResend

_LOOK_UP_KEY: Final = """
    SELECT d.content, m.id, m.answer, m.open OR m.handed,
           v.message IS NOT NULL AND (v.state <> 'pending' OR v.expires <= :now)
    FROM dedupe d JOIN message m ON m.seq = d.message LEFT JOIN verification v ON v.message = d.message
    WHERE d.tag = :tag AND d.until > :now
"""
_PUT_KEY: Final = "INSERT OR REPLACE INTO dedupe (message, tag, content, until) VALUES (?, ?, ?, ?)"
_PUT_VERIFICATION: Final = """
    INSERT INTO verification (message, account, receiver_tag, state, created, expires, guesses_left, sends, salt,
        verifier, key_id, sealed, reference, source_tag) VALUES (?, ?, ?, 'pending', ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)
"""
_FAIL_VERIFICATION: Final = (
    "UPDATE verification SET state = 'failed', sealed = NULL WHERE message = ? AND state = 'pending'"
)
_GET: Final = f"SELECT {rows.COLUMNS}, seq FROM message WHERE id = ?"  # noqa: S608 - names of this package
_OPEN: Final = f"SELECT {rows.COLUMNS} FROM message WHERE open = 1 ORDER BY seq"  # noqa: S608 - as above
_FIND: Final = f"""
    SELECT {rows.COLUMNS} FROM message
    WHERE id < :before AND (:account IS NULL OR account = :account) AND (:state IS NULL OR state = :state)
    ORDER BY id DESC LIMIT :limit
"""  # noqa: S608 - as above
_FIND_OPEN: Final = f"""
    SELECT {rows.COLUMNS} FROM message
    WHERE open = 1 AND id < :before AND (:account IS NULL OR account = :account) AND state = :state
    ORDER BY id DESC LIMIT :limit
"""  # noqa: S608 - as above
_WITHOUT_TEXT: Final = "SELECT id FROM message WHERE open = 1 AND sealed IS NULL"
_PAST_ALL_IDS: Final = "~"


class SqliteOutbox:
    """Implements `otppi.ports.store.Outbox`."""

    def __init__(self, writer: Writer, guesses: int) -> None:
        """`guesses` is how many wrong guesses a new code survives."""
        self._writer = writer
        self._guesses = guesses

    async def accept(self, entry: Entry, *, now: float, write: bool = True) -> Verdict:
        # What can be encoded before the writer thread has it, is.
        acceptance = _Acceptance(entry, self._guesses, now)
        return await self._writer.write(acceptance.write if write else acceptance.judge)

    async def settle(self, message_id: str, changes: Sequence[Change], *, use: SimUse | None = None) -> Message:
        steps = tuple(changes)
        return await self._writer.write(lambda link: _settle(link, message_id, steps, use))

    async def open_messages(self) -> list[Message]:
        # Decoded in the reading thread: a hundred thousand of them must not hold the loop.
        return await self._writer.read(lambda link: [rows.message_of(row) for row in link.execute(_OPEN)])

    async def sealed_text(self, message_id: str) -> bytes | None:
        sql = "SELECT sealed FROM message WHERE id = ?"
        row = await self._writer.read(lambda link: link.execute(sql, (message_id,)).fetchone())
        if row is None:
            raise NotFound(message_id)
        text: bytes | None = row[0]
        return text

    async def without_text(self) -> set[str]:
        return await self._writer.read(lambda link: {id_ for (id_,) in link.execute(_WITHOUT_TEXT)})

    async def get(self, message_id: str) -> Message:
        return await self._writer.read(lambda link: _load(link, message_id)[1])

    async def find(self, *, account: str | None, state: State | None, cursor: Cursor) -> list[Message]:
        wanted = {
            "account": account,
            "state": None if state is None else state.value,
            "before": _PAST_ALL_IDS if cursor.before is None else cursor.before,
            "limit": cursor.limit,
        }
        sql = _FIND_OPEN if state in OPEN else _FIND
        return await self._writer.read(lambda link: [rows.message_of(row) for row in link.execute(sql, wanted)])


class _Acceptance:
    """One entry, encoded."""

    __slots__ = ("_id", "_key_rows", "_keys", "_now", "_resend_of", "_row", "_verification")

    def __init__(self, entry: Entry, guesses: int, now: float) -> None:
        self._id = entry.message.id
        self._now = now
        self._keys = entry.keys
        self._resend_of = entry.resend_of
        self._row = rows.inserted(entry)
        self._key_rows = [_key_row(key, entry) for key in entry.keys]
        new = entry.verification
        self._verification = None if new is None else _verification_row(new, guesses)

    def judge(self, link: Link) -> Verdict:
        """Edge a without writing anything."""
        if self._resend_of and (refused := resends.judge(link, self._resend_of, self._now)) is not None:
            return refused
        replaced = False
        for key in self._keys:
            verdict = _judge_key(link, key, self._now)
            if not isinstance(verdict, Accepted):
                return verdict
            replaced = replaced or verdict.replaced
        return Accepted(replaced)

    def write(self, link: Link) -> Verdict:
        """Edge a."""
        verdict = self.judge(link)
        if isinstance(verdict, Accepted):
            self._insert(link)
        return verdict

    def _insert(self, link: Link) -> None:
        try:
            seq = link.execute(rows.INSERT, self._row).lastrowid
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(self._id) from error
        for row in self._key_rows:
            link.execute(_PUT_KEY, (seq, *row))
        if self._verification is not None:
            link.execute(_PUT_VERIFICATION, (seq, *self._verification))
        if self._resend_of:
            resends.count(link, self._resend_of, self._id, self._now)
        link.stamp(self._now)


def _judge_key(link: Link, key: KeyClaim, now: float) -> Verdict:
    if key.first:
        return Accepted()
    row = link.execute(_LOOK_UP_KEY, {"tag": key.tag, "now": now}).fetchone()
    if row is None:
        return Accepted()
    content, message_id, answer, open_or_handed, code_ended = row
    same = content == key.content
    if code_ended and not open_or_handed:
        return Accepted()  # its message ended and no modem ever had it: the reference is free
    if code_ended and (same or key.strict):
        return Conflict("ended")
    if same:
        return Duplicate(message_id, answer)
    return Conflict("content") if key.strict else Accepted(replaced=True)


def _key_row(key: KeyClaim, entry: Entry) -> tuple[object, ...]:
    """A reference is remembered at least as long as its code lives."""
    lives = entry.verification.expires if entry.verification is not None and key.strict else key.until
    return (key.tag, key.content, max(key.until, lives))


def _verification_row(new: NewVerification, guesses: int) -> tuple[object, ...]:
    return (
        *(new.account, new.receiver_tag, new.created, new.expires, guesses),
        *(new.salt, new.verifier, new.key_id, new.sealed, new.reference, new.source_tag or None),
    )


def _load(link: Link, message_id: str) -> tuple[int, Message]:
    """The seq of a message, and the message."""
    row = link.execute(_GET, (message_id,)).fetchone()
    if row is None:
        raise NotFound(message_id)
    return row[-1], rows.message_of(row[:-1])


def _settle(link: Link, message_id: str, changes: tuple[Change, ...], use: SimUse | None) -> Message:
    seq, before = _load(link, message_id)
    message = rows.as_kept(apply_all(before, changes))
    link.execute(rows.UPDATE, rows.updated(message, seq))
    if use is not None:
        sims.count(link, use)
    if not message.needs_text and not message.ever_handed:
        link.execute(_FAIL_VERIFICATION, (seq,))
    link.stamp(rows.touched(message))
    return message
