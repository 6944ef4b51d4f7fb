"""The recorder at modems somebody wrote down: its transcript drives the gateway's modem as the original does."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from listening import first_send

from otppi.at.dialogues import SimState
from otppi.modems.errors import PortUnavailable
from otppi.modems.pins import PinLedger
from otppi.modems.recorder import UNSURE, UNWRITTEN, Recording, record
from otppi.pdu.submit import encode_submits
from otppi.ports.modem import LineSettings, LineStatus, Refused, Sent
from otppi.testing.memory_cable import MemoryCable, Temper
from otppi.testing.transcript import Transcript, TranscriptModem

if TYPE_CHECKING:
    from otppi.modems.transport import Receiver, Wire

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
(TPDU,) = encode_submits("6281200009999", "Kode 123456", concat_reference=0, validity_seconds=None, report=False)
SETTINGS = LineSettings("r", "/dev/ttyTEST")
START = """
< \\r\\n+CLIP: "+6285711223344",145\\r\\n
> AT\\r
> AT+CPIN?\\r
< \\r\\n+CME ERROR: 14\\r\\n
= any
> \\x1b
> \\r
> AT\\r
< \\r\\nOK\\r\\n
> ATE0\\r
< \\r\\nOK\\r\\n
> ATV1\\r
< \\r\\nOK\\r\\n
> AT+CMEE=1\\r
< \\r\\nOK\\r\\n
> AT+CGMI\\r
< \\r\\nACME\\r\\n\\r\\nOK\\r\\n
> AT+CGMM\\r
< \\r\\nA7\\r\\n\\r\\nOK\\r\\n
> AT+CGMR\\r
< \\r\\nR1 20210304 353456789012348\\r\\n\\r\\nOK\\r\\n
> AT+CGSN\\r
< \\r\\n353456789012348\\r\\n\\r\\nOK\\r\\n
> AT+CFUN?\\r
< \\r\\n+CFUN: 1\\r\\n\\r\\nOK\\r\\n
"""
READY = """
> AT+CPIN?\\r
< \\r\\n+CPIN: READY\\r\\n\\r\\nOK\\r\\n
> AT+CIMI\\r
< \\r\\n510101234567890\\r\\n\\r\\nOK\\r\\n
> AT+CCID\\r
~ 0.3
< \\r\\n+CCID: 8962101234567890123\\r\\n\\r\\nOK\\r\\n
> AT+CSCA?\\r
< \\r\\n+CSCA: "+6285700000123",145\\r\\n\\r\\nOK\\r\\n
> AT+CREG?\\r
< \\r\\n+CREG: 2,1,"00C3","01A2B3C4"\\r\\n\\r\\nOK\\r\\n
> AT+COPS?\\r
< \\r\\n+COPS: 0,0,"TELKOMSEL"\\r\\n\\r\\nOK\\r\\n
> AT+CSQ\\r
< \\r\\n+CSQ: 18,99\\r\\n\\r\\nOK\\r\\n
> AT+CMGF=0\\r
< \\r\\nOK\\r\\n
> AT+CMGS={len}\\r
< \\r\\n> \\x20
> {pdu}\\x1a
~ 3
< \\r\\n+CMGS: 42\\r\\n\\r\\nOK\\r\\n
"""
REAL = ("353456789012348", "510101234567890", "8962101234567890123", "6285700000123", "6285711223344", "01A2B3C4")


class Willing(TranscriptModem):
    """Answers ERROR to whatever is not written, as real modems do."""

    def heard(self, data: bytes) -> None:
        super().heard(data)
        if self._deviation:
            self._deviation = ""
            self._say(b"\r\nERROR\r\n")


def cable(text: str, temper: Temper = Temper.PLAIN) -> MemoryCable:
    return MemoryCable(Willing(Transcript.parse(text)), temper)


async def play(recording: Recording) -> tuple[LineStatus, object]:
    """The gateway's modem at the played recording: its status when ready, and what became of a message."""
    far = Willing(Transcript.parse(recording.text(title="", date="2026-01-02")))
    return await first_send(MemoryCable(far).connect, TPDU)


