"""Further messages of a code: whether one more may be sent, which there are, and the end of the text in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain.otp import resend_wait
from otppi.ports.store import NoResend, NotFound

if TYPE_CHECKING:
    from otppi.store.link import Link

LAST_SENT: Final = "coalesce((SELECT max(r.at) FROM resend r WHERE r.verification = v.message), v.created)"
"""When the newest message of verification `v` was asked for."""
NEWEST: Final = """
    coalesce((SELECT n.id FROM resend r JOIN message n ON n.seq = r.message
              WHERE r.verification = v.message ORDER BY r.message DESC LIMIT 1), m.id)
"""
"""The id of the newest message of verification `v`, whose first one is `m`."""

_JUDGE: Final = f"""
    SELECT v.state, v.expires, v.sends, {LAST_SENT}
    FROM message m JOIN verification v ON v.message = m.seq WHERE m.id = ?
"""  # noqa: S608 - a text of this module
_COUNT: Final = """
    INSERT INTO resend (verification, message, at)
    SELECT first.seq, again.seq, ? FROM message first, message again WHERE first.id = ? AND again.id = ?
    RETURNING verification
"""
_COUNT_SEND: Final = "UPDATE verification SET sends = sends + 1 WHERE message = ?"
_WIPE: Final = """
    UPDATE message SET sealed = NULL WHERE sealed IS NOT NULL
        AND seq IN (SELECT :seq UNION ALL SELECT message FROM resend WHERE verification = :seq)
"""


def judge(link: Link, verification_id: str, now: float) -> NoResend | None:
    """Why the code is not sent again now; None where it may be. Raises NotFound."""
    row = link.execute(_JUDGE, (verification_id,)).fetchone()
    if row is None:
        raise NotFound(verification_id)
    state, expires, sends, last = row
    if state != "pending" or expires <= now:
        return NoResend("ended")
    wait = resend_wait(sends, last, now)
    if wait is None:
        return NoResend("used_up", expires - now)
    return NoResend("cooling", wait) if wait > 0 else None


def count(link: Link, verification_id: str, message_id: str, now: float) -> None:
    """Note that this message, which is in the store already, carries the code once more."""
    (seq,) = link.execute(_COUNT, (now, verification_id, message_id)).fetchone()
    link.execute(_COUNT_SEND, (seq,))


def wipe(link: Link, seq: int) -> None:
    """The code of the verification `seq` has ended: its text goes from every message that carries it."""
    link.execute(_WIPE, {"seq": seq})
