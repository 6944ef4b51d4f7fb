"""The owner's operation that finds modems and proposes how to configure them.

It shows the owner IMEI, IMSI, ICCID and numbers of his own modems in full; nothing here logs them.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final

from otppi.app.operations.modem_rows import live_row
from otppi.app.operations.modems import live_rows, port_owner
from otppi.app.operations.names import quoted
from otppi.domain import imei
from otppi.domain.recognition import Face, copied
from otppi.ports.detector import FoundModem
from otppi.ports.modem import Identity, LineSettings
from otppi.ports.operations import Refused
from otppi.ports.store import AlreadyExists, ModemEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otppi.app.operations.context import Context

_NAME_LENGTH: Final = 24
_USUAL_BAUD: Final = 115_200
_USUAL_FORM: Final = ("N", 1)


async def detect(context: Context, *, folders: tuple[str, ...] = (), add: bool = False) -> object:
    """Every modem that answers on a serial port, with the entry to configure it by; `folders` are looked into as well.

    `add`: those that are not configured yet are. Rows of configured modems name them in `configured`.
    """
    if context.detector is None:
        raise Refused("the serial ports of this machine cannot be asked from here")
    entries = await context.store.modems.all()
    alone = {entry.port: entry.name for entry in entries if entry.internet}
    detection = await context.detector.detect(folders, tuple(map(_line, entries)), alone)
    rows = [_used(context, entry, path) for path, name in detection.in_use for entry in entries if entry.name == name]
    names = {entry.name for entry in entries}
    for found in detection.modems:
        entry = _configured(context, entries, found)
        row = _proposal(context, entries, found, names) if entry is None else _acquainted(context, entry, found)
        if add and row["command"]:
            entries.append(await _add(context, found, row))
        rows.append(row)
    if any(row["added"] for row in rows):
        context.changed("modems")
    quiet = [{"port": port, "reason": reason} for port, reason in detection.quiet]
    return {"modems": rows, "quiet": quiet, "hints": list(detection.hints)}


def _line(entry: ModemEntry) -> LineSettings:
    return LineSettings(entry.name, entry.port, entry.baud, entry.parity, entry.stop_bits)


def _configured(context: Context, entries: Sequence[ModemEntry], found: FoundModem) -> ModemEntry | None:
    """The entry of a modem: by what it is recognised by, else by its port where nothing speaks against it."""
    several = copied(entry.imei for entry in entries)
    who = _face(found.identity.imei, found.identity.iccid, found.identity.imsi, several)
    faces = {entry.name: _face(entry.imei, entry.iccid, entry.imsi, several) for entry in entries}
    known = next((entry for entry in entries if faces[entry.name].same(who)), None)
    if known is not None:
        return known
    placed = next((entry for path in found.paths if (entry := port_owner(context, entries, path))), None)
    return None if placed is None or faces[placed.name].differs(who) else placed


def _face(number: str, iccid: str, imsi: str, several: frozenset[str]) -> Face:
    return Face.of(number, iccid, imsi, copied=several)


def _acquainted(context: Context, entry: ModemEntry, found: FoundModem) -> dict[str, Any]:
    there = context.device(entry.port) in map(context.device, found.paths)
    note = "" if there else f"it is configured with the port {entry.port}, and found by who it is"
    return _row(found, entry.name, entry.name, note=note)


def _proposal(context: Context, entries: Sequence[ModemEntry], found: FoundModem, names: set[str]) -> dict[str, Any]:
    """How to configure a modem that is not; the name is taken with it."""
    owner = port_owner(context, entries, found.port)
    if owner is not None:
        return _row(found, "", "", note=f"its port is that of modem {quoted(owner.name)}, which is not this one")
    name = _free_name(found, names)
    names.add(name)
    command = f"otppi modem add {name} --port {shlex.quote(found.port)}"
    if found.baud != _USUAL_BAUD:
        command += f" --baud {found.baud}"
    if (found.parity, found.stop_bits) != _USUAL_FORM:
        command += f" && otppi modem set {name} parity={found.parity} stop_bits={found.stop_bits}"
    return _row(found, "", name, command)


def _free_name(found: FoundModem, taken: set[str]) -> str:
    """After the operator, else the model: small letters, digits and dashes, and a number where the name is taken."""
    words = (re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") for text in (found.operator, found.identity.model))
    name = next((word[:_NAME_LENGTH].strip("-") for word in words if word), "modem")
    numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


async def _add(context: Context, found: FoundModem, row: dict[str, Any]) -> ModemEntry:
    who = found.identity
    entry = ModemEntry(
        name=row["name"],
        port=found.port,
        baud=found.baud,
        parity=found.parity,
        stop_bits=found.stop_bits,
        imei=who.imei,
        iccid=who.iccid,
        imsi=who.imsi,
        manufacturer=who.manufacturer,
        model=who.model,
        revision=who.revision,
        operator=found.operator,
        msisdn=found.msisdn,
    )
    try:
        entry = await context.store.modems.add(entry)
    except AlreadyExists:
        raise Refused(f"the name {quoted(entry.name)} or the port {entry.port} was taken meanwhile") from None
    row |= {"added": True, "configured": entry.name, "command": ""}
    return entry


def _row(found: FoundModem, configured: str, name: str, command: str = "", note: str = "") -> dict[str, Any]:
    """One modem that answered, as `modem detect --json` shows it."""
    who = found.identity
    wrong = imei.problem(who.imei) if who.imei else ""
    return {
        "name": name,
        "configured": configured,
        "added": False,
        "state": "",
        "port": found.port,
        "ports": list(found.paths),
        "baud": found.baud,
        "parity": found.parity,
        "stop_bits": found.stop_bits,
        "manufacturer": who.manufacturer,
        "model": who.model,
        "revision": who.revision,
        "profile": found.profile,
        "imei": who.imei,
        "iccid": who.iccid,
        "imsi": who.imsi,
        "operator": found.operator,
        "msisdn": found.msisdn,
        "smsc": found.smsc,
        "sim": found.sim,
        "command": command,
        "note": note or (wrong and f"its IMEI {wrong}"),
    }


def _used(context: Context, entry: ModemEntry, path: str) -> dict[str, Any]:
    """A modem this gateway drives now, from what it said of itself before: its port is not opened twice."""
    live = live_row(entry, live_rows(context))
    who = Identity(entry.manufacturer, entry.model, entry.revision, entry.imei, entry.imsi, entry.iccid)
    profile = "" if context.live is None else context.live.modem_facts(entry.name)["profile"]
    form = (entry.baud, entry.parity, entry.stop_bits)
    operator = live["operator"] or entry.operator
    found = FoundModem(path, (path,), who, profile, operator, entry.msisdn, entry.smsc, live["sim"], *form)
    return _row(found, entry.name, entry.name) | {"state": live["state"]}
