"""The gateway's clock: wall clock, boot clock and what the kernel says of them. Implements ports.clock.

Gateway time starts at the larger of the wall clock (if it can be trusted) and the newest time stamp in the store, and
then advances with CLOCK_BOOTTIME, which neither jumps nor stops. After a restart within the same boot it goes on
exactly, by the mark kept in the store.
"""

from __future__ import annotations

import ctypes
import json
import math
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_SLACK_SECONDS: Final = 2.0
"""How far the wall clock may be behind the newest stamp: network time sets a good clock back by less than this."""

_TIME_ERROR: Final = 5
_STA_UNSYNC: Final = 0x40
"""adjtimex(2)."""


class Host(Protocol):
    """The clocks of the machine."""

    def wall(self) -> float:
        """Unix seconds."""

    def boot(self) -> float:
        """Seconds since the machine was started, time asleep included."""

    def boot_id(self) -> str:
        """A name for this boot; empty where the system has none."""

    def synchronised(self) -> bool:
        """Whether the kernel was told the right time since boot, by network time or by a hardware clock's driver."""


class LinuxHost:
    """The clocks of this machine."""

    def wall(self) -> float:
        return time.time()

    def boot(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot_id(self) -> str:
        with suppress(OSError):
            return _BOOT_ID.read_text("ascii").strip()
        return ""

    def synchronised(self) -> bool:
        return sys.platform == "linux" and _kernel_synchronised()


class _Timex(ctypes.Structure):
    """The head of struct timex (adjtimex(2)); the rest is only room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def _kernel_synchronised() -> bool:
    answer = _Timex()
    state = int(ctypes.CDLL(None).adjtimex(ctypes.byref(answer)))
    return state >= 0 and state != _TIME_ERROR and not int(answer.status) & _STA_UNSYNC


@dataclass(frozen=True, slots=True)
class _Mark:
    """Gateway time `gateway` was reached `boot` seconds into the boot `boot_id`."""

    boot_id: str
    boot: float
    gateway: float


class GatewayClock:
    """Implements `otppi.ports.clock.Clock`."""

    def __init__(
        self,
        *,
        newest_in_store: float,
        build_time: float,
        mark: str | None = None,
        require_sync: bool = False,
        host: Host | None = None,
    ) -> None:
        """`build_time` is when this program was built, `mark` what `mark` gave last, None or damaged where there is
        none. With `require_sync` the wall clock counts only once the kernel, or an administrator, vouches for it."""
        self._host = LinuxHost() if host is None else host
        self._boot_id = self._host.boot_id()
        self._require_sync = require_sync
        self._declared = False
        known = _parse(mark)
        self._build_time = build_time
        self._newest = max(newest_in_store, known.gateway if known else 0.0)
        self._offset = self._start(known) - self._host.boot()

    def now(self) -> float:
        return self._offset + self._host.boot()

    def wall(self) -> float:
        return self._host.wall()

    @property
    def trusted(self) -> bool:
        if self._declared:
            return True
        synchronised = not self._require_sync or self._host.synchronised()
        return synchronised and self.wall() >= max(self._newest - _SLACK_SECONDS, self._build_time)

    def declare_trusted(self) -> None:
        """An administrator says that the wall clock is right: that settles it until the process ends."""
        self._declared = True

    def mark(self) -> str:
        """What to keep in the store now and then, so that gateway time survives a restart and a wrong wall clock."""
        now = self.now()
        self._newest = max(self._newest, now)
        return json.dumps([self._boot_id, self._host.boot(), now])

    def _start(self, known: _Mark | None) -> float:
        boot = self._host.boot()
        if known and self._boot_id and known.boot_id == self._boot_id and known.boot <= boot:
            return max(known.gateway + boot - known.boot, self._newest)
        # Without a clock to trust the build time is at least a bound: this moment comes after it.
        return max(self._newest, self.wall() if self.trusted else self._build_time)


def _parse(mark: str | None) -> _Mark | None:
    try:
        boot_id, boot, gateway = json.loads(mark or "")
        known = _Mark(str(boot_id), float(boot), float(gateway))
    except (ValueError, TypeError):
        return None
    return known if math.isfinite(known.boot) and math.isfinite(known.gateway) else None
