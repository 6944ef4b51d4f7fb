"""The owner's operations on bearer tokens: add, list, remove. Only the result of `add` ever holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.app.bearer import TAG_LABEL
from otppi.app.operations.accounts import NO_SUCH_USER, known_rights
from otppi.app.operations.names import composed, quoted
from otppi.domain.durations import NEVER, format_duration
from otppi.domain.tokens import DEFAULT_LIFE, InvalidLife, parse_life
from otppi.ports.operations import Refused
from otppi.ports.store import NotFound
from otppi.ports.tokens import Token

if TYPE_CHECKING:
    from otppi.app.operations.context import Context

LABEL_MAX = 64


async def add(
    context: Context,
    *,
    account: str,
    scopes: tuple[str, ...] = (),
    expires: str = format_duration(DEFAULT_LIFE),
    label: str = "",
) -> object:
    """Make a token of an account. `token` in the result is the only time that it is shown."""
    life, name, now = _life(expires), composed(account), context.clock.now()
    text = context.vault.token()
    token = Token(
        id=context.vault.identifier(now),
        account=name,
        tag=context.vault.tag(TAG_LABEL, text.reveal()),
        label=_label(label),
        scopes=known_rights(scopes),
        created=now,
        expires=None if life == NEVER else now + life,
    )
    try:
        await context.store.tokens.add(token)
    except NotFound:
        raise Refused(NO_SUCH_USER.format(quoted(account))) from None
    context.changed("accounts")
    return {**row(token), "token": text.reveal(), "notices": await _notices(context, token)}


async def listed(context: Context) -> object:
    """Every token, oldest first."""
    return [row(token) for token in await context.store.tokens.all()]


async def remove(context: Context, *, id: str) -> object:  # noqa: A002 - the parameter's name on the control socket
    """Remove one: from now on it opens nothing."""
    try:
        removed = await context.store.tokens.remove(id)
    except NotFound:
        raise Refused(f"there is no token {quoted(id)}: see `otppi token list`") from None
    context.changed("accounts")
    return row(removed)


def row(token: Token) -> dict[str, object]:
    """One token as `token list --json` shows it: Unix seconds, null for never; no scopes for all of the account."""
    return {
        "id": token.id,
        "account": token.account,
        "label": token.label,
        "scopes": sorted(token.scopes),
        "created": token.created,
        "expires": token.expires,
        "used": token.used,
    }


async def _notices(context: Context, token: Token) -> list[str]:
    rights = {account.name: account.rights for account in await context.store.accounts.all()}
    lacking = sorted(token.scopes - rights.get(token.account, frozenset()))
    return [
        *(["the token never expires: remove it when it is of no more use"] if token.expires is None else []),
        *([f"the account has no right {', '.join(lacking)}, so the token gives none either"] if lacking else []),
    ]


def _life(text: str) -> float:
    try:
        return parse_life(text)
    except InvalidLife as rule:
        raise Refused(f"the life of a token must be {rule}") from None


def _label(text: str) -> str:
    label = composed(text.strip())
    if len(label) > LABEL_MAX or not label.isprintable():
        raise Refused(f"a label is at most {LABEL_MAX} printable characters")
    return label
