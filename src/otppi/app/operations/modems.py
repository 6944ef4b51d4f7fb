"""The owner's operations on configured modems: add, set, enable, disable, remove, list, show.

A PIN comes in as a Secret and is sealed before the store sees it; nothing here gives it out but `open_pin`, for the
line that enters it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.app.operations.modem_rows import NO_FACTS, full_row, live_row
from otppi.app.operations.modem_rules import (
    prefix_notices,
    read_baud,
    read_field,
    read_pin,
    read_port,
    read_prefixes,
)
from otppi.app.operations.names import checked_name, composed, quoted
from otppi.domain.sim import sim_name
from otppi.ports.operations import Refused
from otppi.ports.store import AlreadyExists, ModemEntry, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otppi.app.operations.context import Context
    from otppi.domain.secret import Secret
    from otppi.ports.live import ModemRow
    from otppi.ports.vault import Vault

_PIN_OWNER: Final = "modem-pin"


async def add(
    context: Context,
    *,
    name: str,
    port: str,
    prefix: tuple[str, ...] = (),
    default: bool = False,
    api: bool = True,
    baud: int = 115_200,
    pin: Secret[str] | None = None,
) -> object:
    """Configure a modem; it is active at once."""
    settings = await context.settings()
    name = checked_name(name, without="/")
    entry = ModemEntry(
        name=name,
        port=read_port(port),
        prefixes=read_prefixes(",".join(prefix), settings),
        default=default,
        api=api,
        baud=read_baud(baud),
        pin=None if pin is None else _seal_pin(context.vault, name, pin),
    )
    await _refuse_taken(context, name, entry.port, new=True)
    try:
        entry = await context.store.modems.add(entry)
    except AlreadyExists:
        raise Refused(f"the name {quoted(name)} or the port {entry.port} is taken") from None
    context.changed("modems")
    return _done(context, entry, prefix_notices(entry.prefixes, settings))


async def change(
    context: Context, *, name: str, values: Mapping[str, str] | None = None, pin: Secret[str] | None = None
) -> object:
    """Change what is given, `values` as KEY: VALUE of `modem set`, and leave the rest."""
    name = composed(name)
    settings = await context.settings()
    fields: dict[str, Any] = {}
    for key, text in (values or {}).items():
        fields |= read_field(key, text, settings)
    if pin is not None:
        fields["pin"] = _seal_pin(context.vault, name, pin)
    entry = await _change(context, name, fields)
    return _done(context, entry, prefix_notices(fields.get("prefixes", ()), settings))


async def enable(context: Context, *, name: str) -> object:
    """Use a modem again, and the SIM in it if that was in quarantine."""
    name = composed(name)
    for entry in await _entries(context):
        if entry.name == name:
            await context.store.sims.pardon(name, sim_name(name, entry.iccid, entry.imsi))
    return _done(context, await _change(context, name, {"active": True}), [])


async def disable(context: Context, *, name: str) -> object:
    """Use a modem no more, and keep it configured."""
    return _done(context, await _change(context, name, {"active": False}), [])


async def remove(context: Context, *, name: str) -> object:
    """Forget a modem."""
    try:
        await context.store.modems.remove(composed(name))
    except NotFound:
        raise Refused(_missing(name)) from None
    context.changed("modems")
    return {"name": name}


async def listed(context: Context) -> object:
    """One row for each configured modem, in their order, as decisions 8 name its fields."""
    rows = live_rows(context)
    return [live_row(entry, rows) for entry in await _entries(context)]


async def show(context: Context, *, name: str) -> object:
    """Everything about one modem but its PIN."""
    for entry in await _entries(context):
        if entry.name == composed(name):
            return _row(context, entry)
    raise Refused(_missing(name))


def open_pin(vault: Vault, entry: ModemEntry) -> Secret[str] | None:
    """The PIN of a modem, None where none is set. Raises `ports.vault.Unreadable`."""
    return None if entry.pin is None else vault.open(entry.pin, _PIN_OWNER, entry.name)


def _seal_pin(vault: Vault, name: str, pin: Secret[str]) -> bytes:
    return vault.seal(read_pin(pin), _PIN_OWNER, name)


async def _entries(context: Context) -> list[ModemEntry]:
    return sorted(await context.store.modems.all(), key=lambda entry: entry.number)


def live_rows(context: Context) -> dict[str, ModemRow]:
    return {} if context.live is None else {row["name"]: row for row in context.live.modem_rows()}


async def _change(context: Context, name: str, fields: Mapping[str, Any]) -> ModemEntry:
    if "port" in fields:
        await _refuse_taken(context, name, fields["port"], new=False)
    try:
        entry = await context.store.modems.change(composed(name), lambda entry: replace(entry, **fields))
    except NotFound:
        raise Refused(_missing(name)) from None
    except AlreadyExists:
        raise Refused(f"the port {fields.get('port')} is taken") from None
    context.changed("modems")
    return entry


async def _refuse_taken(context: Context, name: str, port: str, *, new: bool) -> None:
    """Say which modem has the name or the port, by whatever path; the store itself has the last word."""
    entries = await context.store.modems.all()
    if new and any(entry.name == name for entry in entries):
        raise Refused(f"there is a modem {quoted(name)} already")
    owner = port_owner(context, [entry for entry in entries if entry.name != name], port)
    if owner is not None:
        way = "" if owner.port == port else f" as {owner.port}"
        raise Refused(f"the port {port} belongs to modem {quoted(owner.name)} already{way}")
    for entry in entries:
        if entry.name != name and _is_open(context, entry.name, port):
            raise Refused(f"the port {port} is where modem {quoted(entry.name)} was found: set that one's port first")


def _is_open(context: Context, name: str, port: str) -> bool:
    """Whether the modem of that name was found on the device behind a port."""
    found = "" if context.live is None else context.live.modem_facts(name)["open_port"]
    return bool(found) and context.device(found) == context.device(port)


def port_owner(context: Context, entries: Iterable[ModemEntry], port: str) -> ModemEntry | None:
    """The modem that is configured on the device behind a port."""
    device = context.device(port)
    return next((entry for entry in entries if context.device(entry.port) == device), None)


def _done(context: Context, entry: ModemEntry, notices: list[str]) -> dict[str, object]:
    return {"modem": _row(context, entry), "notices": notices}


def _row(context: Context, entry: ModemEntry) -> dict[str, object]:
    facts = NO_FACTS if context.live is None else context.live.modem_facts(entry.name)
    return full_row(entry, live_row(entry, live_rows(context)), facts)


def _missing(name: str) -> str:
    return f"there is no modem {quoted(name)}"
