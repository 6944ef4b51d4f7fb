"""Sending a code once more: the same text in a message of its own, after a cool-down, within the life of the code.

The store decides in the transaction of the acceptance whether the code may be sent again, so of two requests one wins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otppi.app.acceptance import Draft, key_tag
from otppi.domain.life import Life
from otppi.domain.message import Class, Kind, State
from otppi.domain.otp import VerificationState, resend_wait
from otppi.domain.replies import Code, Refusal
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from otppi.app.acceptance import Acceptance
    from otppi.app.book import Book
    from otppi.app.delivery import Delivery
    from otppi.domain.commands import ResendOtp
    from otppi.domain.message import Message
    from otppi.domain.rights import Caller
    from otppi.domain.secret import Secret
    from otppi.ports.clock import Clock
    from otppi.ports.store import Verification, Verifications
    from otppi.ports.vault import Vault

_UNDER_WAY: Final = frozenset({State.QUEUED, State.CLAIMED, State.HANDED})
_ENDS: Final = {
    VerificationState.APPROVED: (Code.WRONG_OTP, "the code was used"),
    VerificationState.EXPIRED: (Code.EXPIRED, "the code has expired"),
    VerificationState.EXHAUSTED: (Code.EXHAUSTED, "too many wrong guesses: the code is of no more use"),
    VerificationState.CANCELLED: (Code.WRONG_OTP, "the code was cancelled"),
    VerificationState.FAILED: (Code.WRONG_OTP, "the code was never sent"),
}


@dataclass(frozen=True, slots=True)
class Resend:
    """What came of it. `new` is False where an earlier message of the code is still under way: then nothing was made,
    and that message is told. `status` is its state, `expected_in` an estimate in seconds."""

    message_id: str
    new: bool
    status: str
    expected_in: float


class Resending:
    """The use case behind resend-otp and `/v1/verifications/{id}/resend`."""

    def __init__(
        self,
        *,
        acceptance: Acceptance,
        verifications: Verifications,
        vault: Vault,
        clock: Clock,
        book: Book,
        delivery: Delivery,
    ) -> None:
        self._acceptance = acceptance
        self._verifications = verifications
        self._vault = vault
        self._clock = clock
        self._book = book
        self._delivery = delivery

    async def command(self, command: ResendOtp, caller: Caller) -> dict[str, Any]:
        """Send the code of a reference once more; the reply's data. Raises Refusal, StoreUnavailable."""
        tag = key_tag(self._vault, caller.account, Kind.OTP, "reference", command.reference)
        try:
            found = await self._verifications.find(tag, account=caller.account, now=self._clock.now())
        except NotFound:
            raise Refusal(Code.WRONG_OTP, "there is no code of this reference") from None
        done = await self.again(found, caller)
        now = await self._verifications.get(found.id)
        return {
            "id": done.message_id,
            "reference": command.reference,
            "resent": done.new,
            "sends": now.sends,
            "next_resend_in": next_resend_in(now, self._clock.now()),
            "status": done.status,
            "expected_in": done.expected_in,
        }

    async def again(self, found: Verification, caller: Caller) -> Resend:
        """Send this code once more, unless a message of it is still under way. Raises Refusal: by what ended the code,
        LIMITED in its cool-down and where it was sent as often as it may be, and as any acceptance."""
        if (ended := ended_as(found, self._clock.now())) is not None:
            raise no_longer(ended)
        for message in self._book.of(found.id):
            if message.shown in _UNDER_WAY:
                return self._told(message)
        text = await self._text(found)
        draft = Draft(
            kind=Kind.OTP,
            klass=Class.OTP,
            receiver=found.receiver,
            text=text,
            life=Life(found.expires - self._clock.now(), stated=True),
            keys=(),
            content=(),
            answer={},
            resend_of=found.id,
            until=found.expires,
        )
        message_id = self._vault.identifier(self._clock.now())
        answer = await self._acceptance.accept(draft, caller, message_id)
        return Resend(message_id, new=True, status=answer["status"], expected_in=answer["expected_in"])

    def _told(self, message: Message) -> Resend:
        expected = self._delivery.placing.expected_in(message)
        return Resend(message.id, new=False, status=message.shown.value, expected_in=expected)

    async def _text(self, found: Verification) -> Secret[str]:
        sealed = await self._verifications.sealed_text(found.id)
        if sealed is None:
            raise no_longer(ended_as(await self._verifications.get(found.id), self._clock.now()))
        return self._vault.open(sealed, "verification", found.id)


def ended_as(found: Verification, now: float) -> VerificationState | None:
    """How a code has ended; None while it may still be approved. One past its life has expired, swept or not."""
    if found.state is VerificationState.PENDING:
        return VerificationState.EXPIRED if found.expires <= now else None
    return found.state


def no_longer(state: VerificationState | None) -> Refusal:
    """The refusal of what only a living code can do."""
    return Refusal(*_ENDS[state or VerificationState.EXPIRED])


def next_resend_in(found: Verification, now: float) -> int | None:
    """Whole seconds until the code may be sent again, 0 where it may now; None where it never may."""
    wait = None if ended_as(found, now) is not None else resend_wait(found.sends, found.last_sent, now)
    if wait is None or now + wait >= found.expires:
        return None
    return math.ceil(wait)