@pytest.mark.parametrize("temper", [Temper.PLAIN, Temper.BYTEWISE, Temper.SLOW])
@virtual
async def test_a_recording_drives_the_gateway_as_its_modem_did(temper: Temper) -> None:
    steps: list[str] = []
    recording = await record(SETTINGS, steps.append, tpdu=TPDU, connect=cable(START + READY, temper).connect)
    assert (recording.outcome, recording.trouble) == (Sent(42), "")
    assert (recording.plate.manufacturer, recording.plate.model, recording.plate.imei) == ("ACME", "A7", "")
    assert steps[0] == "/dev/ttyTEST is open"
    assert steps[-1] == "sent, reference 42"
    status, outcome = await play(recording)
    assert outcome == Sent(42)
    assert (status.operator, status.signal) == ("TELKOMSEL", 18)
    identity = status.identity
    assert (identity.imei, identity.imsi, identity.iccid) == (
        "004402450000017",
        "001010000000001",
        "8999990000000000015",
    )


@virtual
async def test_nothing_private_is_in_file_steps_or_plate() -> None:
    steps: list[str] = []
    recording = await record(SETTINGS, steps.append, tpdu=TPDU, connect=cable(START + READY).connect)
    shown = "\n".join([recording.text(title="mine", date="2026-01-02"), *steps, repr(recording)])
    assert [secret for secret in REAL if secret in shown] == []
    assert "20210304" in shown  # a date of the firmware is no secret
    assert TPDU not in shown
    assert recording.masked["imei"] == 1
    assert "# Name: mine" in shown
    assert "# Device: ACME A7, firmware R1 20210304 004402450000017" in shown


@virtual
async def test_the_file_tells_how_the_modem_hesitated() -> None:
    recording = await record(SETTINGS, lambda _: None, connect=cable(START + READY).connect)
    lines = recording.text(title="", date="").splitlines()
    in_order = lines[: lines.index("= any")]
    assert [line for line in in_order if line.startswith(">")] == ["> AT\\r", "> AT+CPIN?\\r"]
    place = lines.index("> AT+CCID\\r")
    assert lines[place + 1] == "~ 0.30"


@virtual
async def test_a_silent_modem_is_told_apart_from_one_that_speaks() -> None:
    silent = await record(SETTINGS, lambda _: None, connect=MemoryCable(TranscriptModem(Transcript.parse(""))).connect)
    assert (silent.answered, silent.trouble) == (False, "Nothing answers AT on this port.")
    noisy = TranscriptModem(Transcript.parse("< \\r\\nRING\\r\\n"))
    assert (await record(SETTINGS, lambda _: None, connect=MemoryCable(noisy).connect)).answered


LOCKED = (
    START
    + """
> AT+CPINR\\r
< \\r\\n+CPINR: SIM PIN,{tries},3\\r\\n\\r\\nOK\\r\\n
> AT+CPIN?\\r
< \\r\\n+CPIN: SIM PIN\\r\\n\\r\\nOK\\r\\n
"""
)


class Ledger(PinLedger):
    """Notes what was written down; `works` False: it cannot be."""

    def __init__(self, *, works: bool = True) -> None:
        super().__init__()
        self.works = works
        self.spent: list[str] = []
        self.proved: list[str] = []

    async def spend(self, entry: str, pin: str, sim: str = "") -> bool:
        self.spent.append(sim)
        return self.works and await super().spend(entry, pin, sim)

    async def prove(self, entry: str, pin: str, sim: str = "") -> None:
        self.proved.append(sim)
        await super().prove(entry, pin, sim)


ICCID = "8962101234567890123"
CARD = f"""
> AT+CCID\\r
< \\r\\n+CCID: {ICCID}\\r\\n\\r\\nOK\\r\\n
"""


async def locked(pin: str | None, tries: str, pins: Ledger | None, script: str = LOCKED) -> tuple[Recording, int]:
    """A recording at a locked SIM, and how often a PIN was entered."""
    settings = LineSettings("r", "/dev/ttyTEST", pin=pin)
    steps: list[str] = []
    connect = cable(script.replace("{tries}", tries)).connect
    recording = await record(settings, steps.append, tpdu=TPDU, pins=pins, connect=connect)
    text = recording.text(title="", date="")
    assert "4711" not in text + "".join(steps)
    return recording, len(re.findall(r"AT\+CPIN=", text))


