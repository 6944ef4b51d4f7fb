"""The owner's operations on the real store (one file, committed on the spot) and the real vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from otppi.app.operations.context import Context
from otppi.app.operations.table import Operations
from otppi.security.vault import Vault
from otppi.store.sqlite import open_store
from otppi.store.writer import InlineWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from otppi.domain.secret import Secret
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault as VaultPort


@dataclass
class SetClock:
    """A clock that stands where it was set."""

    at: float = 1_800_000_000.0
    trusted: bool = True

    def now(self) -> float:
        return self.at

    def wall(self) -> float:
        return self.at


@pytest.fixture
def vault() -> VaultPort:
    return Vault(bytes(range(32)))


@pytest.fixture
async def store(tmp_path: Path, vault: VaultPort) -> AsyncIterator[Store]:
    opened = open_store(tmp_path / "store.db", key_id=vault.key_id, synchronous="OFF", writer=InlineWriter)
    yield opened
    await opened.close()


@pytest.fixture
def changes() -> list[str]:
    """The subjects a running gateway was told about."""
    return []


@pytest.fixture
def context(store: Store, vault: VaultPort, changes: list[str]) -> Context:
    def hashed(password: Secret[str]) -> str:
        return f"hash of {len(password.reveal())} characters"

    return Context(store, vault, SetClock(), hashed, changes.append)


@pytest.fixture
def operations(context: Context) -> Operations:
    return Operations(context)
