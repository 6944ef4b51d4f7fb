"""What the owner configured, as it is now: settings, accounts, block list, modems, routes.

Read from the store at start and again when an operation says it changed; the readers get plain objects that are
replaced, never altered.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from otppi.domain.limits import Limits
from otppi.domain.routing import Lane, RouteTable
from otppi.domain.setting_rows import InvalidSetting
from otppi.domain.settings import Settings
from otppi.domain.subscriber import Subscriber
from otppi.ports.modem import LineSettings
from otppi.ports.vault import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otppi.domain.secret import Secret
    from otppi.ports.store import Account, BlockEntry, ModemEntry, Store
    from otppi.ports.subscribers import SubscriberEntry
    from otppi.ports.tokens import Token
    from otppi.ports.vault import Vault

Part = Literal["settings", "accounts", "blocks", "modems", "subscribers"]

PASSWORD_OWNER: Final = "subscriber-password"  # noqa: S105 - the label under which passwords are sealed, no password
NO_PASSWORD: Final = "subscriber_password"  # noqa: S105 - the name of an alarm, no password
NOT_RUN: Final = "subscriber_settings"


class Configuration:
    """Call `load` once; then `reload` what changed."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self.settings = Settings.of({})
        self.routes = RouteTable((), self.settings.prefix_length)
        self.modems: tuple[ModemEntry, ...] = ()
        self.subscribers: tuple[Subscriber, ...] = ()
        self.subscriber_faults: Mapping[tuple[str, str], str] = {}
        """What is wrong with stored subscribers: by alarm and name, what to do. None of it stops the gateway."""
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[bytes, Token] = {}
        self._blocks: frozenset[str] = frozenset()
        self._limits: dict[str, Limits] = {}

    async def load(self) -> None:
        """Read everything."""
        parts: tuple[Part, ...] = ("settings", "accounts", "blocks", "modems", "subscribers")
        for part in parts:
            await self.reload(part)

    async def reload(self, part: Part) -> None:
        """Read one part anew."""
        match part:
            case "settings":
                self.settings = Settings.of(await self._store.registry.settings())
            case "accounts":
                self._accounts = {account.name: account for account in await self._store.accounts.all()}
                self._tokens = {token.tag: token for token in await self._store.tokens.all()}
            case "blocks":
                self._blocks = frozenset(entry.msisdn for entry in await self._store.registry.blocks() if entry.active)
            case "modems":
                self.modems = tuple(await self._store.modems.all())
                self._limits = {entry.name: _limits(entry) for entry in self.modems}
            case "subscribers":
                self._take_subscribers(await self._store.subscribers.all())
        self.routes = RouteTable((_lane(entry) for entry in self.modems), self.settings.prefix_length)

    def account(self, name: str) -> Account | None:
        """The account of a name."""
        return self._accounts.get(name)

    def token(self, tag: bytes) -> Token | None:
        """The bearer token of a keyed tag."""
        return self._tokens.get(tag)

    @property
    def account_names(self) -> tuple[str, ...]:
        """The names of all accounts."""
        return tuple(self._accounts)

    def blocked(self, msisdn: str) -> bool:
        """Whether a number is on the block list."""
        return msisdn in self._blocks

    def note_block(self, entry: BlockEntry) -> None:
        """A row of the block list was just written: take it over without reading all of them."""
        others = self._blocks - {entry.msisdn}
        self._blocks = others | {entry.msisdn} if entry.active else others

    def note_modem(self, name: str, fields: Mapping[str, Any]) -> None:
        """These fields of a modem's row are being written: take them over without reading all of them."""
        self.modems = tuple(replace(each, **fields) if each.name == name else each for each in self.modems)

    def limits(self, modem: str) -> Limits:
        """How much the SIM in a modem may send."""
        return self._limits.get(modem, _NO_LIMITS)

    def lines(self) -> dict[str, LineSettings]:
        """How to reach each modem that is to be driven: active and not given to internet access."""
        return {entry.name: self._line(entry) for entry in self.modems if entry.active and not entry.internet}

    def _take_subscribers(self, entries: Iterable[SubscriberEntry]) -> None:
        """Those that can be run. One whose password cannot be opened is run without it."""
        made: list[Subscriber] = []
        faults: dict[tuple[str, str], str] = {}
        for entry in entries:
            try:
                password = open_password(self._vault, entry)
            except Unreadable:
                password, faults[NO_PASSWORD, entry.name] = None, _AGAIN.format(name=entry.name)
            try:
                made.append(Subscriber.of(entry.name, entry.method, entry.values, password))
            except InvalidSetting as rule:
                faults[NOT_RUN, entry.name] = f"it is not run: {rule}"
        self.subscribers, self.subscriber_faults = tuple(made), faults

    def _line(self, entry: ModemEntry) -> LineSettings:
        pin = None if entry.pin is None else self._vault.open(entry.pin, "modem-pin", entry.name).reveal()
        return LineSettings(
            name=entry.name,
            port=entry.port,
            baud=entry.baud,
            parity=entry.parity,
            stop_bits=entry.stop_bits,
            pin=pin,
            pin_entry="" if entry.pin is None else hashlib.sha256(entry.pin).hexdigest()[:32],
            smsc=entry.smsc or None,
        )


def open_password(vault: Vault, entry: SubscriberEntry) -> Secret[str] | None:
    """The password of a subscriber, None where none is set. Raises `ports.vault.Unreadable`."""
    return None if entry.password is None else vault.open(entry.password, PASSWORD_OWNER, entry.name)


_NO_LIMITS: Final = Limits()
_AGAIN: Final = "its password cannot be opened with this key: `otppi subscriber set {name} --password-stdin`"


def _limits(entry: ModemEntry) -> Limits:
    return Limits(entry.limit_minute, entry.limit_hour, entry.limit_day)


def _lane(entry: ModemEntry) -> Lane:
    return Lane(entry.name, entry.prefixes, entry.default, entry.api, entry.internet, entry.active)
