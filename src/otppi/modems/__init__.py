"""Real modems: the asyncio shell round the AT engine. Everything AT means is said in `otppi.at`."""

from __future__ import annotations

from otppi.modems.serial_modem import SerialModem
from otppi.modems.timings import Timings
from otppi.modems.transport import open_port

__all__ = ["SerialModem", "Timings", "open_port"]
