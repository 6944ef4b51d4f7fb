"""Asks the helper that runs as root: `ports.power.PowerSwitch` over its socket, as far as the owner allows it.

It decides by the helper's own rules, and by one more: a hub that carries other modems is switched only if the owner has
said that its ports switch one by one. The helper looks again for itself; nothing here runs as root.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.ports.power import Socket
from otppi.usb.helper import DEVICE, PROC, SYSFS, below, look, place, why_not_cycle, why_not_reset

if TYPE_CHECKING:
    from collections.abc import Collection

    from otppi.ports.power import Reach
    from otppi.usb.helper import Device

log = logging.getLogger(__name__)

HELPER: Final = Path("/run/otppi-usb.sock")
LIMIT_SECONDS: Final = 90.0
"""More than the helper's own longest wait."""


def plan(name: str, devices: dict[str, Device], reach: Reach, hubs: Collection[str]) -> Socket:
    """Where a device is plugged in, and what may be done to it. Pure. `hubs` switch their ports one by one."""
    hub, port = place(name)
    others = [device for device in below(hub, devices) if device.ttys and device.name != name] if hub else []
    return Socket(
        name,
        hub,
        port,
        reset=reach != "off" and not why_not_reset(name, devices),
        power=reach == "power" and (hub in hubs or not others) and not why_not_cycle(hub, port, devices),
    )


class UsbSwitch:
    """`reach` and `hubs` as the boot file says."""

    def __init__(
        self,
        reach: Reach,
        hubs: Collection[str] = (),
        *,
        helper: Path = HELPER,
        sysfs: Path = SYSFS,
        proc: Path = PROC,
    ) -> None:
        self._reach: Reach = reach
        self._hubs = hubs
        self._helper = helper
        self._sysfs = sysfs
        self._proc = proc

    async def socket(self, path: str) -> Socket | None:
        """See the port."""
        return await asyncio.to_thread(self._find, path)

    async def empty(self, device: str) -> bool:
        """See the port."""
        return device not in await asyncio.to_thread(look, self._sysfs, self._proc)

    async def reauthorise(self, device: str) -> bool:
        """See the port."""
        return self._reach != "off" and await self._ask(f"reauthorise {device}")

    async def cycle(self, hub: str, port: int) -> bool:
        """See the port."""
        return self._reach == "power" and await self._ask(f"cycle {hub} {port}")

    def _find(self, path: str) -> Socket | None:
        node = self._sysfs / "class/tty" / Path(os.path.realpath(path)).name / "device"
        places = [node.resolve(), *node.resolve().parents] if node.exists() else []
        name = next((each.name for each in places if DEVICE.fullmatch(each.name)), None)
        return None if name is None else plan(name, look(self._sysfs, self._proc), self._reach, self._hubs)

    async def _ask(self, line: str) -> bool:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                answer = await self._talk(line)
        except (OSError, TimeoutError) as error:
            answer = type(error).__name__
        log.warning("usb helper asked=%s answer=%s", line, answer)
        return answer == "done"

    async def _talk(self, line: str) -> str:
        reader, writer = await asyncio.open_unix_connection(self._helper, limit=1024)
        try:
            writer.write(f"{line}\n".encode())
            await writer.drain()
            return (await reader.read(200)).decode("ascii", "replace").strip()
        finally:
            writer.close()
