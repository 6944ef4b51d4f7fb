"""What every `otppi.ports.pins.Pins` must do: the rules that keep a SIM from being locked. One body for both."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from bench import gateway, virtual

from otppi.app.pins import StoredPins
from otppi.modems.pins import PinLedger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from otppi.ports.pins import Pins

PIN = "4711"
A, B = "8962000000000000017", "8962000000000000025"

pytestmark = pytest.mark.feature("F078")


@asynccontextmanager
async def memory(folder: Path, *entries: str) -> AsyncIterator[Pins]:
    pins = PinLedger()
    for entry in entries:
        await pins.may_try(entry, PIN)
    yield pins


@asynccontextmanager
async def stored(folder: Path, *entries: str) -> AsyncIterator[Pins]:
    async with gateway(folder) as bench:
        pins = StoredPins(bench.store.registry, bench.vault)
        await pins.load(entries)
        yield pins


@pytest.fixture(params=[memory, stored])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Pins]]:
    def made(*entries: str) -> AbstractAsyncContextManager[Pins]:
        opened: AbstractAsyncContextManager[Pins] = request.param(tmp_path, *entries)
        return opened

    return made


async def know(pins: Pins, *entries: str) -> None:
    if isinstance(pins, StoredPins):
        await pins.load(entries)


@virtual
async def test_an_entry_is_tried_once(make: Any) -> None:
    async with make("e1", "e2") as pins:
        assert await pins.may_try("e1", PIN)
        assert await pins.spend("e1", PIN)
        for sim in ("", A, B):
            assert not await pins.may_try("e1", PIN, sim)
        assert await pins.may_try("e2", PIN)


@virtual
async def test_a_right_one_is_used_again_after_every_power_cut(make: Any) -> None:
    async with make("e1") as pins:
        for _ in range(3):
            assert await pins.may_try("e1", PIN, A)
            assert await pins.spend("e1", PIN, A)
            await pins.prove("e1", PIN, A)
        assert await pins.may_try("e1", PIN), "where the SIM cannot be read while locked"


@virtual
async def test_a_right_one_is_not_tried_in_another_sim(make: Any) -> None:
    async with make("e1") as pins:
        await pins.spend("e1", PIN, A)
        await pins.prove("e1", PIN, A)
        assert not await pins.may_try("e1", PIN, B)
        assert await pins.may_try("e1", PIN, A)


@virtual
async def test_a_sim_that_moves_between_modems_with_the_same_wrong_pin_loses_one_try(make: Any) -> None:
    async with make("e1", "e2", "e3") as pins:
        assert await pins.spend("e1", PIN, A)
        assert not await pins.may_try("e2", PIN, A)
        assert not await pins.may_try("e3", PIN, A)
        assert await pins.may_try("e3", PIN, B)


@virtual
async def test_entering_it_again_gives_one_more_try_in_the_same_sim(make: Any) -> None:
    async with make("e1", "e2") as pins:
        await pins.spend("e1", PIN, A)
        await know(pins, "e4")
        assert await pins.may_try("e4", PIN, A)
        await pins.spend("e4", PIN, A)
        for entry in ("e1", "e2", "e4"):
            assert not await pins.may_try(entry, PIN, A)


@virtual
async def test_a_pin_that_proves_right_at_last_frees_the_sim(make: Any) -> None:
    async with make("e1") as pins:
        await pins.spend("e1", PIN, A)  # no answer came
        await know(pins, "e2")
        assert await pins.may_try("e2", PIN, A)
        await pins.spend("e2", PIN, A)
        await pins.prove("e2", PIN, A)
        assert await pins.may_try("e2", PIN, A)


@virtual
async def test_a_sim_that_is_only_known_once_unlocked_is_kept_in_mind(make: Any) -> None:
    async with make("e1") as pins:
        await pins.spend("e1", PIN)
        await pins.prove("e1", PIN, A)
        assert await pins.may_try("e1", PIN, A)
        assert not await pins.may_try("e1", PIN, B)


@virtual
async def test_no_repr_shows_a_pin_or_a_sim(make: Any) -> None:
    async with make("e1") as pins:
        await pins.spend("e1", PIN, A)
        await pins.prove("e1", PIN, A)
        assert PIN not in repr(pins)
        assert A not in repr(pins)
