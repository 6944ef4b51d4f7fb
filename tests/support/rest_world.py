"""A served HTTP door for contract tests: a gateway that answers at once, one account, and a raw socket."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
from bench import queued

from otppi.app import views
from otppi.app.bearer import TAG_LABEL, BearerTokens
from otppi.app.sign_in import SignIn
from otppi.domain.replies import Code, Reply
from otppi.intake.rest.assembly import rest_app
from otppi.intake.rest.server import RestServer
from otppi.intake.rest.settings import RestSettings
from otppi.ports.passwords import Busy
from otppi.ports.store import Account, NotFound
from otppi.ports.tokens import Token
from otppi.security.vault import Vault
from otppi.testing.clock import FakeClock
from otppi.wire import read_command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from otppi.domain.commands import Redelivery
    from otppi.domain.rights import Caller
    from otppi.domain.secret import Secret
    from otppi.ports.gateway import Health
    from otppi.wire import Envelope

AUTHORIZATION = "Basic " + base64.b64encode(b"user:password").decode()
SMS = {"command": "send-sms", "data": {"receiver": "081200001234", "message": "canary"}}
HEAD = f"POST /api/sms HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTHORIZATION}\r\n"


class FakeGateway:
    """Answers at once, and remembers who asked what."""

    def __init__(self) -> None:
        self.stopping = False
        self.state: Health = "ok"
        self.fails: Exception | None = None
        self.hold: asyncio.Event | None = None
        self.reply: Reply | None = None
        self.seen: list[tuple[Envelope, Caller, str]] = []
        self.asked = asyncio.Event()

    async def handle(
        self, envelope: Envelope, caller: Caller, *, idempotency_key: str = "", redelivery: Redelivery | None = None
    ) -> Reply:
        self.seen.append((envelope, caller, idempotency_key))
        self.asked.set()
        if self.hold:
            await self.hold.wait()
        if self.fails:
            raise self.fails
        read_command(envelope, idempotency_key=idempotency_key)
        return self.reply or Reply(envelope.command, Code.SUCCESS, {"id": "m1"})

    def room(self, account: str) -> int:
        return 0 if self.stopping or account != "user" else 100

    async def message(self, caller: Caller, message_id: str) -> Mapping[str, Any]:
        if self.fails:
            raise self.fails
        assert len(message_id) <= 64, "the door lets no absurd id through"
        if message_id != "m1":
            raise NotFound
        assert caller.account == "user"
        return views.message(queued(id=message_id))

    def health(self) -> tuple[Health, Mapping[str, Any]]:
        return self.state, {"modems": 4}


class FakePasswords:
    """The password is `password`; a check can be told to be busy."""

    busy = False

    def cached(self, name: str, password: Secret[str], stored: str) -> bool | None:
        return True if stored == "hash" and password.reveal() == "password" and not self.busy else None

    async def check(self, name: str, password: Secret[str], stored: str | None) -> bool:
        if self.busy:
            raise Busy(2.2)
        return False

    def forget(self, name: str) -> None:
        raise AssertionError("the door changes no password")


class World:
    """One served door and what stands around it."""

    def __init__(self) -> None:
        self.gateway = FakeGateway()
        self.passwords = FakePasswords()
        self.settings = RestSettings()
        self.account = Account("user", "hash", rights=frozenset({"sms"}))
        self.port = 0
        self.sign_in = SignIn(lambda name: self.account if name == "user" else None, self.passwords, self._bearer())

    def _bearer(self) -> BearerTokens:
        """One token, of the one account, that never expires."""
        vault = Vault(bytes(range(32)))
        self.token = vault.token().reveal()
        known = Token("T1", "user", vault.tag(TAG_LABEL, self.token))
        self.uses: list[Mapping[str, float]] = []

        async def write(uses: Mapping[str, float]) -> None:
            self.uses.append(uses)

        return BearerTokens(lambda tag: known if tag == known.tag else None, write, vault, FakeClock())

    @asynccontextmanager
    async def served(self, app: Any = None, *, auth: bool = True) -> AsyncIterator[httpx2.AsyncClient]:
        server = RestServer(app or rest_app(self.gateway, self.sign_in, lambda: self.settings), "127.0.0.1", 0)
        self.port = await server.start()
        url = f"http://127.0.0.1:{self.port}"
        try:
            async with httpx2.AsyncClient(
                base_url=url, auth=("user", "password") if auth else None, trust_env=False
            ) as client:
                yield client
        finally:
            await server.stop(1)

    async def raw(self, octets: bytes, *more: bytes, pause: float = 0.0) -> bytes:
        """Everything the server says to these octets until it closes or says no more for a while."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in (octets, *more):
                writer.write(part)
                await asyncio.sleep(pause)
            async with asyncio.timeout(8):
                return await reader.read()
        finally:
            writer.close()


def head_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n")[0]
