"""What `otppi simulate` is told, and what each modem is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from otppi.simulator.errors import BadAddress, UnknownFamily
from otppi.simulator.options import SimulateOptions, tcp_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", ("127.0.0.1", 0)),
        ("7000", ("127.0.0.1", 7000)),
        (":7000", ("127.0.0.1", 7000)),
        ("0.0.0.0:7000", ("0.0.0.0", 7000)),
        ("[::1]:7000", ("::1", 7000)),
        ("localhost:65535", ("localhost", 65535)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert tcp_address(text) == address


@pytest.mark.parametrize("text", ["", "here", "here:", "1:65536", "1:-1", "1:\u0661"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress, match=r"\[HOST:\]PORT"):
        tcp_address(text)


def test_ports_go_up_from_the_first_and_free_ones_stay_free() -> None:
    told = SimulateOptions(modems=3, directory=Path("sim"), tcp=("::1", 7000))
    assert [told.address(index) for index in range(3)] == [("::1", 7000), ("::1", 7001), ("::1", 7002)]
    assert SimulateOptions(modems=3, directory=Path("sim"), tcp=("::1", 0)).address(2) == ("::1", 0)
    assert SimulateOptions(modems=3, directory=Path("sim")).address(2) is None


def test_families_are_taken_in_turn() -> None:
    told = SimulateOptions(modems=3, directory=Path("sim"), families=("ec25", "generic"), pin="4321", noise=0.5)
    assert [told.traits(index).family.name for index in range(3)] == ["ec25", "generic", "ec25"]
    assert (told.traits(0).pin, told.traits(0).noise) == ("4321", 0.5)
    with pytest.raises(UnknownFamily):
        SimulateOptions(modems=1, directory=Path("sim"), families=("nokia",)).traits(0)
