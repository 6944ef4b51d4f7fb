"""Whatever a terminal writes, the modem neither fails nor stays silent for ever."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.simulator.bench import ModemBench
from otppi.simulator.commands import COMMANDS

_names = st.sampled_from([*sorted(COMMANDS), "+NOPE", "S0", "S3", "S5", "S99"])
_forms = st.sampled_from(
    ["", "?", "=?", "=", "=0", "=1", "=2", "=1,4", "=23", '="SM"', '="SC",2,"1"', '="+628"', "=,,"]
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


@settings(max_examples=300, deadline=None, derandomize=True)
@given(_talk)
def test_any_talk_leaves_a_modem_that_answers(talk: list[bytes]) -> None:
    bench = ModemBench()
    for piece in talk:
        bench.say(piece)
        bench.modem.incoming("+628120000002", "hello")
        bench.advance(0.1)
    # The talk may have changed line ends and results, and may have left half a line that changes them again.
    for end in (b"\x1b", b"\r", b"\r"):
        bench.device.parameters.registers.update({3: 13, 4: 10, 5: 8})
        bench.say(end)
        bench.advance(60)
    bench.say(b"ATQ0V1E0\r")
    assert bench.say(b"AT\r").endswith(b"\r\nOK\r\n")
