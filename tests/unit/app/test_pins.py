"""PINs that were tried: at most one automatic try ever, over restarts, until the owner enters the PIN again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import gateway, virtual

from otppi.app.operations.context import Context
from otppi.app.operations.table import Operations
from otppi.app.pins import StoredPins
from otppi.domain.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

PIN = "4711"


@pytest.mark.feature("F078")
@virtual
async def test_a_spent_pin_stays_spent_over_restarts_and_proves_right_over_them_too(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        pins = StoredPins(bench.store.registry, bench.vault)
        await pins.load(["entry1"])
        assert await pins.may_try("entry1", PIN)
        assert await pins.spend("entry1", PIN)
        assert not await pins.may_try("entry1", PIN)
        for _ in range(2):
            again = StoredPins(bench.store.registry, bench.vault)
            await again.load(["entry1", "entry2"])
            assert not await again.may_try("entry1", PIN)
            assert await again.may_try("entry2", PIN)
        await again.prove("entry1", PIN)
        proved = StoredPins(bench.store.registry, bench.vault)
        await proved.load(["entry1"])
        assert await proved.may_try("entry1", PIN)


@virtual
async def test_what_was_not_loaded_is_not_tried(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        assert not await StoredPins(bench.store.registry, bench.vault).may_try("entry1", PIN)


@virtual
async def test_a_pin_that_cannot_be_written_down_is_not_sent(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        pins = StoredPins(bench.store.registry, bench.vault)
        await pins.load(["entry1"])
        bench.disk.broken = True
        assert not await pins.spend("entry1", PIN)
        bench.disk.broken = False
        assert await pins.may_try("entry1", PIN)


@pytest.mark.feature("F078")
@virtual
async def test_entering_a_pin_again_is_another_entry_even_if_it_is_the_same(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        entries = set()
        for _ in range(2):
            await bench.change_modem("east", pin=bench.vault.seal(Secret(PIN), "modem-pin", "east"))
            line = bench.app.configuration.lines()["east"]
            assert line.pin == PIN
            assert await bench.app.pins.may_try(line.pin_entry, PIN)
            entries.add(line.pin_entry)
        assert len(entries) == 2
        assert PIN not in repr(line)


SIM, OTHER_SIM = "8900101000000000017", "8900101000000000025"


@pytest.mark.feature("F078")
@virtual
async def test_what_was_tried_by_hand_is_not_tried_again_by_itself_over_restarts(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        pins = StoredPins(bench.store.registry, bench.vault)
        await pins.load(["entry1"])
        assert await pins.spend_by_hand(PIN, SIM)
        await bench.restart()
        again = StoredPins(bench.store.registry, bench.vault)
        await again.load(["entry1", "entry2"])
        assert not await again.may_try("entry1", PIN, SIM)
        assert await again.may_try("entry1", PIN, OTHER_SIM)
        assert await again.may_try("entry1", "4712", SIM)
        assert await again.may_try("entry2", PIN, SIM), "the owner has entered it again since"
        await again.prove_by_hand(PIN, SIM)
        assert await again.may_try("entry1", PIN, SIM)


@virtual
async def test_a_try_by_hand_counts_as_written_down_only_where_it_is(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        pins = StoredPins(bench.store.registry, bench.vault)
        assert not await pins.spend_by_hand(PIN, ""), "nothing says in which SIM"
        bench.disk.broken = True
        assert not await pins.spend_by_hand(PIN, SIM)
        await pins.prove_by_hand(PIN, SIM)
        bench.disk.broken = False


@virtual
async def test_the_owner_s_operations_write_down_a_try_by_hand(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        context = Context(bench.store, bench.vault, bench.clock, lambda _: "")
        operations, pins = Operations(context), StoredPins(bench.store.registry, bench.vault)
        await pins.load(["entry1"])
        assert await operations.call("pin.spend", {"pin": PIN, "sim": SIM}) == {"kept": True}
        assert not await pins.may_try("entry1", PIN, SIM)
        assert await operations.call("pin.prove", {"pin": PIN, "sim": SIM}) == {}
        assert await pins.may_try("entry1", PIN, SIM)
        assert await operations.call("pin.spend", {"pin": PIN, "sim": ""}) == {"kept": False}
