"""Which certificate HTTPS serves: the owner's own, or one signed by itself. Files that change are taken up by
themselves; a pair that cannot be used is an alarm, and the one before goes on being served."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from otppi.intake.rest.tls import CannotUse, ChangingContext, Pair, PemFiles, load
from otppi.security.errors import SecurityError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from otppi.app.alarms import Alarms
    from otppi.intake.rest.tls import Stamp

log = logging.getLogger(__name__)

WARN_SECONDS: Final = 30 * 86_400.0
RENEW_SECONDS: Final = 3600.0
"""How often it is looked whether the self-signed certificate is still good."""
_OBJECT: Final = "https"

_Source = tuple[PemFiles, "Stamp"]


class Certificate:
    """`wall` is the time of day in Unix seconds. `self_signed` gives the file of a certificate that is good then, and
    makes it where there is none: it blocks and may raise SecurityError."""

    def __init__(self, self_signed: Callable[[float], Path], wall: Callable[[], float], alarms: Alarms) -> None:
        self._self_signed = self_signed
        self._wall = wall
        self._alarms = alarms
        self._changing = ChangingContext()
        self._served: Pair | None = None
        self._seen: _Source | None = None
        self._tried: _Source | None = None
        self._made: tuple[Path, float] | None = None

    @property
    def context(self) -> ssl.SSLContext:
        """For a listener, for good. Serve it only once `refresh` gave True."""
        return self._changing.context

    async def refresh(self, own: PemFiles | None) -> bool:
        """Look at the files, and take up what is new in them; whether there is a certificate to serve. To be called
        now and then. `own` None: the self-signed one.

        Files that are new are taken up once they were the same at two looks: certificate and key are rarely replaced in
        the same moment. Where nothing is served yet they are taken at once.
        """
        try:
            source = await self._source(own)
            if source != self._tried and (self._served is None or self._rests(source)):
                self._tried = source
                self._serve(await asyncio.to_thread(load, source[0]), own=own is not None)
        except CannotUse as reason:
            self._refuse(str(reason))
        except SecurityError as reason:
            self._tried = self._made = None
            self._refuse(str(reason))
        self._watch_end(own)
        self._watch_key()
        return self._served is not None

    def forget(self) -> None:
        """HTTPS is off: nothing about its certificate matters."""
        self._served = self._seen = self._tried = self._made = None
        for kind in ("certificate", "certificate_ends", "certificate_key"):
            self._alarms.clear(kind, _OBJECT)

    async def _source(self, own: PemFiles | None) -> _Source:
        files = own or PemFiles(await self._own_pair())
        return files, await asyncio.to_thread(files.stamp)

    async def _own_pair(self) -> Path:
        now = self._wall()
        if self._made is None or not 0 <= now - self._made[1] < RENEW_SECONDS:
            self._made = await asyncio.to_thread(self._self_signed, now), now
        return self._made[0]

    def _rests(self, source: _Source) -> bool:
        """Whether these files were found in this state at the last look."""
        before, self._seen = self._seen, source
        return before == source

    def _serve(self, pair: Pair, *, own: bool) -> None:
        self._changing.put(pair)
        self._served = pair
        self._alarms.clear("certificate", _OBJECT)
        log.info("certificate taken up own=%s ends=%s", own, _day(pair.ends))

    def _refuse(self, reason: str) -> None:
        state = "HTTPS is not served until it is mended" if self._served is None else "the one before is still served"
        self._alarms.set("certificate", _OBJECT, "warning", f"the certificate cannot be used: {reason}; {state}")

    def _watch_end(self, own: PemFiles | None) -> None:
        pair = self._served
        if own is None or pair is None or self._wall() < pair.ends - WARN_SECONDS:
            self._alarms.clear("certificate_ends", _OBJECT)
        else:
            remedy = f"the certificate of HTTPS ends on {_day(pair.ends)}: put a new one into its file"
            self._alarms.set("certificate_ends", _OBJECT, "warning", remedy)

    def _watch_key(self) -> None:
        key = "" if self._served is None else self._served.open_key
        if key:
            remedy = f"the key of HTTPS is open to others on this machine: `chmod 600 {key}`"
            self._alarms.set("certificate_key", _OBJECT, "warning", remedy)
        else:
            self._alarms.clear("certificate_key", _OBJECT)


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
