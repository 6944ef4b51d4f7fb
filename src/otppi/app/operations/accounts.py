"""The owner's operations on API users: add, set, remove, list, show. No result or refusal holds a password or its
hash."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.app.operations.account_limits import read_limits
from otppi.app.operations.names import checked_name, composed, quoted
from otppi.app.operations.passwords import check_password
from otppi.domain.message import Policy
from otppi.domain.msisdn import InvalidNumber, normalise
from otppi.domain.rights import DEFAULT_RIGHTS, RESERVED_NAMES, Right
from otppi.ports.operations import Refused
from otppi.ports.store import Account, AlreadyExists, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.domain.secret import Secret

NO_SUCH_USER: Final = "there is no user {}"
_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


async def add(
    context: Context,
    *,
    name: str,
    password: Secret[str],
    email: str = "",
    phone: str = "",
    allow: tuple[str, ...] = (),
    deny: tuple[str, ...] = (),
    networks: tuple[str, ...] = (),
    policy: str = "",
    active: bool = True,
    strict_ids: bool = False,
    short_codes: bool = False,
) -> object:
    """Add an API user with the default rights, more and less."""
    name = _free_name(name)
    notices = check_password(password, name)
    now = context.clock.now()
    account = Account(
        name=name,
        password_hash="",
        email=_email(email),
        phone=await _phone(context, phone),
        rights=_rights(frozenset(DEFAULT_RIGHTS), allow, deny),
        networks=_networks(networks),
        active=active,
        strict_ids=strict_ids,
        short_codes=short_codes,
        policy=_policy(policy),
        created=now,
        updated=now,
    )
    account = replace(account, password_hash=await asyncio.to_thread(context.hash_password, password))
    try:
        await context.store.accounts.add(account)
    except AlreadyExists:
        raise Refused(f"there is a user {quoted(name)} already") from None
    context.changed("accounts")
    return {**row(account), "notices": notices}


async def change(
    context: Context,
    *,
    name: str,
    password: Secret[str] | None = None,
    email: str | None = None,
    phone: str | None = None,
    allow: tuple[str, ...] = (),
    deny: tuple[str, ...] = (),
    networks: tuple[str, ...] | None = None,
    policy: str | None = None,
    active: bool | None = None,
    strict_ids: bool | None = None,
    short_codes: bool | None = None,
    values: Mapping[str, str] | None = None,
) -> object:
    """Change what is given of an API user and leave the rest; `values` are its limits as KEY: VALUE of `user set`."""
    given: dict[str, Any] = {
        "email": None if email is None else _email(email),
        "phone": None if phone is None else await _phone(context, phone),
        "networks": None if networks is None else _networks(networks),
        "policy": None if policy is None else _policy(policy),
        "active": active,
        "strict_ids": strict_ids,
        "short_codes": short_codes,
    }
    notices: list[str] = []
    if password is not None:
        notices = check_password(password, name)
        given["password_hash"] = await asyncio.to_thread(context.hash_password, password)
    given = {key: value for key, value in given.items() if value is not None}
    given |= read_limits(values or {})
    _rights(frozenset(), allow, deny)

    def apply(account: Account) -> Account:
        rights = _rights(account.rights, allow, deny)
        return replace(account, rights=rights, updated=context.clock.now(), **given)

    try:
        account = await context.store.accounts.change(composed(name), apply)
    except NotFound:
        raise Refused(_missing(name)) from None
    context.changed("accounts")
    return {**row(account), "notices": notices}


async def remove(context: Context, *, name: str) -> object:
    """Remove an API user and its tokens; its messages stay. One that a subscriber takes requests for is not removed."""
    for entry in await context.store.subscribers.all():
        if entry.values.get("account") == composed(name):
            raise Refused(f"subscriber {quoted(entry.name)} takes requests in its name: change or remove that first")
    try:
        await context.store.accounts.remove(composed(name))
    except NotFound:
        raise Refused(_missing(name)) from None
    context.changed("accounts")
    return {"name": name}


async def listed(context: Context) -> object:
    """Every API user, by name."""
    return [row(account) for account in sorted(await context.store.accounts.all(), key=lambda each: each.name)]


async def show(context: Context, *, name: str) -> object:
    """One API user, and, where the gateway runs, how far its limits are used."""
    for account in await context.store.accounts.all():
        if account.name == composed(name):
            usage = None if context.limits is None else context.limits.usage(account.name)
            return {**row(account), "usage": usage}
    raise Refused(_missing(name))


def known_rights(names: tuple[str, ...]) -> frozenset[str]:
    """The rights of these names. Raises Refused where there is no such right."""
    known = [right.value for right in Right]
    for name in names:
        if name not in known:
            raise Refused(f"there is no right {quoted(name)}; the rights are {', '.join(known)}")
    return frozenset(names)


def row(account: Account) -> dict[str, object]:
    """One account as `user list --json` shows it; times in Unix seconds."""
    return {
        "name": account.name,
        "active": account.active,
        "rights": sorted(account.rights),
        "email": account.email,
        "phone": account.phone,
        "networks": list(account.networks),
        "policy": account.policy,
        "strict_ids": account.strict_ids,
        "short_codes": account.short_codes,
        "rate_minute": account.rate_minute,
        "rate_hour": account.rate_hour,
        "rate_day": account.rate_day,
        "queue": account.queue,
        "countries": list(account.countries),
        "created": account.created,
        "updated": account.updated,
    }


def _missing(name: str) -> str:
    return NO_SUCH_USER.format(quoted(name))


def _free_name(text: str) -> str:
    name = checked_name(text, without="/:")
    if name.casefold() in RESERVED_NAMES:
        raise Refused(f"the name {quoted(name)} is reserved: nobody signs in under it")
    return name


def _rights(present: frozenset[str], allow: tuple[str, ...], deny: tuple[str, ...]) -> frozenset[str]:
    known_rights((*allow, *deny))
    if both := set(allow) & set(deny):
        raise Refused(f"{', '.join(sorted(both))} cannot be both allowed and denied")
    return (present | set(allow)) - set(deny)


def _email(text: str) -> str:
    if text and not (_MAIL.fullmatch(text) and text.isprintable()):
        raise Refused("an e-mail address has one @ and no spaces")
    return text


async def _phone(context: Context, text: str) -> str:
    if not text:
        return ""
    try:
        return normalise(text, (await context.settings()).country_code)
    except InvalidNumber as rule:
        raise Refused(f"the phone {rule}") from None


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(str(ipaddress.ip_network(text)) for text in texts))
    except ValueError:
        raise Refused("a network is an address or a range such as 192.0.2.0/24, with no bit beyond its mask") from None


def _policy(text: str) -> str:
    known = [policy.value for policy in Policy]
    if text and text not in known:
        raise Refused(f"a policy is one of {', '.join(known)}, or empty for the default of each kind of message")
    return text
