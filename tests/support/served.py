"""The real application behind its real HTTP door, in real time: the real store in a file, fake modems, one account.

For what must hold while many clients ask at once. The vault counts what it compares."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
from bench import modem

from otppi.app.application import Application, Outside
from otppi.app.sign_in import SignIn
from otppi.app.v1.desks import desks
from otppi.domain.rights import DEFAULT_RIGHTS
from otppi.domain.secret import Secret
from otppi.intake.rest.assembly import rest_app
from otppi.intake.rest.server import RestServer
from otppi.intake.rest.settings import RestSettings
from otppi.pdu.decode import decode
from otppi.pdu.submit import Submit
from otppi.ports.store import Account
from otppi.security import Vault
from otppi.security.passwords import Passwords, hash_password
from otppi.store import open_store
from otppi.testing.fake_modem import Air, FakeModem, Lot
from otppi.testing.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from otppi.domain.otp import Binding
    from otppi.store import SqliteStore

EPOCH = 1_800_000_000.0
PASSWORD = "served-only-password"


class WatchfulVault(Vault):
    """The product's vault, which also counts: `compared` is how often a guess was compared with a real verifier."""

    __slots__ = ("compared",)

    def __init__(self, master: bytes) -> None:
        super().__init__(master)
        self.compared = 0

    def matches(self, stored: bytes, salt: bytes, binding: Binding, code: Secret[str]) -> bool:
        """See the port."""
        self.compared += stored != bytes(len(stored))
        return super().matches(stored, salt, binding, code)


def application_on(store: SqliteStore, vault: Vault, clock: LoopClock, air: Air, lot: Callable[[], Lot]) -> Application:
    """The real application on this store, its modems fakes that put what they send on this air; `lot` is asked for each
    send."""
    return Application(
        Outside(
            store=store,
            vault=vault,
            clock=clock,
            open_line=lambda settings, events: FakeModem(
                settings, events, air=air, now=clock.now, nature=lambda _: lot(), start_up=0.01
            ),
            disk_used=lambda: 0.1,
            clock_mark=lambda: "{}",
        )
    )


async def listen(application: Application, passwords: Passwords) -> tuple[RestServer, str]:
    """Its HTTP door on a free port of loopback, and where that is."""
    sign_in = SignIn(application.configuration.account, passwords)
    settings = RestSettings(application.configuration.settings.paths)
    server = RestServer(rest_app(application.gateway, sign_in, lambda: settings, desks(application)), "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{await server.start()}"


class Served:
    """A gateway that is served; `client` is signed in as `shop`, `anonymous` as nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.vault = WatchfulVault(bytes(range(32)))
        self.air = Air()
        self.lot = Lot(prompt=0.001, air=0.002)
        loop = asyncio.get_running_loop()
        self.clock = LoopClock(loop.time, EPOCH - loop.time())
        self.client: httpx2.AsyncClient
        self.port = 0
        self._passwords = Passwords()

    async def begin(self) -> None:
        """Open the store, start the application, listen."""
        self.store = open_store(self._path, key_id=self.vault.key_id)
        self.application = application_on(self.store, self.vault, self.clock, self.air, lambda: self.lot)
        await self.application.start()
        self._server, url = await listen(self.application, self._passwords)
        self.port = int(url.rpartition(":")[2])
        self.client = httpx2.AsyncClient(base_url=url, auth=("shop", PASSWORD), trust_env=False, timeout=30)

    async def end(self) -> None:
        """Stop as on SIGTERM."""
        await self.client.aclose()
        await self.application.stop(1.0)
        await self._server.stop(1.0)
        await self.store.close()

    async def restart(self) -> None:
        """Stop and begin again on the same file."""
        await self.end()
        await self.begin()

    async def set_up(self) -> None:
        """One account and one modem, into a new store."""
        store = open_store(self._path, key_id=self.vault.key_id)
        await store.accounts.add(Account("shop", hash_password(Secret(PASSWORD)), rights=frozenset(DEFAULT_RIGHTS)))
        await store.accounts.add(Account("bank", hash_password(Secret(PASSWORD)), rights=frozenset(DEFAULT_RIGHTS)))
        await store.modems.add(modem("east", default=True))
        await store.close()

    def close(self) -> None:
        """End the thread that verifies passwords."""
        self._passwords.close()

    def texts(self, number: str = "") -> list[str]:
        """What went on the air (to `number`, digits only), oldest first."""
        read = (decode(entry.tpdu, has_smsc=False, direction="to_network") for entry in self.air.entries)
        submits = [each for each in read if isinstance(each, Submit)]
        return [each.text or "" for each in submits if not number or each.recipient.digits == number]

    async def text(self, number: str) -> str:
        """The newest text a phone shows, once it has come."""
        async with asyncio.timeout(10):
            while not (shown := self.texts(number)):  # noqa: ASYNC110 - the air tells nobody
                await asyncio.sleep(0.005)
        return shown[-1]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """A gateway with the accounts `shop` and `bank` and one modem, served until the block ends."""
    made = Served(folder / "otppi.db")
    await made.set_up()
    await made.begin()
    try:
        yield made
    finally:
        await made.end()
        made.close()
