"""Every profile on a modem of its family behind a real pty and behind TCP, through the real serial code."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import pytest
from family_rig import Rig

from otppi.ports.modem import LineSettings, ModemState
from otppi.simulator import SimulateOptions, Simulation, read_ledger
from otppi.simulator.families import names

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

ONE, THREE = "Kode 123456", "Kode 123456 " * 30
CARRIERS: Final = {"pty": None, "tcp": ("127.0.0.1", 0)}
M = ModemState
every_carrier = pytest.mark.parametrize("carrier", CARRIERS)


def simulation(folder: Path, carrier: str, *families: str, latency: float = 0.05) -> Simulation:
    """One modem of each of these families, on for long."""
    options = SimulateOptions(
        len(families), folder / carrier, latency, families=families, tcp=CARRIERS[carrier], long_on=True
    )
    return Simulation(options)


def rigs(made: Simulation) -> list[Rig]:
    """A line of ours to each modem, where clients find it."""
    folder = made.options.directory
    where = [port.name if made.options.tcp else str(folder / name) for name, port in made.ports.items()]
    return [Rig(LineSettings(f"m{number}", port)) for number, port in enumerate(where)]


@pytest.mark.feature("F075", "F076")
@pytest.mark.parametrize("name", names())
@every_carrier
async def test_a_modem_of_each_family_starts_is_known_and_sends_one_and_three_segments(
    carrier: str, name: str, tmp_path: Path
) -> None:
    async with simulation(tmp_path, carrier, name) as made:
        (rig,), (port,) = rigs(made), made.ports.values()
        async with rig.running():
            await rig.until(M.READY, seconds=10)
            rig.knows(port.modem.device)
            references = [*await rig.send(ONE), *await rig.send(THREE)]
            assert rig.modem.status.state is M.READY
        aired = read_ledger(made.options.ledger_path)
        assert [each.ref for each in aired] == references
        assert [(each.part, each.total) for each in aired] == [(1, 1), (1, 3), (2, 3), (3, 3)]
        assert aired[0].text == ONE
        assert "".join(each.text or "" for each in aired[1:]) == THREE


@pytest.mark.feature("F013")
async def test_twelve_modems_of_all_families_send_at_once_over_both(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        lines: list[Rig] = []
        for carrier in CARRIERS:
            lines += rigs(await stack.enter_async_context(simulation(tmp_path, carrier, *names(), latency=2.0)))
        for rig in lines:
            await stack.enter_async_context(rig.running())
        await asyncio.gather(*(rig.until(M.READY, seconds=15) for rig in lines))
        sends = [asyncio.create_task(rig.send(ONE)) for rig in lines]
        await asyncio.gather(*(rig.until(M.BUSY, seconds=5) for rig in lines))
        assert not [send for send in sends if send.done()], "none waits for another"
        assert [len(await send) for send in sends] == [1] * 12
