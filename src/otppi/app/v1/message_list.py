"""The caller's own messages, newest first, page by page.

A page looks at a bounded number of messages, in steps between which the store serves others: with filters that fit
little it may hold less than was asked for, and still name where to go on.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otppi.app.acceptance import key_tag
from otppi.app.v1.orders import clean_line, moment
from otppi.domain.message import Class, Kind, Message, State
from otppi.domain.replies import Code, Refusal
from otppi.domain.secret import Secret
from otppi.ports.listing import Wanted
from otppi.ports.vault import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.acceptance import Acceptance
    from otppi.app.delivery import Delivery
    from otppi.app.gateway import Gateway
    from otppi.domain.rights import Caller
    from otppi.ports.clock import Clock
    from otppi.ports.listing import Listing
    from otppi.ports.vault import Vault

MOST_STEPS: Final = 20
"""Steps of one page; each looks at `ports.listing.LOOK` messages."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is listed; empty or None for any. `to` as a caller writes it. `created_after` (inclusive) and
    `created_before` (exclusive) are Unix seconds or RFC 3339. `reference` is found as long as it is remembered as a
    duplicate key. `cursor` is the `next` of the page before."""

    status: frozenset[State] = frozenset()
    klass: Class | None = None
    to: str = ""
    created_after: str = ""
    created_before: str = ""
    reference: str = ""
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Public records, newest first, and the cursor of what follows; None at the end."""

    items: tuple[Mapping[str, Any], ...]
    next: str | None


class MessageList:
    """Lists messages."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        acceptance: Acceptance,
        delivery: Delivery,
        listing: Listing,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._gateway = gateway
        self._acceptance = acceptance
        self._delivery = delivery
        self._listing = listing
        self._vault = vault
        self._clock = clock

    async def page(self, question: Question, caller: Caller) -> Page:
        """One page of the caller's messages. Raises Refusal INVALID, StoreUnavailable."""
        wanted = self._wanted(question, caller)
        before = self._opened(question.cursor, caller) if question.cursor else None
        found: list[Message] = []
        for _ in range(MOST_STEPS):
            left = question.limit - len(found)
            step = await self._listing.step(wanted, now=self._clock.now(), before=before, limit=left)
            found.extend(message for _, message in step.found if self._fits(message, question.status))
            before = step.before
            if before is None or len(found) == question.limit:
                break
        goes_on = None if before is None else self._sealed(before, caller)
        return Page(tuple(self._gateway.record(message) for message in found), goes_on)

    def _wanted(self, question: Question, caller: Caller) -> Wanted:
        after, before = question.created_after, question.created_before
        return Wanted(
            account=caller.account,
            states=frozenset(State.QUEUED if s is State.CLAIMED else s for s in question.status),
            klass=question.klass,
            receiver=self._acceptance.receiver(question.to, caller, field="to") if question.to else "",
            since=moment("created_after", after) if after else None,
            until=moment("created_before", before) if before else None,
            keys=self._tags(clean_line("reference", question.reference), caller),
        )

    def _tags(self, reference: str, caller: Caller) -> tuple[bytes, ...]:
        if not reference:
            return ()
        return tuple(key_tag(self._vault, caller.account, kind, "reference", reference) for kind in Kind)

    def _fits(self, message: Message, status: frozenset[State]) -> bool:
        """A claim lives in memory only: the store has listed it as queued."""
        if not status or message.shown is not State.QUEUED:
            return True
        return (State.CLAIMED if self._delivery.claimed_by(message.id) else State.QUEUED) in status

    def _sealed(self, place: int, caller: Caller) -> str:
        """Sealed, so that nobody reads from it how many messages others send."""
        octets = self._vault.seal(Secret(str(place)), "cursor", caller.account)
        return base64.urlsafe_b64encode(octets).decode().rstrip("=")

    def _opened(self, cursor: str, caller: Caller) -> int:
        try:
            octets = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            return int(self._vault.open(octets, "cursor", caller.account).reveal())
        except (binascii.Error, ValueError, Unreadable):
            raise Refusal(Code.INVALID, "cursor must be the next of a page of this account") from None
