"""One-time codes: create (a code, a message and what the code is bound to, in one transaction) and validate.

A guess is counted and committed before anything is compared, and every failure does the same work (decisions 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from otppi.app.acceptance import Draft, Key, key_tag
from otppi.domain.life import life
from otppi.domain.message import Class, Kind
from otppi.domain.otp import Binding, fill
from otppi.domain.replies import Code, Refusal
from otppi.domain.secret import Secret
from otppi.ports.store import NewVerification, NoGuess

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.acceptance import Acceptance
    from otppi.app.configuration import Configuration
    from otppi.app.delivery import Delivery
    from otppi.app.limits import Limits
    from otppi.domain.commands import CreateOtp, Stamp, ValidateOtp
    from otppi.domain.life import Life
    from otppi.domain.rights import Caller
    from otppi.ports.clock import Clock
    from otppi.ports.store import Ticket, Verifications
    from otppi.ports.vault import Vault

    Params = tuple[str, str, str, str]

_NO_SALT: Final = bytes(16)
_NO_VERIFIER: Final = bytes(32)
_WRONG: Final = "otp is wrong, or not for this reference, receiver and parameters"
_REFUSALS: Final = {
    "expired": (Code.EXPIRED, "the code has expired"),
    "exhausted": (Code.EXHAUSTED, "too many wrong guesses: the code is of no more use"),
    "ended": (Code.WRONG_OTP, _WRONG),
    "limited": (Code.LIMITED, "too many wrong guesses for this receiver"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A code to be made and sent. `text` puts the code into the message; `same` is the text that makes two orders the
    same; `answer` is what is given back, less what acceptance adds; `end_user` as in CreateOtp."""

    binding: Binding
    text: Callable[[str], str]
    same: str = field(repr=False)
    length: int
    life: Life
    answer: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    idempotency_key: str = field(default="", repr=False)
    wait: float = 0.0
    end_user: str = field(default="", repr=False)


