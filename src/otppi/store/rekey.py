"""Starting anew under another key: what only the old key could read is ended and forgotten, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.message import Change, Edge, Message, State, apply_all
from otppi.store import rows
from otppi.store.registry import write_fact

if TYPE_CHECKING:
    from otppi.store.link import Link

KEY_FACT: Final = "key_id"
_OPEN: Final = f"SELECT {rows.COLUMNS}, seq FROM message WHERE open = 1 ORDER BY seq"  # noqa: S608 - names of this package
_NOTE: Final = "the key was replaced: its text can no longer be read"


@dataclass(frozen=True, slots=True)
class Lost:
    """What a replaced key has cost: codes that were still valid, messages not yet sent, PINs to be given again, bearer
    tokens to be made anew, passwords of subscribers to be given again."""

    codes: int
    messages: int
    pins: int
    tokens: int
    passwords: int


def rekey(link: Link, key_id: str, now: float) -> Lost:
    """Bind the store to `key_id`. To be run inside a transaction."""
    opened = link.execute(_OPEN).fetchall()
    for *row, seq in opened:
        link.execute(rows.UPDATE, rows.updated(_given_up(rows.message_of(tuple(row)), now), seq))
    codes = link.execute("UPDATE verification SET state = 'failed', sealed = NULL WHERE state = 'pending'").rowcount
    pins = link.execute("UPDATE modem SET pin = NULL WHERE pin IS NOT NULL").rowcount
    tokens = link.execute("DELETE FROM token").rowcount
    passwords = link.execute("UPDATE subscriber SET password = NULL WHERE password IS NOT NULL").rowcount
    link.execute("DELETE FROM dedupe")
    link.execute("DELETE FROM guess")
    write_fact(link, KEY_FACT, key_id)
    link.stamp(now)
    return Lost(codes, len(opened), pins, tokens, passwords)


def _given_up(message: Message, now: float) -> Message:
    """Every open segment to its end: what waits fails, what was handed is in doubt and given up."""
    for state, edge in (
        (State.HANDED, Edge.LOSE_SIGHT),
        (State.IN_DOUBT, Edge.GIVE_UP),
        (State.QUEUED, Edge.FAIL),
    ):
        if any(segment.state is state for segment in message.segments):
            message = apply_all(message, [Change(edge, now, note=_NOTE)])
    return message
