"""The documented paths: one POST or PUT of an envelope, one reply. It knows HTTP, and nothing of any command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.app.faults import report
from otppi.app.sign_in import NotSignedIn, TooBusy
from otppi.domain.replies import Code, Refusal, Reply, Unavailable
from otppi.intake.rest import answers
from otppi.intake.rest.addresses import client_address
from otppi.intake.rest.body import BODY_SECONDS, Body, BodyTooLarge, BodyTooSlow, ClientGone
from otppi.intake.rest.observed import CODE
from otppi.wire import NotAnEnvelope, Unacceptable, read_envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.app.sign_in import SignIn
    from otppi.domain.rights import Caller
    from otppi.intake.rest.answers import Answer
    from otppi.intake.rest.asgi import Receive, Scope, Send
    from otppi.intake.rest.settings import RestSettings
    from otppi.ports.gateway import Gateway
    from otppi.wire import Envelope

MAX_IDEMPOTENCY_KEY: Final = 256
_METHODS: Final = frozenset({"POST", "PUT"})


class CommandDoor:
    """An ASGI application. Order of checks: stopping, sign-in, method, body, then the gateway's own."""

    def __init__(
        self,
        gateway: Gateway,
        sign_in: SignIn,
        settings: Callable[[], RestSettings],
        *,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._gateway = gateway
        self._sign_in = sign_in
        self._settings = settings
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        body = Body(headers, receive, seconds=self._body_seconds)
        try:
            answer = await self._answer(scope, headers, body)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the edge of the process: nothing may reach the server's own log
            report(error, "rest")
            answer = answers.BROKEN
        await answer.send(send, close=await body.abandon())

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], body: Body) -> Answer:
        try:
            return await self._checked(scope, headers, body)
        except NotSignedIn:
            return answers.NOT_SIGNED_IN
        except TooBusy as busy:
            return answers.busy(busy.retry_after)
        except BodyTooLarge:
            return answers.TOO_LARGE
        except BodyTooSlow:
            return answers.TOO_SLOW
        except NotAnEnvelope as unreadable:
            return answers.not_an_envelope(str(unreadable))
        except Unavailable:
            return answers.UNAVAILABLE

    async def _checked(self, scope: Scope, headers: Mapping[bytes, bytes], body: Body) -> Answer:
        if self._gateway.stopping:
            raise Unavailable
        settings = self._settings()
        caller = await self._sign_in.basic(_text(headers, b"authorization"), client_address(scope, settings))
        if scope["method"] not in _METHODS:
            return answers.WRONG_METHOD
        reply = await self._reply(await body.read(), caller, _text(headers, b"idempotency-key"))
        if reply.code is not Code.SUCCESS:
            scope[CODE] = reply.code.value
        return answers.reply_answer(reply, settings.four_digits)

    async def _reply(self, octets: bytes, caller: Caller, key: str) -> Reply:
        try:
            envelope = read_envelope(octets)
        except Unacceptable as refusal:
            return Reply(refusal.command, refusal.code, error=refusal.error)
        if len(key) > MAX_IDEMPOTENCY_KEY:
            return Reply(envelope.command, Code.INVALID, error="Idempotency-Key must be at most 256 characters")
        return await self._handled(envelope, caller, key)

    async def _handled(self, envelope: Envelope, caller: Caller, key: str) -> Reply:
        try:
            return await self._gateway.handle(envelope, caller, idempotency_key=key)
        except Refusal as refusal:
            return Reply(envelope.command, refusal.code, error=refusal.error, retry_after=refusal.retry_after)


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").strip()
