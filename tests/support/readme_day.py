"""The whole gateway in this process on the README's day, behind its real HTTP door and its real doors to brokers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx2
from broker_server import PASSWORD as BROKER_PASSWORD
from gateway import until
from independent_pdu import decode_submit_text
from readme_blocks import PHONE, README_DAY, RECEIVER

from otppi.app.application import Application, Outside
from otppi.app.configuration import PASSWORD_OWNER
from otppi.app.sign_in import SignIn
from otppi.domain.rights import DEFAULT_RIGHTS
from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method
from otppi.intake.brokers import factory
from otppi.intake.rest.assembly import rest_app
from otppi.intake.rest.server import RestServer
from otppi.intake.rest.settings import RestSettings
from otppi.ports.store import Account, ModemEntry
from otppi.ports.subscribers import SubscriberEntry
from otppi.security import Vault
from otppi.security.passwords import Passwords, hash_password
from otppi.store import open_store
from otppi.testing.fake_modem import Air, FakeModem, Lot
from otppi.testing.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from broker_server import BrokerServer

    from otppi.ports.store import Store

HEADERS: Final = {
    "Host": "sub.domain.tld",
    "Connection": "close",
    "User-agent": "KSPS",
    "Content-type": "application/json",
}
README_USER: Final = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}
"""user:password, to the letter."""
SUBSCRIBER: Final = "readme"


class Day:
    """The gateway, a client of its HTTP door, and what its modem sent."""

    def __init__(self, client: httpx2.AsyncClient, air: Air, application: Application, store: Store) -> None:
        self.client = client
        self.air = air
        self._application = application
        self._store = store

    @property
    def taken(self) -> int:
        """How many requests of the broker were taken."""
        return self._application.subscriptions.standings[SUBSCRIBER].taken

    @property
    def counted(self) -> dict[str, int]:
        """How many of the broker were refused, by response code."""
        return dict(self._application.subscriptions.standings[SUBSCRIBER].refused)

    async def connected(self) -> None:
        """Wait until the subscriber is."""
        standings = self._application.subscriptions.standings
        await asyncio.to_thread(until, lambda: standings[SUBSCRIBER].state == "connected", "the subscriber")

    async def refused(self) -> list[str]:
        """The codes of the requests of the broker that were refused, the newest first."""
        return [each.code for each in await self._store.subscribers.refusals(100)]

    async def send(self, body: str, method: str, path: str) -> httpx2.Response:
        return await self.client.request(method, path, content=body.encode(), headers=HEADERS | README_USER)

    async def sms(self, n: int) -> str:
        """The code of an SMS of ours to the README's number."""
        body = {"command": "send-sms", "data": {"reference": f"probe{n}", "receiver": RECEIVER, "message": "probe"}}
        reply = (await self.send(json.dumps(body), "POST", "/api/sms")).json()
        return str(reply["response_code"])

    async def texts(self, count: int) -> list[str]:
        """What the README's phone shows, once it has so many texts."""
        await asyncio.to_thread(until, lambda: len(self.air.entries) >= count, "an SMS on the README's day")
        read = [decode_submit_text(entry.tpdu) for entry in self.air.entries]
        assert {message.number for message in read} <= {f"+{PHONE}"}
        return [message.text for message in read]


@asynccontextmanager
async def readme_day(folder: Path, server: BrokerServer | None = None, topic: str = "") -> AsyncIterator[Day]:
    """The gateway with one modem and the README's user, its clock at README_DAY, and a subscriber of the server."""
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop.time, README_DAY - loop.time())
    vault, air = Vault(bytes(range(32))), Air()
    store = open_store(folder / "otppi.db", key_id=vault.key_id)
    await store.accounts.add(Account("user", hash_password(Secret("password")), rights=frozenset(DEFAULT_RIGHTS)))
    await store.modems.add(ModemEntry("telco4", "/dev/none", default=True))
    if server is not None:
        password = vault.seal(Secret(BROKER_PASSWORD), PASSWORD_OWNER, SUBSCRIBER)
        await store.subscribers.add(SubscriberEntry(SUBSCRIBER, Method(server.method), server.values(topic), password))
    application = Application(
        Outside(
            store=store,
            vault=vault,
            clock=clock,
            open_line=lambda settings, events: FakeModem(
                settings, events, air=air, now=clock.now, nature=lambda _: Lot(prompt=0.001, air=0.005), start_up=0.01
            ),
            disk_used=lambda: 0.1,
            clock_mark=lambda: "{}",
            connect=factory.connect,
        )
    )
    await application.start()
    passwords = Passwords()
    sign_in = SignIn(application.configuration.account, passwords)
    door = RestServer(
        rest_app(application.gateway, sign_in, lambda: RestSettings(application.configuration.settings.paths)),
        "127.0.0.1",
        0,
    )
    url = f"http://127.0.0.1:{await door.start()}"
    try:
        async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            yield Day(client, air, application, store)
    finally:
        await application.stop(1.0)
        await door.stop(1.0)
        passwords.close()
        await store.close()
