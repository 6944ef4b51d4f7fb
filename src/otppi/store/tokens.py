"""Bearer tokens in SQLite. Sees keyed tags, never a token."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from otppi.ports.store import AlreadyExists, NotFound
from otppi.ports.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.store.link import Link
    from otppi.store.writer import Writer

_COLUMNS: Final = "id, account, tag, label, scopes, created, expires, used"
_ALL: Final = f"SELECT {_COLUMNS} FROM token ORDER BY created, id"  # noqa: S608 - a text of this module
_ONE: Final = f"SELECT {_COLUMNS} FROM token WHERE id = ?"  # noqa: S608 - a text of this module
_ADD: Final = f"INSERT INTO token ({_COLUMNS}) VALUES ({', '.join('?' * 8)})"  # noqa: S608 - a text of this module


class SqliteTokens:
    """Implements `otppi.ports.tokens.Tokens`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def all(self) -> list[Token]:
        found = await self._writer.read(lambda link: link.execute(_ALL).fetchall())
        return [_token(row) for row in found]

    async def add(self, token: Token) -> None:
        await self._writer.write(lambda link: _add(link, token))

    async def remove(self, token_id: str) -> Token:
        return await self._writer.write(lambda link: _remove(link, token_id))

    async def note_uses(self, uses: Mapping[str, float]) -> None:
        await self._writer.write(lambda link: _note(link, uses))


def remove_tokens_of(link: Link, account: str) -> None:
    """All tokens of an account, in the transaction that removes it."""
    link.execute("DELETE FROM token WHERE account = ?", (account,))


def _add(link: Link, token: Token) -> None:
    if link.execute("SELECT 1 FROM account WHERE name = ?", (token.account,)).fetchone() is None:
        raise NotFound(token.account)
    try:
        link.execute(_ADD, _row(token))
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(token.id) from error
    link.stamp(token.created)


def _remove(link: Link, token_id: str) -> Token:
    row = link.execute(_ONE, (token_id,)).fetchone()
    if row is None:
        raise NotFound(token_id)
    link.execute("DELETE FROM token WHERE id = ?", (token_id,))
    return _token(row)


def _note(link: Link, uses: Mapping[str, float]) -> None:
    for token_id, at in uses.items():
        link.execute("UPDATE token SET used = max(coalesce(used, 0.0), ?) WHERE id = ?", (at, token_id))


def _row(token: Token) -> tuple[object, ...]:
    scopes = json.dumps(sorted(token.scopes))
    return (token.id, token.account, token.tag, token.label, scopes, token.created, token.expires, token.used)


def _token(row: tuple[Any, ...]) -> Token:
    token_id, account, tag, label, scopes, created, expires, used = row
    return Token(token_id, account, tag, label, frozenset(json.loads(scopes)), created, expires, used)
