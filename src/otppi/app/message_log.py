"""What the log says of messages after acceptance: every step at level debug, an end without success at level info.

Lines bear the message's id, and the id of the request where one caused them; never a text, a code or a receiver.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from otppi.domain.message import State

if TYPE_CHECKING:
    from otppi.domain.message import Message

log = logging.getLogger(__name__)

_IN_VAIN: Final = frozenset({State.EXPIRED, State.FAILED})


def moved(before: Message, after: Message) -> None:
    """A message was committed as `after`."""
    if before.shown is after.shown:
        return
    edge, part, *_ = after.history[-1]
    state = after.shown
    if state in _IN_VAIN:
        log.info("ended in vain message=%s state=%s why=%s", after.id, state.value, after.error)
    else:
        log.debug("moved message=%s state=%s edge=%s part=%s", after.id, state.value, edge, part)
