"""What the contracts of the store share: a store of each way it can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store_world import MAKERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore


@pytest.fixture(params=MAKERS)
def maker(request: pytest.FixtureRequest) -> Maker:
    made: Maker = request.param
    return made


@pytest.fixture
async def store(maker: Maker, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = maker(tmp_path / "store.db")
    yield opened
    await opened.close()
