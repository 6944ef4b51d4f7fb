"""The owner's operations on subscribers, our doors to brokers. No result ever holds a password."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otppi.app.brokers.counts import Standing
from otppi.app.configuration import PASSWORD_OWNER, open_password
from otppi.app.operations.accounts import NO_SUCH_USER
from otppi.app.operations.names import checked_name, composed, quoted
from otppi.domain.rights import BROKERS
from otppi.domain.setting_rows import InvalidSetting
from otppi.domain.subscriber import Method, Subscriber, row_named, rows_of
from otppi.ports.connector import Trouble
from otppi.ports.operations import Refused
from otppi.ports.store import AlreadyExists
from otppi.ports.subscribers import SubscriberEntry
from otppi.ports.vault import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context
    from otppi.domain.secret import Secret
    from otppi.ports.subscribers import RefusedRequest

MOST_PASSWORD: Final = 1024
MOST_LISTED: Final = 1000
TEST_SECONDS: Final = 50.0
"""A test ends within this, whatever `timeout` says: the command waits 60 s for its answer (`otppi.control.client`)."""


async def add(
    context: Context,
    *,
    name: str,
    method: str,
    values: Mapping[str, str],
    password: Secret[str] | None = None,
) -> object:
    """Configure a subscriber; a running gateway connects at once, unless `enabled` is false."""
    name = checked_name(name, without="/")
    if method not in list(Method):
        raise Refused(f"a subscriber speaks one of {', '.join(Method)}")
    entry = SubscriberEntry(name, Method(method), {}, None)
    entry = await _changed(context, entry, values, password, forget=False)
    try:
        await context.store.subscribers.add(entry)
    except AlreadyExists:
        raise Refused(f"there is a subscriber {quoted(name)} already") from None
    context.changed("subscribers")
    return _row(context, entry)


async def change(
    context: Context,
    *,
    name: str,
    values: Mapping[str, str],
    password: Secret[str] | None = None,
    forget_password: bool = False,
) -> object:
    """Change what is given and leave the rest; an empty value goes back to the default. It is connected anew."""
    entry = await _changed(context, await _entry(context, name), values, password, forget=forget_password)
    await context.store.subscribers.put(entry)
    context.changed("subscribers")
    return _row(context, entry)


async def remove(context: Context, *, name: str) -> object:
    """Remove one; its refusals stay listed."""
    entry = await _entry(context, name)
    await context.store.subscribers.remove(entry.name)
    context.changed("subscribers")
    return {"name": entry.name}


async def listed(context: Context) -> object:
    """Every subscriber, by name, with how it stands where a gateway runs (`app.brokers.counts.Standing`); `since` is
    null where none does."""
    return [_row(context, entry) for entry in await context.store.subscribers.all()]


async def show(context: Context, *, name: str) -> object:
    """One subscriber with everything that can be set of it."""
    entry = await _entry(context, name)
    settings = {row.name: entry.values.get(row.name, row.default_text) for row in rows_of(entry.method)}
    return {**_row(context, entry), "settings": settings}


async def test(context: Context, *, name: str) -> object:
    """Connect as this subscriber would, take nothing, and say in words what is wrong, if anything is."""
    entry = await _entry(context, name)
    if context.check is None:
        raise Refused("brokers cannot be reached from here")
    subscriber = _subscriber(context, entry)
    try:
        async with asyncio.timeout(TEST_SECONDS):
            await context.check(subscriber)
    except Trouble as trouble:
        return {"name": entry.name, "ok": False, "what": trouble.what, "words": trouble.words}
    except TimeoutError:
        words = f"{subscriber.host} port {subscriber.port} did not answer within {TEST_SECONDS:g} s"
        return {"name": entry.name, "ok": False, "what": "connect", "words": words}
    return {"name": entry.name, "ok": True, "what": "", "words": ""}


async def refusals(context: Context, *, name: str = "", limit: int = 100) -> object:
    """What was refused for good or lost, the newest first; of one subscriber, or of all."""
    if not 1 <= limit <= MOST_LISTED:
        raise Refused(f"the limit must be from 1 to {MOST_LISTED}")
    return [_refused(row) for row in await context.store.subscribers.refusals(limit, composed(name))]


async def _entry(context: Context, name: str) -> SubscriberEntry:
    wanted = composed(name)
    for entry in await context.store.subscribers.all():
        if entry.name == wanted:
            return entry
    raise Refused(f"there is no subscriber {quoted(name)}: see `otppi subscriber list`")


async def _changed(
    context: Context,
    entry: SubscriberEntry,
    values: Mapping[str, str],
    password: Secret[str] | None,
    *,
    forget: bool,
) -> SubscriberEntry:
    """The entry with these changes, checked as a whole. Raises Refused."""
    if password is not None and forget:
        raise Refused("a password is either given or forgotten")
    texts = dict(entry.values)
    try:
        for key, text in values.items():
            if not text and key in texts:
                del texts[key]
                continue
            row = row_named(key, entry.method)
            if text:
                texts[key] = row.kind.write(row.parse(composed(text) if key == "account" else text))
        made = Subscriber.of(entry.name, entry.method, texts)
    except InvalidSetting as rule:
        raise Refused(str(rule)) from None
    await _known(context, made.account)
    if password is not None and not 1 <= len(password.reveal()) <= MOST_PASSWORD:
        raise Refused(f"a password is 1 to {MOST_PASSWORD} characters")
    sealed = None if forget else entry.password
    if password is not None:
        sealed = context.vault.seal(password, PASSWORD_OWNER, entry.name)
    return replace(entry, values=texts, password=sealed)


async def _known(context: Context, account: str) -> None:
    if account != BROKERS and account not in {each.name for each in await context.store.accounts.all()}:
        raise Refused(NO_SUCH_USER.format(quoted(account)))


def _subscriber(context: Context, entry: SubscriberEntry) -> Subscriber:
    try:
        return Subscriber.of(entry.name, entry.method, entry.values, open_password(context.vault, entry))
    except Unreadable:
        raise Refused("its password cannot be opened with this key: give it again") from None
    except InvalidSetting as rule:
        raise Refused(str(rule)) from None


def _row(context: Context, entry: SubscriberEntry) -> dict[str, Any]:
    made, fault = _made(entry)
    row: dict[str, Any] = {
        "name": entry.name,
        "method": entry.method.value,
        "enabled": made.enabled,
        "host": made.host,
        "port": made.port,
        "tls": made.tls,
        "topic": made.topic,
        "account": made.account,
        "keeps": made.keeps,
        "password_set": entry.password is not None,
    }
    live = {} if context.live is None else context.live.subscribers()
    stands = dict(live.get(entry.name, Standing(words=fault).shown()))
    return row | stands | {"since": stands["since"] or None}


def _made(entry: SubscriberEntry) -> tuple[Subscriber, str]:
    """The subscriber, and what is wrong with it: one that an older or newer version stored is shown all the same."""
    try:
        return Subscriber.of(entry.name, entry.method, entry.values), ""
    except InvalidSetting as rule:
        return Subscriber(entry.name, entry.method), f"it is not run: {rule}"


def _refused(row: RefusedRequest) -> dict[str, Any]:
    return {
        "at": row.at,
        "subscriber": row.subscriber,
        "account": row.account,
        "command": row.command,
        "code": row.code,
        "reason": row.reason,
        "receiver": row.receiver,
    }
