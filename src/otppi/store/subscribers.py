"""Subscribers in SQLite, and what was refused of them. Sees sealed passwords, never a password."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.subscriber import Method
from otppi.ports.store import AlreadyExists, NotFound
from otppi.ports.subscribers import RefusedRequest, SubscriberEntry

if TYPE_CHECKING:
    from otppi.store.link import Link
    from otppi.store.writer import Writer

KEPT: Final = 1000
_ALL: Final = "SELECT name, method, settings, password FROM subscriber ORDER BY name"
_ADD: Final = "INSERT INTO subscriber (name, method, settings, password) VALUES (?, ?, ?, ?)"
_PUT: Final = "UPDATE subscriber SET method = ?2, settings = ?3, password = ?4 WHERE name = ?1"
_REFUSE: Final = """
    INSERT INTO refused_request (at, subscriber, account, command, code, reason, receiver) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_FORGET: Final = "DELETE FROM refused_request WHERE seq <= ? - ?"
_REFUSALS: Final = """
    SELECT at, subscriber, account, command, code, reason, receiver FROM refused_request
    WHERE :subscriber = '' OR subscriber = :subscriber ORDER BY seq DESC LIMIT :limit
"""


class SqliteSubscribers:
    """Implements `otppi.ports.subscribers.Subscribers`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def all(self) -> list[SubscriberEntry]:
        found = await self._writer.read(lambda link: link.execute(_ALL).fetchall())
        return [_entry(row) for row in found]

    async def add(self, entry: SubscriberEntry) -> None:
        await self._writer.write(lambda link: _add(link, entry))

    async def put(self, entry: SubscriberEntry) -> None:
        await self._writer.write(lambda link: _changed(link, _PUT, _row(entry)))

    async def remove(self, name: str) -> None:
        await self._writer.write(lambda link: _changed(link, "DELETE FROM subscriber WHERE name = ?", (name,)))

    async def refuse(self, refused: RefusedRequest) -> None:
        await self._writer.write(lambda link: _refuse(link, refused))

    async def refusals(self, limit: int, subscriber: str = "") -> list[RefusedRequest]:
        wanted = {"subscriber": subscriber, "limit": limit}
        found = await self._writer.read(lambda link: link.execute(_REFUSALS, wanted).fetchall())
        return [RefusedRequest(*row) for row in found]


def _add(link: Link, entry: SubscriberEntry) -> None:
    try:
        link.execute(_ADD, _row(entry))
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(entry.name) from error


def _changed(link: Link, sql: str, values: tuple[object, ...]) -> None:
    if link.execute(sql, values).rowcount == 0:
        raise NotFound(values[0])


def _refuse(link: Link, refused: RefusedRequest) -> None:
    values = (
        *(refused.at, refused.subscriber, refused.account, refused.command),
        *(refused.code, refused.reason, refused.receiver),
    )
    newest = link.execute(_REFUSE, values).lastrowid
    link.execute(_FORGET, (newest, KEPT))
    link.stamp(refused.at)


def _row(entry: SubscriberEntry) -> tuple[object, ...]:
    return (entry.name, entry.method.value, json.dumps(dict(entry.values)), entry.password)


def _entry(row: tuple[Any, ...]) -> SubscriberEntry:
    name, method, settings, password = row
    return SubscriberEntry(name, Method(method), json.loads(settings), password)
