"""The real application behind its real HTTP door on loopback, with the real store on its threads and fake modems."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from served import application_on, listen

from otppi.domain.rights import DEFAULT_RIGHTS
from otppi.domain.secret import Secret
from otppi.ports.store import Account, ModemEntry
from otppi.security import Vault
from otppi.security.passwords import Passwords, hash_password
from otppi.store import SqliteStore, open_store
from otppi.testing.fake_modem import Air, Lot
from otppi.testing.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from otppi.app.application import Application

NOW = 1_795_600_000.0
"""When the site's clock begins."""
PASSWORD = "password"
_HASH = hash_password(Secret(PASSWORD))


@dataclass
class Site:
    """A served gateway. `client` signs in as `shop`, `other` as `bank`."""

    app: Application
    store: SqliteStore
    clock: LoopClock
    air: Air
    client: httpx2.AsyncClient
    other: httpx2.AsyncClient

    async def post(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.client.post(path, json=body, headers=named)

    async def send(self, **body: Any) -> dict[str, Any]:
        """A message that is accepted."""
        answer = await self.post("/v1/messages", {"to": "081200001234", "text": "Halo"} | body)
        assert answer.status_code in (200, 201), answer.text
        record: dict[str, Any] = answer.json()
        return record


@asynccontextmanager
async def v1_site(
    folder: Path, *, modems: int = 1, lot: Lot | None = None, rights: frozenset[str] = frozenset(DEFAULT_RIGHTS)
) -> AsyncIterator[Site]:
    """A site whose store is in `folder`: opened again, it goes on with what is there. Without `lot` a modem sends in a
    few milliseconds."""
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop.time, NOW - loop.time())
    vault, air = Vault(bytes(range(32))), Air()
    store = open_store(folder / "otppi.db", key_id=vault.key_id)
    await _configure(store, modems, rights)
    usual = lot or Lot(prompt=0.001, air=0.005)
    application = application_on(store, vault, clock, air, lambda: usual)
    await application.start()
    passwords = Passwords()
    server, url = await listen(application, passwords)
    try:
        async with _client(url, "shop") as client, _client(url, "bank") as other:
            yield Site(application, store, clock, air, client, other)
    finally:
        await application.stop(1.0)
        await server.stop(1.0)
        passwords.close()
        await store.close()


def _client(url: str, name: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, auth=(name, PASSWORD), trust_env=False, timeout=30)


async def _configure(store: SqliteStore, modems: int, rights: frozenset[str]) -> None:
    if await store.accounts.all():
        return
    for name in ("shop", "bank"):
        await store.accounts.add(Account(name, _HASH, rights=rights))
    for number in range(modems):
        await store.modems.add(ModemEntry(f"modem{number}", f"/dev/none{number}", default=True))
