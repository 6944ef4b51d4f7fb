"""SerialModem against modems somebody else wrote down: start-up, identity and a send, over every cable."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import Identity, LineSettings, LineStatus, ModemState, Sent, Submission
from otppi.testing.memory_cable import MemoryCable, Temper
from otppi.testing.transcript import Transcript, TranscriptModem

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
TPDU = "11000B912618000000F00000AA05E8329BFD06"
EXPECTED = {
    "huawei_e173_like": (
        Identity("huawei", "E173", "11.126.85.00.209", "359876040000017", "510100000000017", "89620000000000000017"),
        "TELKOMSEL",
        18,
        42,
    ),
    "wavecom_q24_like": (
        Identity(
            "WAVECOM MODEM",
            "900E 1800",
            "641b09gg.Q2403A 1320676 061804 14:38",
            "359876040000025",
            "510100000000025",
            "89620000000000000025",
        ),
        "51010",
        12,
        7,
    ),
    "simcom_sim800_like": (
        Identity(
            "SIMCOM_Ltd",
            "SIMCOM_SIM800L",
            "Revision:1418B05SIM800L24",
            "359876040000033",
            "510110000000033",
            "8962000000000000033",
        ),
        "XL Axiata",
        23,
        255,
    ),
    "simcom_sim7600_like": (
        Identity(
            "SIMCOM INCORPORATED",
            "SIMCOM_SIM7600E-H",
            "LE20B04SIM7600M22",
            "359876040000058",
            "510110000000058",
            "89620000000000000058",
        ),
        "XL Axiata",
        21,
        7,
    ),
    "quectel_ec25_like": (
        Identity("Quectel", "EC25", "EC25EFAR06A01M4G", "359876040000041", "510100000000041", "89620000000000000041"),
        "TELKOMSEL",
        27,
        0,
    ),
}


class Ready:
    """Tells when the modem is ready; keeps every status."""

    def __init__(self) -> None:
        self.seen: list[LineStatus] = []
        self.ready = asyncio.Event()

    def changed(self, name: str, status: LineStatus) -> None:
        self.seen.append(status)
        if status.state is ModemState.READY:
            self.ready.set()

    def late(self, name: str, key: str, reference: int) -> None:
        raise AssertionError("nothing here is late")

    def report(self, name: str, tpdu: str) -> None:
        raise AssertionError("nothing here is reported")


async def _granted() -> bool:
    return True


@pytest.mark.parametrize("temper", list(Temper))
@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.feature("F075", "F076")
async def test_a_written_modem_starts_up_tells_who_it_is_and_sends(name: str, temper: Temper) -> None:
    far = TranscriptModem(Transcript.load(TRANSCRIPTS / f"{name}.at"))
    events = Ready()
    settings = LineSettings("m1", "/dev/ttyTEST")
    modem = SerialModem(settings, events, connect=MemoryCable(far, temper).connect, pins=PinLedger())
    running = asyncio.create_task(modem.run())
    try:
        async with asyncio.timeout(20):
            await events.ready.wait()
        identity, operator, signal, reference = EXPECTED[name]
        assert (modem.status.identity, modem.status.operator, modem.status.signal) == (identity, operator, signal)
        assert await modem.send(Submission("k", TPDU), _granted) == Sent(reference)
        assert far.handed == [f"00{TPDU}".encode()]
        far.check()
    finally:
        running.cancel()
        await asyncio.wait({running})
    states = [status.state for status in events.seen]
    assert states[0] is ModemState.PROBING
    assert states[-4:] == [ModemState.READY, ModemState.BUSY, ModemState.READY, ModemState.ABSENT]
