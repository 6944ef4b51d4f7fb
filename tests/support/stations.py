"""A simulated modem whose port is only remembered, for orders without ptys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.simulator.modem import SimulatedModem


class FakeStation:
    """`link` is the name it was plugged in under."""

    def __init__(self, modem: SimulatedModem) -> None:
        self.modem = modem
        self.link = "modem0"

    @property
    def name(self) -> str:
        return self.link

    def flush(self) -> None:
        """Nothing is outside."""

    def unplug(self) -> None:
        self.modem.unplug()

    def replug(self, link: str | None = None) -> None:
        self.link = link or self.link
        self.modem.plug()
