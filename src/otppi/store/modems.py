"""The configured modems in SQLite. A PIN is here only sealed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.ports.store import AlreadyExists, ModemEntry, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.store.link import Link
    from otppi.store.writer import Writer

_COLUMNS: Final = (
    "name, port, number, prefixes, is_default, api, internet, active, baud, parity, stop_bits, pin, smsc, imei, iccid,"
    " imsi, manufacturer, model, revision, operator, msisdn, limit_minute, limit_hour, limit_day"
)
_MARKS: Final = ", ".join("?" for _ in _COLUMNS.split(","))
_ALL: Final = f"SELECT {_COLUMNS} FROM modem ORDER BY number"  # noqa: S608 - a text of this module
_ONE: Final = f"SELECT {_COLUMNS} FROM modem WHERE name = ?"  # noqa: S608 - a text of this module
_ADD: Final = f"INSERT INTO modem ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - a text of this module
_CHANGE: Final = f"UPDATE modem SET ({_COLUMNS}) = ({_MARKS}) WHERE name = ?"  # noqa: S608 - as above
_NEXT_NUMBER: Final = "SELECT coalesce(max(number), 0) + 1 FROM modem"


class SqliteModems:
    """Implements `otppi.ports.store.Modems`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def all(self) -> list[ModemEntry]:
        found = await self._writer.read(lambda link: link.execute(_ALL).fetchall())
        return [_modem(row) for row in found]

    async def add(self, modem: ModemEntry) -> ModemEntry:
        return await self._writer.write(lambda link: _add(link, modem))

    async def change(self, name: str, change: Callable[[ModemEntry], ModemEntry]) -> ModemEntry:
        """`change` runs in the store's thread and may run twice: it must do nothing but compute."""
        return await self._writer.write(lambda link: _change(link, name, change))

    async def remove(self, name: str) -> None:
        await self._writer.write(lambda link: _remove(link, name))


def _add(link: Link, modem: ModemEntry) -> ModemEntry:
    number = link.execute(_NEXT_NUMBER).fetchone()[0]
    numbered = replace(modem, number=number)
    try:
        link.execute(_ADD, _row(numbered))
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(f"{modem.name} or {modem.port}") from error
    return numbered


def _change(link: Link, name: str, change: Callable[[ModemEntry], ModemEntry]) -> ModemEntry:
    row = link.execute(_ONE, (name,)).fetchone()
    if row is None:
        raise NotFound(name)
    modem = change(_modem(row))
    if modem.name != name:
        raise ValueError("a modem keeps its name")
    try:
        link.execute(_CHANGE, (*_row(modem), name))
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(modem.port) from error
    return modem


def _remove(link: Link, name: str) -> None:
    if link.execute("DELETE FROM modem WHERE name = ?", (name,)).rowcount == 0:
        raise NotFound(name)


def _row(m: ModemEntry) -> tuple[object, ...]:
    return (
        *(m.name, m.port, m.number, json.dumps(m.prefixes), m.default, m.api, m.internet, m.active),
        *(m.baud, m.parity, m.stop_bits, m.pin, m.smsc, m.imei, m.iccid, m.imsi),
        *(m.manufacturer, m.model, m.revision, m.operator, m.msisdn, m.limit_minute, m.limit_hour, m.limit_day),
    )


def _modem(row: tuple[Any, ...]) -> ModemEntry:
    name, port, number, prefixes, default, api, internet, active, *rest = row
    flags = (bool(default), bool(api), bool(internet), bool(active))
    return ModemEntry(name, port, number, tuple(json.loads(prefixes)), *flags, *rest)
