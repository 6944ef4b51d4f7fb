"""The SMS centre on the wire: the owner's stands before the PDU, else the SIM's is used (3GPP TS 27.005 4.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import virtual
from line_rig import granted
from listening import Listener

from otppi.modems import SerialModem
from otppi.modems.pins import PinLedger
from otppi.ports.modem import LineSettings, ModemState, Sent, Submission
from otppi.simulator.bench import ModemBench
from otppi.simulator.device import Traits
from otppi.testing.memory_cable import MemoryCable

if TYPE_CHECKING:
    from collections.abc import Callable

TPDU = "11000B912618000000F00000AA05E8329BFD06"


class Simulated:
    """A simulated modem at the far end of a cable, and every octet that came to it."""

    def __init__(self) -> None:
        self.bench = ModemBench(Traits(latency=0.0))
        self.octets = b""
        self._say: Callable[[bytes], None] = lambda _: None

    def attached(self, say: Callable[[bytes], None]) -> None:
        self._say = say

    def heard(self, data: bytes) -> None:
        self.octets += data
        self._say(self.bench.say(data) + self.bench.advance(0.01))


@pytest.mark.feature("F076")
@pytest.mark.parametrize(
    ("smsc", "octets"), [("6281100000", "069126180100 00"), ("628110001", "0691261801 00F1"), (None, "00")]
)
def test_the_sms_centre_of_the_owner_goes_into_the_pdu_else_the_sims_own_is_used(smsc: str | None, octets: str) -> None:
    @virtual
    async def talk() -> None:
        far = Simulated()
        settings = LineSettings("m1", "/dev/ttyTEST", smsc=smsc)
        modem = SerialModem(settings, Listener(), connect=MemoryCable(far).connect, pins=PinLedger())
        run = asyncio.create_task(modem.run())
        async with asyncio.timeout(30):
            while modem.status.state is not ModemState.READY:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.07)
        assert isinstance(await modem.send(Submission("k", TPDU), granted), Sent)
        head = octets.replace(" ", "")
        assert f"AT+CMGS={len(TPDU) // 2}\r{head}{TPDU}\x1a".encode() in far.octets
        assert [each.tpdu[4:] for each in far.bench.sent] == [TPDU[4:]]
        run.cancel()
        await asyncio.wait({run})

    talk()
