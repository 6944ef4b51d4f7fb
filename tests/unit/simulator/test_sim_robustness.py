"""Whatever a terminal writes, whatever is ordered, the modem neither fails nor stays silent for ever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.simulator import families
from otppi.simulator.bench import ModemBench
from otppi.simulator.commands import COMMANDS
from otppi.simulator.device import Traits
from otppi.simulator.faults import Fault, Step, Trouble

_own = {name for family in families.names() for name in families.family(family).commands}
_names = st.sampled_from([*sorted({*COMMANDS, *_own}), "+NOPE", "S0", "S3", "S5", "S99"])
_forms = st.sampled_from(
    [
        "",
        "?",
        "=?",
        "=",
        "=0",
        "=1",
        "=2",
        "=1,4",
        "=23",
        '="SM"',
        '="SC",2,"1"',
        '="+628"',
        "=,,",
        '=1,"AA",15,1,1,1,1',
    ]
)
_commands = st.builds(lambda name, form: f"AT{name}{form}\r".encode(), _names, _forms)
_bodies = st.sampled_from(
    [
        b"0011000C912618020000100000AA0AE8329BFD4697D9EC37\x1a",
        b"00110005912618F20000AA00\x1a",
        b"0004FF\x1a",
        b"hello \x1b\x65\x1a",
        b"0430\x1a",
        b"D83D\x1a",
        b"\xff\x80\x1a",
        b"\x1b",
    ]
)
_talk = st.lists(st.one_of(_commands, _bodies, st.binary(max_size=20)), max_size=12)
_faults = st.lists(
    st.builds(
        Fault,
        step=st.sampled_from(Step),
        trouble=st.sampled_from(Trouble),
        seconds=st.sampled_from([None, 0.0, 0.05, 3.0]),
        count=st.integers(1, 60),
        times=st.sampled_from([1, 2, None]),
    ),
    max_size=4,
)


def answers(bench: ModemBench) -> bool:
    """Whether it is a modem again when nothing is wrong with it any more."""
    bench.modem.mend()
    if not bench.device.plugged:
        bench.modem.plug()
    bench.advance(60)
    # The talk may have changed line ends and results, and may have left half a line that changes them again.
    for end in (b"\x1b", b"\r", b"\x1b", b"\r"):
        bench.device.parameters.registers.update({3: 13, 4: 10, 5: 8})
        bench.say(end)
        bench.advance(60)
        if not bench.device.plugged:
            bench.modem.plug()
            bench.advance(60)
    bench.say(b"ATQ0V1E0\r")
    return b"\r\nOK\r\n" in bench.say(b"AT\r")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(_talk)
def test_any_talk_leaves_a_modem_that_answers(talk: list[bytes]) -> None:
    bench = ModemBench()
    for piece in talk:
        bench.say(piece)
        bench.modem.incoming("+628120000002", "hello")
        bench.advance(0.1)
    assert answers(bench)


@pytest.mark.parametrize("name", families.names())
@settings(max_examples=100, deadline=None, derandomize=True)
@given(talk=_talk, faults=_faults, noise=st.booleans(), long_on=st.booleans(), pin=st.sampled_from([None, "4321"]))
def test_any_talk_and_any_fault_leave_a_modem_that_answers(
    name: str,
    talk: list[bytes],
    faults: list[Fault],
    noise: bool,
    long_on: bool,
    pin: str | None,
) -> None:
    traits = Traits(family=families.family(name), noise=0.3 * noise, noise_every=7.0 * noise, long_on=long_on, pin=pin)
    bench = ModemBench(traits, echo=True)
    bench.device.faults.steps += faults
    for piece in talk:
        bench.say(piece)
        bench.modem.incoming("+628120000002", "hello")
        bench.advance(0.7)
        if not bench.device.plugged:
            bench.modem.plug()
    assert answers(bench)
