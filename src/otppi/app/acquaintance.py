"""What the gateway learns of its modems: who they are and which SIM is in them, kept with their configuration.

A line tells, the store keeps; a row is written only where something is new. Another modem or another SIM is an alarm.
Decides about no line: a modem that is not the configured one is refused by whoever opens the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.domain import imei
from otppi.domain.msisdn import InvalidNumber, normalise
from otppi.domain.recognition import Face, one_card
from otppi.ports.modem import Identity, ModemState
from otppi.ports.store import NotFound, StoreUnavailable

if TYPE_CHECKING:
    from otppi.app.alarms import Alarms
    from otppi.app.configuration import Configuration
    from otppi.ports.modem import LineStatus
    from otppi.ports.store import ModemEntry, Modems

log = logging.getLogger(__name__)

FORGOTTEN: Final[dict[str, object]] = dict.fromkeys(
    ("imei", "iccid", "imsi", "manufacturer", "model", "revision", "operator", "msisdn"), ""
)
"""The fields of a configured modem that nobody has introduced himself for yet."""
_UNTOLD: Final = frozenset(
    {ModemState.ABSENT, ModemState.PROBING, ModemState.STARTING, ModemState.RESETTING, ModemState.DISABLED}
)
"""States in which a modem has not, or not to the end, said who it is."""
_RETRY_SECONDS: Final = 1.0


class Acquaintance:
    """Tell it every status with `told`; `run` writes what is new to the store until cancelled."""

    def __init__(self, modems: Modems, configuration: Configuration, alarms: Alarms) -> None:
        self._modems = modems
        self._configuration = configuration
        self._alarms = alarms
        self._judged: dict[str, tuple[Identity, str, str]] = {}
        self._news: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def identities(self) -> dict[str, Identity]:
        """Who each modem is that is driven, as far as it is known."""
        return {name: _identity(entry) for name, entry in self._driven().items()}

    def told(self, name: str, status: LineStatus) -> None:
        """A line told its status: learn who it is. Never blocks or raises."""
        who, judged = status.identity, (status.identity, status.operator, status.msisdn)
        if status.state in _UNTOLD or who == Identity() or self._judged.get(name) == judged:
            return
        entry = self._driven().get(name)
        if entry is None:
            return
        if _face(_identity(entry)).differs(_face(who)):
            self.stranger(name)
            return
        self._judged[name] = judged
        self._alarms.clear("modem_changed", name)
        self._judge_imei(name, who.imei)
        self._learn(entry, status)

    def stranger(self, name: str) -> None:
        """Another modem answers where this one is configured, and this one is nowhere."""
        remedy = (
            f"another modem is in the place of {name}: put it back, or accept it: `otppi modem set {name} imei=any`"
        )
        self._alarms.set("modem_changed", name, "warning", remedy)
        self._judged.pop(name, None)

    def nobody(self, name: str) -> None:
        """No other modem is in the place of this one any more."""
        self._alarms.clear("modem_changed", name)

    def refresh(self) -> None:
        """The owner changed the configured modems."""
        driven = self._driven()
        self._judged.clear()
        for alarm in self._alarms.standing:
            entry = driven.get(alarm.object)
            if alarm.kind == "modem_changed" and (entry is None or not _face(_identity(entry)).known):
                self._alarms.clear(alarm.kind, alarm.object)
            if alarm.kind == "imei_invalid" and entry is None:
                self._alarms.clear(alarm.kind, alarm.object)

    async def run(self) -> None:
        """Write what is new, in order, until cancelled. A store that refuses is asked again."""
        while True:
            name, fields = await self._news.get()
            await self._write(name, fields)

    async def flush(self) -> None:
        """Write what is still to be written, once; used at the end."""
        with contextlib.suppress(asyncio.QueueEmpty, StoreUnavailable):
            while True:
                await self._put(*self._news.get_nowait())

    # -- learning ----------------------------------------------------------------------------------------------------

    def _learn(self, entry: ModemEntry, status: LineStatus) -> None:
        swapped = _swapped(entry, status.identity)
        if swapped:
            remedy = (
                f"another SIM is in {entry.name}: see that its prefixes, its limits and its SMS centre are still right"
            )
            self._alarms.set("sim_changed", entry.name, "notice", remedy)
            log.info("another SIM is in a modem modem=%s", entry.name)
        fields = _news(entry, status, self._own_number(status), swapped=swapped)
        if fields:
            self._configuration.note_modem(entry.name, fields)
            self._news.put_nowait((entry.name, fields))

    def _own_number(self, status: LineStatus) -> str:
        """The SIM's number as digits; empty where it says none that is one."""
        if status.msisdn:
            with contextlib.suppress(InvalidNumber):  # whatever was written to a SIM is no failure
                return normalise(status.msisdn, self._configuration.settings.country_code)
        return ""

    def _judge_imei(self, name: str, number: str) -> None:
        wrong = imei.problem(number) if number else ""
        body = imei.body(number)
        twin = next((n for n, e in self._driven().items() if n != name and body and imei.body(e.imei) == body), "")
        if wrong:
            remedy = f"the IMEI of {name} {wrong}: compare it with the label; a network may refuse it"
            self._alarms.set("imei_invalid", name, "notice", remedy)
        elif twin:
            remedy = f"{name} tells the same IMEI as {twin}: a network may refuse both; their SIMs tell them apart here"
            self._alarms.set("imei_invalid", name, "notice", remedy)
        else:
            self._alarms.clear("imei_invalid", name)

    async def _write(self, name: str, fields: dict[str, Any]) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                return await self._put(name, fields)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _put(self, name: str, fields: dict[str, Any]) -> None:
        with contextlib.suppress(NotFound):  # removed meanwhile
            await self._modems.change(name, lambda entry: replace(entry, **fields))
            self._configuration.note_modem(name, fields)  # a reading from before the commit may have replaced it
            log.info("what a modem says of itself was noted modem=%s fields=%s", name, ",".join(sorted(fields)))

    def _driven(self) -> dict[str, ModemEntry]:
        return {entry.name: entry for entry in self._configuration.modems if entry.active and not entry.internet}


def _identity(entry: ModemEntry) -> Identity:
    return Identity(entry.manufacturer, entry.model, entry.revision, entry.imei, entry.imsi, entry.iccid)


def _face(who: Identity) -> Face:
    return Face.of(who.imei, who.iccid, who.imsi)


def _swapped(entry: ModemEntry, who: Identity) -> bool:
    """Whether the SIM is another than the one that was in this modem before."""
    if entry.iccid and who.iccid:
        return not one_card(entry.iccid, who.iccid)
    return bool(entry.imsi and who.imsi and entry.imsi != who.imsi)


def _news(entry: ModemEntry, status: LineStatus, number: str, *, swapped: bool) -> dict[str, Any]:
    """The fields of the entry that are to be changed. What was not told is not forgotten, but for what the old SIM said
    where another is in."""
    who = status.identity
    old_card = {"iccid": "", "imsi": "", "operator": "", "msisdn": ""} if swapped else {}
    told = {
        "manufacturer": who.manufacturer,
        "model": who.model,
        "revision": who.revision,
        "imei": "" if imei.body(entry.imei) else who.imei,
        "iccid": "" if entry.iccid and not swapped else who.iccid,
        "imsi": who.imsi,
        "operator": status.operator,
        "msisdn": number,
    }
    fields = old_card | {name: value for name, value in told.items() if value}
    return {name: value for name, value in fields.items() if getattr(entry, name) != value}
