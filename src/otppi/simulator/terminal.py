"""What the modem writes to its terminal: results in the form V and Q ask for, noise, and the pace. Sans-IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator.results import NUMERIC

if TYPE_CHECKING:
    from otppi.simulator.device import Device

_GARBAGE = bytes([0x00, 0xFF, 0x80, 0x1F, 0xC3, 0x7F, 0x05])
_HALF_LINES = (b"\r\n+CM", b"\r\nO", b"+CRE", b"\r\n^RSS", b"K\r")
_TICK = 0.01
"""Seconds between two portions of a slow line."""


class Terminal:
    """The modem's transmit side; `take` gives what may leave now.

    `cut`: the next thing written stops in its middle; False again when that has happened.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._ready = bytearray()
        self._queued = bytearray()
        self.cut = False

    def write(self, data: bytes) -> None:
        """Send octets as they are, at the pace of the line."""
        if self.cut and data:
            data, self.cut = data[: max(1, len(data) // 2)], False
        if self._device.faults.slow or self._queued:
            if not self._queued:
                self._device.timers.later(_TICK, self._drip)
            self._queued += data
        else:
            self._ready += data

    def take(self) -> bytes:
        """What has left the modem since the last call."""
        data = bytes(self._ready)
        self._ready.clear()
        return data

    def clear(self) -> None:
        """Forget what has not left."""
        self._ready.clear()
        self._queued.clear()
        self.cut = False

    def inform(self, lines: tuple[str, ...]) -> None:
        """One information response; noise may come between its lines (V.250 5.7.1)."""
        for place, line in enumerate(lines):
            if place:
                self.gap()
            self._text(f"{'' if place or not self._device.parameters.verbose else self._end}{line}{self._end}")

    def finish(self, result: str) -> None:
        """The final result, unless Q1 silences it."""
        self.gap()
        parameters = self._device.parameters
        if parameters.quiet:
            return
        if parameters.verbose:
            self._text(f"{self._end}{result}{self._end}")
        else:
            self._text(f"{NUMERIC.get(result, result)}{chr(parameters.registers[3])}")

    def unsolicited(self, line: str) -> None:
        """An unsolicited result."""
        if not self._device.parameters.quiet:
            self._text(f"{self._end if self._device.parameters.verbose else ''}{line}{self._end}")

    def prompt(self) -> None:
        """CR LF > space, whatever V says (3GPP TS 27.005 3.5.1)."""
        self._text("\r\n> ")

    def gap(self) -> None:
        """A place where something unasked may slip in."""
        faults, random = self._device.faults, self._device.random
        noise = max(faults.noise, self._device.traits.noise)
        if noise and random.random() < noise:
            self.noise()
        if faults.garbage and random.random() < faults.garbage:
            self.write(bytes(random.choices(_GARBAGE, k=random.randint(1, 12))))

    def noise(self, count: int = 1) -> None:
        """`count` unsolicited lines that belong to no command."""
        family = self._device.family
        for _ in range(count if family.noise else 0):
            line = self._device.random.choice(family.noise)
            if family.shows(self._device, line):
                self.unsolicited(line)

    def garbage(self, count: int) -> None:
        """`count` octets of any value, then half a line."""
        random = self._device.random
        self.write(bytes(random.randrange(256) for _ in range(count)) + random.choice(_HALF_LINES))

    @property
    def _end(self) -> str:
        registers = self._device.parameters.registers
        return chr(registers[3]) + chr(registers[4])

    def _text(self, text: str) -> None:
        self.write(text.encode("latin-1", "replace"))

    def _drip(self) -> None:
        portion = max(1, int(self._device.faults.slow * _TICK)) if self._device.faults.slow else len(self._queued)
        self._ready += self._queued[:portion]
        del self._queued[:portion]
        if self._queued:
            self._device.timers.later(_TICK, self._drip)
