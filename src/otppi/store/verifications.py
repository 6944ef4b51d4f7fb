"""Codes that wait to be checked, in SQLite. Sees verifiers and sealed texts, never a code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.otp import MAX_WRONG_PER_CODE, VerificationState
from otppi.ports.store import NoGuess, NotFound, Ticket, Verification
from otppi.store import budgets, resends
from otppi.store.rove import Rover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otppi.ports.store import Feedback
    from otppi.store.link import Link
    from otppi.store.writer import Writer

_KEPT: Final = "m.id, v.message, v.state, v.expires, v.salt, v.verifier, v.key_id, v.guesses_left"
_LOOK_UP: Final = f"""
    SELECT {_KEPT}
    FROM dedupe d JOIN verification v ON v.message = d.message JOIN message m ON m.seq = d.message
    WHERE d.tag = ? AND d.until > ? AND v.account = ?
"""  # noqa: S608 - a text of this module
_LOOK_UP_ID: Final = f"""
    SELECT v.receiver_tag, v.reference, m.receiver, {_KEPT}
    FROM message m JOIN verification v ON v.message = m.seq WHERE m.id = ? AND v.account = ?
"""  # noqa: S608 - as above
_COUNT: Final = """
    UPDATE verification SET guesses_left = guesses_left - 1,
        state = iif(guesses_left > 1, state, 'exhausted'), sealed = iif(guesses_left > 1, sealed, NULL)
    WHERE message = ?
"""
_APPROVE: Final = """
    UPDATE verification SET state = 'approved', sealed = NULL
    WHERE message = (SELECT seq FROM message WHERE id = ?) AND state IN ('pending', 'exhausted') AND expires > ?
    RETURNING message, account, receiver_tag
"""
_END: Final = """
    UPDATE verification SET state = ?, sealed = NULL
    WHERE message = (SELECT seq FROM message WHERE id = ?) AND state = 'pending'
    RETURNING message
"""
_FEEDBACK: Final = """
    UPDATE verification SET feedback = :feedback,
        state = iif(state = 'pending' AND expires > :now, :state, state),
        sealed = iif(state = 'pending' AND expires > :now, NULL, sealed)
    WHERE message = (SELECT seq FROM message WHERE id = :id) AND feedback = ''
    RETURNING message, state
"""
_STATE_AFTER: Final[Mapping[Feedback, VerificationState]] = {
    "approved": VerificationState.APPROVED,
    "abandoned": VerificationState.CANCELLED,
}
_SWEEP: Final = """
    UPDATE verification SET state = 'expired', sealed = NULL WHERE message IN (
        SELECT message FROM verification WHERE state = 'pending' AND expires <= ? ORDER BY expires LIMIT ?)
"""
_RECORD: Final = f"""
    SELECT m.id, v.account, v.state, v.created, v.expires, v.guesses_left, v.sends, m.receiver, v.reference,
        v.feedback, {resends.LAST_SENT}, {resends.NEWEST}
    FROM message m JOIN verification v ON v.message = m.seq
"""  # noqa: S608 - texts of this package
_GET: Final = f"{_RECORD} WHERE m.id = ?"
_FIND: Final = f"{_RECORD} JOIN dedupe d ON d.message = m.seq WHERE d.tag = ? AND d.until > ? AND v.account = ?"
_SEALED: Final = "SELECT v.sealed FROM message m JOIN verification v ON v.message = m.seq WHERE m.id = ?"
_COMMIT_ANYWAY: Final = "UPDATE tide SET idle_guesses = idle_guesses + 1"
_UNKNOWN: Final = Ticket("", None, None, "", MAX_WRONG_PER_CODE)


class SqliteVerifications:
    """Implements `otppi.ports.store.Verifications`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._keys = Rover("dedupe", "tag", "until <= :now")
        self._budgets = Rover("guess", "receiver_tag", "newest <= :now - 86400")

    async def begin_guess(self, tag: bytes, *, account: str, receiver_tag: bytes, now: float) -> Ticket | NoGuess:
        return await self._writer.write(lambda link: _begin_guess(link, tag, (account, receiver_tag), now))

    async def begin_guess_of(self, verification_id: str, *, account: str, now: float) -> Ticket | NoGuess:
        return await self._writer.write(lambda link: _begin_guess_of(link, verification_id, account, now))

    async def approve(self, verification_id: str, *, now: float) -> bool:
        return await self._writer.write(lambda link: _approve(link, verification_id, now))

    async def end(self, verification_id: str, state: VerificationState, *, now: float) -> bool:
        return await self._writer.write(lambda link: _end(link, verification_id, state, now))

    async def note_feedback(self, verification_id: str, feedback: Feedback, *, now: float) -> bool:
        return await self._writer.write(lambda link: _note_feedback(link, verification_id, feedback, now))

    async def sweep(self, *, now: float, limit: int = 500) -> int:
        return await self._writer.write(lambda link: self._sweep(link, now, limit))

    async def get(self, verification_id: str) -> Verification:
        return await self._one(_GET, (verification_id,))

    async def find(self, tag: bytes, *, account: str, now: float) -> Verification:
        return await self._one(_FIND, (tag, now, account))

    async def sealed_text(self, verification_id: str) -> bytes | None:
        row = await self._writer.read(lambda link: link.execute(_SEALED, (verification_id,)).fetchone())
        if row is None:
            raise NotFound(verification_id)
        text: bytes | None = row[0]
        return text

    async def unlock(self, *, account: str | None, receiver_tag: bytes | None, now: float) -> int:
        return await self._writer.write(lambda link: budgets.forget(link, account, receiver_tag, now))

    async def _one(self, sql: str, named: tuple[object, ...]) -> Verification:
        row = await self._writer.read(lambda link: link.execute(sql, named).fetchone())
        if row is None:
            raise NotFound
        return _verification(row)

    def _sweep(self, link: Link, now: float, limit: int) -> int:
        done = link.execute(_SWEEP, (now, limit)).rowcount
        self._keys.step(link, now, limit)
        self._budgets.step(link, now, limit)
        if done:
            link.stamp(now)
        return done


