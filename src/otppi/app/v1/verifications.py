"""Verifications: a code is made and sent, checked, sent again, cancelled and reported on, all by its id.

The same codes as those of create-otp and validate-otp: one table, one count of guesses, one namespace of references.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otppi.app.codes import Order
from otppi.app.resending import ended_as, next_resend_in, no_longer
from otppi.app.v1 import linting
from otppi.app.v1.verification_forms import CarrierView, Checked, Created, SentAgain, VerificationView
from otppi.domain import msisdn, wording
from otppi.domain.end_user import line_of
from otppi.domain.life import Life
from otppi.domain.message import State
from otppi.domain.otp import Binding, VerificationState
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.domain.rights import Right, permit
from otppi.domain.secret import Secret
from otppi.domain.wording import Wording
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from otppi.app.application import Application
    from otppi.app.v1.linting import Preview
    from otppi.app.v1.verification_forms import CodeRequest, WordingRequest
    from otppi.domain.rights import Caller
    from otppi.ports.store import Feedback, Verification

MAX_PARAMS: Final = 4
MAX_TEXT: Final = 256
SHORTEST_LIFE: Final = 30.0
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")


class VerificationDesk:
    """The use cases of `/v1/verifications`. All need the right `otp`; another account's code is NotFound."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._store = application.outside.store
        self._clock = application.outside.clock

    async def create(self, request: CodeRequest, caller: Caller) -> Created:
        """Make a code and send it. Raises Refusal as any acceptance, and where a field breaks its rule."""
        self._admit(caller)
        text, ttl, length = self._read(request.wording)
        if text.app_hash and not linting.fits_retriever(text, length=length):
            raise _invalid("app_hash", f"needs a message of at most {wording.RETRIEVER_OCTETS} octets")
        reference = _line("reference", request.reference)
        params = _params(request.params)
        order = Order(
            binding=Binding(caller.account, reference, self._receiver(request.to, caller), params),
            text=lambda code: wording.compose(text, code),
            same=wording.without_code(text),
            length=length,
            life=Life(ttl, stated=True),
            answer={"reference": reference} if reference else {},
            idempotency_key=request.idempotency_key,
            wait=request.wait,
            end_user=_end_user(request.end_user_ip),
        )
        answer = await self._app.codes.issue(order, caller)
        record = await self.show(str(answer["id"]), caller)
        warnings = linting.preview(text, length=length, ttl=ttl).warnings
        return Created(record, warnings, duplicate="duplicate" in answer)

    def preview(self, request: WordingRequest, caller: Caller) -> Preview:
        """What a text will be on the air, and what is unwise about it. Makes and sends nothing."""
        permit(caller, Right.OTP)
        text, ttl, length = self._read(request)
        return linting.preview(text, length=length, ttl=ttl)

    async def show(self, verification_id: str, caller: Caller) -> VerificationView:
        """The record of a code."""
        permit(caller, Right.OTP)
        return await self._view(await self._find(verification_id, caller))

    async def check(self, verification_id: str, guess: Secret[str], params: tuple[str, ...], caller: Caller) -> Checked:
        """Check a guess; after the end of a code none is valid. Raises Refusal LIMITED."""
        self._admit(caller)
        valid = await self._app.codes.check(verification_id, guess, _params(params), caller)
        found = await self._find(verification_id, caller)
        return Checked(valid, self._state(found).value, found.guesses_left)

    async def resend(self, verification_id: str, caller: Caller) -> SentAgain:
        """Send the same code once more, unless a message of it is still under way. Raises Refusal as
        `Resending.again`."""
        self._admit(caller)
        done = await self._app.resending.again(await self._find(verification_id, caller), caller)
        return SentAgain(await self.show(verification_id, caller), done.new)

    async def cancel(self, verification_id: str, caller: Caller) -> VerificationView:
        """Take a code back; doing so twice is the same as once. Raises Refusal where it has ended otherwise."""
        self._admit(caller)
        found = await self._find(verification_id, caller)
        state = ended_as(found, self._clock.now())
        if state is None and await self._store.verifications.end(
            found.id, VerificationState.CANCELLED, now=self._clock.now()
        ):
            await self._app.delivery.withdraw(found.id, "the code was cancelled")
        found = await self._find(verification_id, caller)
        if found.state is not VerificationState.CANCELLED:
            raise no_longer(ended_as(found, self._clock.now()))
        return await self._view(found)

    async def feedback(self, verification_id: str, outcome: Feedback, caller: Caller) -> VerificationView:
        """Keep what a caller who checks elsewhere tells of a code, once: `approved` ends it as approved, `abandoned` as
        cancelled, where it has not ended. Raises Refusal DUPLICATE where the other was told before."""
        self._admit(caller)
        found = await self._find(verification_id, caller)
        noted = await self._store.verifications.note_feedback(found.id, outcome, now=self._clock.now())
        found = await self._find(verification_id, caller)
        if not noted and found.feedback != outcome:
            raise Refusal(Code.DUPLICATE, "other feedback was given before")
        if noted and found.state is VerificationState.APPROVED:
            self._app.limits.fraud.approved(found.account, found.receiver)
        if ended_as(found, self._clock.now()) is not None:
            await self._app.delivery.withdraw(found.id, f"the caller told that it was {outcome}")
        return await self._view(found)

    def _admit(self, caller: Caller) -> None:
        """Raises Refusal without the right, Unavailable where nothing more is taken."""
        permit(caller, Right.OTP)
        if self._app.gateway.stopping or self._app.gateway.disk_full:
            raise Unavailable

    async def _find(self, verification_id: str, caller: Caller) -> Verification:
        found = await self._store.verifications.get(verification_id)
        if found.account != caller.account:
            raise NotFound
        return found

    async def _view(self, found: Verification) -> VerificationView:
        message = self._app.book.get(found.newest) or await self._store.outbox.get(found.newest)
        claimed = message.shown is State.QUEUED and self._app.delivery.claimed_by(message.id)
        return VerificationView(
            id=found.id,
            status=self._state(found).value,
            to=msisdn.masked(found.receiver),
            reference=found.reference,
            created=found.created,
            expires=found.expires,
            guesses_left=found.guesses_left,
            sends=found.sends,
            next_resend_in=next_resend_in(found, self._clock.now()),
            message=CarrierView(message.id, State.CLAIMED.value if claimed else message.shown.value),
            segments=len(message.segments),
            feedback=found.feedback or None,
        )

    def _state(self, found: Verification) -> VerificationState:
        return ended_as(found, self._clock.now()) or VerificationState.PENDING

    def _receiver(self, to: str, caller: Caller) -> str:
        try:
            return self._app.codes.receiver(to, caller)
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.error.replace("receiver", "to", 1)) from None

    def _read(self, request: WordingRequest) -> tuple[Wording, float, int]:
        """The checked wording, its life and the length of its code."""
        settings = self._app.configuration.settings
        ttl = min(settings.otp_expiration, settings.otp_max_life) if request.ttl is None else request.ttl
        if request.ttl is not None and not SHORTEST_LIFE <= request.ttl <= settings.otp_max_life:
            raise _invalid("ttl", f"must be {SHORTEST_LIFE:g} to {settings.otp_max_life:g} seconds")
        length = settings.otp_length if request.length is None else request.length
        made = Wording(
            template=request.template or Secret(wording.DEFAULT_TEMPLATE),
            brand=settings.device_name[: wording.MAX_BRAND] if request.brand is None else request.brand,
            minutes=wording.minutes_of(ttl),
            app_hash=request.app_hash,
            origin=request.origin,
        )
        try:
            return wording.checked(made), ttl, length
        except wording.BadWording as broken:
            raise Refusal(Code.INVALID, str(broken)) from None


def _invalid(name: str, rule: str) -> Refusal:
    return Refusal(Code.INVALID, f"{name} {rule}")


def _line(name: str, text: str) -> str:
    """A trimmed text of one line, as the documented commands trim it."""
    text = text.strip()
    if len(text) > MAX_TEXT or _CONTROL.search(text):
        raise _invalid(name, f"must be at most {MAX_TEXT} characters and hold no control characters")
    return text


def _end_user(address: str) -> str:
    try:
        return line_of(address.strip())
    except ValueError as wrong:
        raise _invalid("end_user_ip", str(wrong)) from None


def _params(given: tuple[str, ...]) -> tuple[str, str, str, str]:
    """Four parameters; those that were not given are empty, as for the documented commands."""
    if len(given) > MAX_PARAMS:
        raise _invalid("params", f"must be at most {MAX_PARAMS}")
    first, second, third, fourth = [*(_line("params", text) for text in given), *[""] * (MAX_PARAMS - len(given))]
    return first, second, third, fourth
