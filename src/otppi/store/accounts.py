"""API users in SQLite. Sees argon2 strings, never a password."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from otppi.ports.store import Account, AlreadyExists, NotFound
from otppi.store.tokens import remove_tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.store.link import Link
    from otppi.store.writer import Writer

_COLUMNS: Final = (
    "name, password_hash, email, phone, rights, ussd_patterns, networks, active, strict_ids, short_codes, policy,"
    " created, updated, rate_minute, rate_hour, rate_day, queue, countries"
)
_ALL: Final = f"SELECT {_COLUMNS} FROM account ORDER BY name"  # noqa: S608 - a text of this module
_ONE: Final = f"SELECT {_COLUMNS} FROM account WHERE name = ?"  # noqa: S608 - a text of this module
_ADD: Final = f"INSERT INTO account ({_COLUMNS}) VALUES ({', '.join('?' * 18)})"  # noqa: S608 - a text of this module
_CHANGE: Final = f"UPDATE account SET ({_COLUMNS}) = ({', '.join('?' * 18)}) WHERE name = ?"  # noqa: S608 - as above


class SqliteAccounts:
    """Implements `otppi.ports.store.Accounts`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def all(self) -> list[Account]:
        found = await self._writer.read(lambda link: link.execute(_ALL).fetchall())
        return [_account(row) for row in found]

    async def add(self, account: Account) -> None:
        await self._writer.write(lambda link: _add(link, account))

    async def change(self, name: str, change: Callable[[Account], Account]) -> Account:
        """`change` runs in the store's thread and may run twice: it must do nothing but compute."""
        return await self._writer.write(lambda link: _change(link, name, change))

    async def remove(self, name: str) -> None:
        await self._writer.write(lambda link: _remove(link, name))


def _add(link: Link, account: Account) -> None:
    try:
        link.execute(_ADD, _row(account))
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(account.name) from error
    link.stamp(account.updated)


def _change(link: Link, name: str, change: Callable[[Account], Account]) -> Account:
    row = link.execute(_ONE, (name,)).fetchone()
    if row is None:
        raise NotFound(name)
    account = change(_account(row))
    if account.name != name:
        raise ValueError("an account keeps its name")
    link.execute(_CHANGE, (*_row(account), name))
    link.stamp(account.updated)
    return account


def _remove(link: Link, name: str) -> None:
    if link.execute("DELETE FROM account WHERE name = ?", (name,)).rowcount == 0:
        raise NotFound(name)
    remove_tokens_of(link, name)
    link.execute("DELETE FROM proven_account WHERE account = ?", (name,))


def _row(a: Account) -> tuple[object, ...]:
    rights, patterns, networks = (json.dumps(names) for names in (sorted(a.rights), a.ussd_patterns, a.networks))
    return (
        *(a.name, a.password_hash, a.email, a.phone, rights, patterns, networks),
        *(a.active, a.strict_ids, a.short_codes, a.policy, a.created, a.updated),
        *(a.rate_minute, a.rate_hour, a.rate_day, a.queue, json.dumps(a.countries)),
    )


def _account(row: tuple[Any, ...]) -> Account:
    name, password_hash, email, phone, rights, patterns, networks, active, strict, short, policy, *rest = row
    created, updated, rate_minute, rate_hour, rate_day, queue, countries = rest
    return Account(
        name=name,
        password_hash=password_hash,
        email=email,
        phone=phone,
        rights=frozenset(json.loads(rights)),
        ussd_patterns=tuple(json.loads(patterns)),
        networks=tuple(json.loads(networks)),
        active=bool(active),
        strict_ids=bool(strict),
        short_codes=bool(short),
        policy=policy,
        created=created,
        updated=updated,
        rate_minute=rate_minute,
        rate_hour=rate_hour,
        rate_day=rate_day,
        queue=queue,
        countries=tuple(json.loads(countries)),
    )