def _begin_guess(link: Link, tag: bytes, owner: tuple[str, bytes], now: float) -> Ticket | NoGuess:
    row = link.execute(_LOOK_UP, (tag, now, owner[0])).fetchone()
    return _begun(link, _UNKNOWN if row is None else _admit(link, row, owner, now), now)


def _begin_guess_of(link: Link, verification_id: str, account: str, now: float) -> Ticket | NoGuess:
    row = link.execute(_LOOK_UP_ID, (verification_id, account)).fetchone()
    if row is None:
        return _begun(link, _UNKNOWN, now)
    receiver_tag, reference, receiver, *kept = row
    answer = _begun(link, _admit(link, kept, (account, receiver_tag), now), now)
    return answer if isinstance(answer, NoGuess) else replace(answer, reference=reference, receiver=receiver)


def _begun(link: Link, answer: Ticket | NoGuess, now: float) -> Ticket | NoGuess:
    if isinstance(answer, NoGuess) or answer is _UNKNOWN:
        # One page is written whatever the answer, so that the time a guess takes does not tell what it met.
        link.execute(_COMMIT_ANYWAY)
    link.stamp(now)
    return answer


def _admit(link: Link, row: Sequence[Any], owner: tuple[str, bytes], now: float) -> Ticket | NoGuess:
    id_, seq, state, expires, salt, verifier, key_id, left = row
    ended = _ended(link, id_, VerificationState(state), expires, now)
    if ended is not None:
        return ended
    budget = budgets.load(link, owner)
    wait = budget.wait(now)
    if wait > 0:
        return NoGuess("limited", wait)
    link.execute(_COUNT, (seq,))
    if left <= 1:
        resends.wipe(link, seq)
    budgets.save(link, owner, budget.counted(now))
    return Ticket(id_, salt, verifier, key_id, left - 1)


def _ended(link: Link, id_: str, state: VerificationState, expires: float, now: float) -> NoGuess | None:
    if state is VerificationState.EXPIRED:
        return NoGuess("expired")
    if state is VerificationState.EXHAUSTED:
        return NoGuess("exhausted")
    if state is not VerificationState.PENDING:
        return NoGuess("ended")
    if expires <= now:
        _end(link, id_, VerificationState.EXPIRED, now)
        return NoGuess("expired")
    return None


def _approve(link: Link, id_: str, now: float) -> bool:
    # Only an admitted guess is ever approved, so an exhausted code that is approved was exhausted by such guesses.
    row = link.execute(_APPROVE, (id_, now)).fetchone()
    if row is None:
        return False
    seq, account, receiver_tag = row
    resends.wipe(link, seq)
    budgets.clear(link, (account, receiver_tag))
    link.stamp(now)
    return True


def _end(link: Link, id_: str, state: VerificationState, now: float) -> bool:
    row = link.execute(_END, (state.value, id_)).fetchone()
    if row is None:
        return False
    resends.wipe(link, row[0])
    link.stamp(now)
    return True


def _note_feedback(link: Link, id_: str, feedback: Feedback, now: float) -> bool:
    told = {"feedback": feedback, "state": _STATE_AFTER[feedback].value, "now": now, "id": id_}
    row = link.execute(_FEEDBACK, told).fetchone()
    if row is None:
        return False
    seq, state = row
    if state != VerificationState.PENDING:
        resends.wipe(link, seq)
    link.stamp(now)
    return True


def _verification(row: tuple[Any, ...]) -> Verification:
    id_, account, state, *rest = row
    return Verification(id_, account, VerificationState(state), *rest)