class Codes:
    """The use cases of one-time codes."""

    def __init__(
        self,
        *,
        acceptance: Acceptance,
        verifications: Verifications,
        vault: Vault,
        clock: Clock,
        configuration: Configuration,
        delivery: Delivery,
        limits: Limits,
    ) -> None:
        self._acceptance = acceptance
        self._verifications = verifications
        self._vault = vault
        self._clock = clock
        self._configuration = configuration
        self._delivery = delivery
        self._limits = limits
        self.on_checked: Callable[[str], None] = lambda _result: None
        """Told the result of each guess: right, wrong, or why it was not admitted."""

    async def create(self, command: CreateOtp, caller: Caller) -> dict[str, Any]:
        """Make a code and accept its message; gives the reply's data. Raises Refusal, StoreUnavailable."""
        settings = self._configuration.settings
        receiver = self.receiver(command.receiver, caller)
        left = life(
            command.stamp,
            wall=self._clock.wall(),
            trusted=self._clock.trusted,
            default=settings.otp_expiration,
            longest=settings.otp_max_life,
        )
        order = Order(
            binding=Binding(caller.account, command.reference, receiver, command.params),
            text=lambda code: fill(command.message.reveal(), code),
            same=command.message.reveal(),
            length=settings.otp_length,
            life=left,
            answer={**self.echo(command), "expiration": round(self._begins(command.stamp) + left.seconds)},
            subject=command.subject,
            wait=command.wait,
            end_user=command.end_user,
        )
        return await self.issue(order, caller)

    async def issue(self, order: Order, caller: Caller) -> dict[str, Any]:
        """Make the code that is ordered and accept its message; as `create`."""
        binding = order.binding
        window = self._configuration.settings.dedupe_window
        code = self._vault.code(order.length)
        text = Secret(order.text(code.reveal()))
        message_id = self._vault.identifier(self._clock.now())
        draft = Draft(
            kind=Kind.OTP,
            klass=Class.OTP,
            receiver=binding.receiver,
            text=text,
            life=order.life,
            keys=(
                Key("idempotency-key", order.idempotency_key, strict=True, seconds=window),
                Key("reference", binding.reference, strict=True, seconds=window),
            ),
            content=(binding.receiver, order.same, order.subject, *binding.params),
            answer=order.answer,
            wait=order.wait,
            email="@" in binding.receiver,
        )
        verification = self._verification(order, code, text, message_id)
        return await self._acceptance.accept(draft, caller, message_id, verification)

    async def validate(self, command: ValidateOtp, caller: Caller) -> dict[str, Any]:
        """Check a guess; gives the reply's data. Raises Refusal WRONG_OTP, EXPIRED, EXHAUSTED or LIMITED."""
        receiver = self.receiver(command.receiver, caller)
        if (limited := self._limits.guesses.refusal(caller.account)) is not None:
            raise limited
        binding = Binding(caller.account, command.reference, receiver, command.params)
        ticket = await self._verifications.begin_guess(
            key_tag(self._vault, caller.account, Kind.OTP, "reference", command.reference),
            account=caller.account,
            receiver_tag=self._receiver_tag(caller.account, receiver),
            now=self._clock.now(),
        )
        right = await self._compare(ticket, binding, self._padded(command))
        if isinstance(ticket, NoGuess):
            code, error = _REFUSALS[ticket.reason]
            raise Refusal(code, error, retry_after=ticket.retry_after or None)
        if not right:
            raise Refusal(Code.WRONG_OTP, _WRONG)
        return echoed(command.reference, command.receiver, self._date_time(command.stamp.date_time))

    async def check(self, verification_id: str, guess: Secret[str], params: Params, caller: Caller) -> bool:
        """Whether a guess at a code named by its id is right, once. A code that is unknown or another account's takes
        the same work as a wrong guess. Raises Refusal LIMITED."""
        if (limited := self._limits.guesses.refusal(caller.account)) is not None:
            raise limited
        ticket = await self._verifications.begin_guess_of(
            verification_id, account=caller.account, now=self._clock.now()
        )
        reference, receiver = ("", "") if isinstance(ticket, NoGuess) else (ticket.reference, ticket.receiver)
        right = await self._compare(ticket, Binding(caller.account, reference, receiver, params), guess)
        if isinstance(ticket, NoGuess) and ticket.reason == "limited":
            code, error = _REFUSALS[ticket.reason]
            raise Refusal(code, error, retry_after=ticket.retry_after)
        return right

    async def _compare(self, ticket: Ticket | NoGuess, binding: Binding, guess: Secret[str]) -> bool:
        """Whether the guess is right, and the first right one: the same work for every guess that is not. Ends what
        waits of the code where this guess has ended it."""
        if isinstance(ticket, NoGuess):
            self._vault.matches(_NO_VERIFIER, _NO_SALT, binding, guess)
            self.on_checked(ticket.reason)
            if ticket.reason == "ended":
                self._limits.guesses.note(binding.account, right=False)
            return False
        known = ticket.verifier is not None and ticket.salt is not None and ticket.key_id == self._vault.key_id
        right = self._vault.matches(ticket.verifier or _NO_VERIFIER, ticket.salt or _NO_SALT, binding, guess)
        used = known and right and await self._verifications.approve(ticket.id, now=self._clock.now())
        self.on_checked("right" if used else "wrong")
        self._limits.guesses.note(binding.account, right=used)
        if used:
            self._limits.fraud.approved(binding.account, binding.receiver)
            await self._delivery.withdraw(ticket.id, "the code was used")
        elif known and ticket.guesses_left == 0:
            await self._delivery.withdraw(ticket.id, "too many wrong guesses were made")
        return used

    def echo(self, command: CreateOtp | ValidateOtp) -> dict[str, Any]:
        """What every answer to these commands says back."""
        return echoed(command.reference, command.receiver, self._date_time(command.stamp.date_time))

    def _begins(self, stamp: Stamp) -> float:
        """Now, by the clock the life was counted by (domain.life): the caller's own where ours cannot be trusted."""
        trusted = self._clock.trusted or stamp.date_time is None
        return self._clock.wall() if trusted or stamp.date_time is None else stamp.date_time

    def _verification(self, order: Order, code: Secret[str], text: Secret[str], message_id: str) -> NewVerification:
        binding = order.binding
        salt = self._vault.salt()
        now = self._clock.now()
        return NewVerification(
            account=binding.account,
            receiver_tag=self._receiver_tag(binding.account, binding.receiver),
            salt=salt,
            verifier=self._vault.verifier(salt, binding, code),
            key_id=self._vault.key_id,
            created=now,
            expires=now + order.life.seconds,
            sealed=self._vault.seal(text, "verification", message_id),
            reference=binding.reference,
            source_tag=self._vault.tag("source", binding.account, order.end_user) if order.end_user else b"",
        )

    def receiver(self, text: str, caller: Caller) -> str:
        """Whom a receiver means for this caller: digits, or an e-mail address in lower case. Raises Refusal INVALID."""
        return text.lower() if "@" in text else self._acceptance.receiver(text, caller)

    def _receiver_tag(self, account: str, receiver: str) -> bytes:
        return self._vault.tag("receiver", account, receiver)

    def _padded(self, command: ValidateOtp) -> Secret[str]:
        if not command.otp_was_number:
            return command.otp
        return Secret(command.otp.reveal().zfill(self._configuration.settings.otp_length))

    def _date_time(self, sent: float | None) -> int | float:
        moment = self._clock.wall() if sent is None else sent
        return int(moment) if sent is None or moment == int(moment) else moment


def echoed(reference: str, receiver: str, date_time: float) -> dict[str, Any]:
    """The three fields of the README's OTP answers."""
    return {"reference": reference, "receiver": receiver, "date_time": date_time}
