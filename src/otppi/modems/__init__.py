"""Real modems: the asyncio shell round the AT engine. Everything AT means is said in `otppi.at`."""

from __future__ import annotations

from otppi.modems.detector import PortDetector
from otppi.modems.finder import Finder, Owned
from otppi.modems.serial_modem import SerialModem
from otppi.modems.sysfs import around
from otppi.modems.timings import Timings
from otppi.modems.transport import open_port
from otppi.modems.visits import PortsInUse

__all__ = ["Finder", "Owned", "PortDetector", "PortsInUse", "SerialModem", "Timings", "around", "open_port"]
