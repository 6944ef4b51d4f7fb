"""The power of USB devices as the modems need it: the last two rungs of the reset ladder, and what they may touch.

Implementations: `otppi.usb.switch.UsbSwitch`, which asks a helper that runs as root, and
`otppi.testing.fake_switch.FakeSwitch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Reach = Literal["off", "authorise", "power"]
"""How far the owner lets a modem's USB device be reset: not at all, by re-authorisation, by power too."""


@dataclass(frozen=True, slots=True)
class Socket:
    """Where a modem is plugged in, by the names of sysfs: device `1-1.3` hangs on `port` 3 of `hub` `1-1`.

    `reset`: the device may be re-authorised. `power`: the port of the hub may be switched off and on. Both are False
    where the owner did not allow it or where something else would go with it.
    """

    device: str
    hub: str
    port: int
    reset: bool
    power: bool


class PowerSwitch(Protocol):
    """Touches nothing but devices with serial ports. Never raises; what fails or is refused is False."""

    async def socket(self, path: str) -> Socket | None:
        """Where the modem behind a serial port is plugged in now; None where that is no USB device."""

    async def empty(self, device: str) -> bool:
        """Whether nothing is plugged in now where this device was."""

    async def reauthorise(self, device: str) -> bool:
        """Take the device from the system and give it back, as if it were plugged in again. True when done."""

    async def cycle(self, hub: str, port: int) -> bool:
        """Switch a port of a hub off and on. True when done."""