@pytest.mark.feature("F078")
@pytest.mark.parametrize(
    ("pin", "tries", "entered"), [(None, "3", 0), ("4711", "1", 0), ("4711", "2", 0), ("4711", "3", 1)]
)
@virtual
async def test_without_a_record_of_tries_a_pin_is_entered_only_where_three_are_left(
    pin: str | None, tries: str, entered: int
) -> None:
    recording, count = await locked(pin, tries, None)
    assert recording.readiness is not None
    assert recording.readiness.sim in (SimState.PIN, SimState.PIN_SPENT)
    assert count == entered
    assert recording.withheld is (pin is not None and not entered)
    assert recording.trouble == (UNSURE if recording.withheld else "Nothing was sent: the SIM is not ready.")


@virtual
async def test_a_modem_that_does_not_say_how_many_tries_are_left_gets_no_pin_without_a_record() -> None:
    recording, count = await locked("4711", "3", None, LOCKED.replace("+CPINR: SIM PIN,{tries},3", ""))
    assert (count, recording.withheld) == (0, True)


@pytest.mark.feature("F078")
@pytest.mark.parametrize(("tries", "entered"), [("1", 0), ("2", 1), ("3", 1)])
@virtual
async def test_a_try_is_written_down_with_its_sim_before_the_pin_leaves(tries: str, entered: int) -> None:
    pins = Ledger()
    recording, count = await locked("4711", tries, pins, LOCKED + CARD)
    assert count == entered
    assert pins.spent == [ICCID] * entered
    assert pins.proved == [], "this PIN is wrong"
    assert recording.withheld is not bool(entered)


@virtual
async def test_a_try_that_cannot_be_written_down_is_not_made() -> None:
    pins = Ledger(works=False)
    recording, count = await locked("4711", "3", pins, LOCKED + CARD)
    assert (count, recording.withheld, recording.trouble) == (0, True, UNWRITTEN)
    assert pins.spent == [ICCID]


@virtual
async def test_where_nothing_says_which_sim_it_is_a_record_of_tries_is_none() -> None:
    pins = Ledger()
    assert (await locked("4711", "2", pins))[1] == 0
    assert (await locked("4711", "3", pins))[1] == 1
    assert pins.spent == []


@virtual
async def test_a_refusal_is_recorded_and_told() -> None:
    steps: list[str] = []
    refusing = START + READY.replace("+CMGS: 42\\r\\n\\r\\nOK", "+CMS ERROR: 38")
    recording = await record(SETTINGS, steps.append, tpdu=TPDU, connect=cable(refusing).connect)
    assert recording.outcome == Refused("cms", 38, "network out of order")
    assert steps[-1] == "refused: +CMS ERROR 38: network out of order"
    assert (await play(recording))[1] == recording.outcome


@virtual
async def test_a_modem_without_network_sends_nothing_after_a_minute() -> None:
    searching = START + READY.replace('2,1,"00C3","01A2B3C4"', "0,2")
    recording = await record(SETTINGS, lambda _: None, tpdu=TPDU, connect=cable(searching).connect)
    assert recording.trouble == "Nothing was sent: the modem is not registered with a network."
    assert "{pdu}" not in recording.text(title="", date="")


@virtual
async def test_a_line_that_breaks_ends_the_recording_and_keeps_it() -> None:
    line = cable(START + READY)
    asyncio.get_running_loop().call_later(2.4, line.pull)
    recording = await record(SETTINGS, lambda _: None, tpdu=TPDU, connect=line.connect)
    assert recording.trouble
    assert "> ATE0\\r" in recording.text(title="", date="")


@virtual
async def test_a_port_that_is_used_is_said() -> None:
    async def busy(settings: LineSettings, receiver: Receiver) -> Wire:
        raise PortUnavailable("The port cannot be used: Resource temporarily unavailable.")

    with pytest.raises(PortUnavailable, match="cannot be used"):
        await record(SETTINGS, lambda _: None, connect=busy)


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.at")), ids=lambda path: path.stem)
@virtual
async def test_every_transcript_recorded_again_still_drives_the_gateway(path: Path) -> None:
    far = Willing(Transcript.load(path))
    recording = await record(SETTINGS, lambda _: None, tpdu=TPDU, connect=MemoryCable(far).connect)
    assert isinstance(recording.outcome, Sent)
    status, outcome = await play(recording)
    assert outcome == recording.outcome
    assert recording.readiness is not None
    assert (status.operator, status.signal) == (recording.readiness.operator, recording.readiness.signal)
