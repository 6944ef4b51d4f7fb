"""Who is asking: HTTP Basic (RFC 7617) or a bearer token (RFC 6750), and the caller that follows.

Every refusal looks the same and costs the same, so that nobody learns which names exist. It must not read sockets,
log names, or decide what a caller may do: that is the right's check in the gateway.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from otppi.domain.rights import RESERVED_NAMES, Caller, Right
from otppi.domain.secret import Secret
from otppi.ports.passwords import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.bearer import BearerTokens
    from otppi.ports.passwords import Passwords
    from otppi.ports.store import Account

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotSignedIn(Exception):
    """Name, password, state of the account or address is not right; it never says which (HTTP 401)."""


class TooBusy(Exception):
    """Too many sign-ins wait; nothing was checked. HTTP 429, try again after `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many sign-ins are waiting")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Known:
    """What follows from one account row, worked out once."""

    account: Account
    caller: Caller
    networks: tuple[Network, ...] | None


class SignIn:
    """Turns credentials into a Caller. `accounts` gives the account of a name as it is now, and must not wait. Without
    `bearer` no token is right."""

    def __init__(
        self,
        accounts: Callable[[str], Account | None],
        passwords: Passwords,
        bearer: BearerTokens | None = None,
        *,
        door: str = "rest",
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._bearer = bearer
        self._door = door
        self._known: dict[str, _Known] = {}

    async def caller(self, header: str | None, address: str) -> Caller:
        """As `basic`, for paths that take bearer tokens too: a token's caller has the account's rights that are among
        its scopes. Raises NotSignedIn or TooBusy."""
        scheme, _, text = (header or "").partition(" ")
        if scheme.lower() != "bearer":
            return await self.basic(header, address)
        token = None if self._bearer is None else self._bearer.find(text.strip())
        known = None if token is None else self._admissible(token.account, address)
        if self._bearer is None or token is None or known is None:
            raise NotSignedIn
        self._bearer.note_use(token)
        scopes = known.caller.rights & token.scopes if token.scopes else known.caller.rights
        return replace(known.caller, rights=scopes)

    async def basic(self, header: str | None, address: str) -> Caller:
        """The caller of an `Authorization` header from `address` (textual IP, empty where there is none).

        Raises NotSignedIn or TooBusy. A password that was right a short while ago is found right without leaving
        the event loop.
        """
        name, password = credentials(header)
        known = self._admissible(name, address)
        stored = known.account.password_hash if known else None
        if not await self._is_right(name, password, stored) or known is None:
            raise NotSignedIn
        return known.caller

    async def _is_right(self, name: str, password: Secret[str], stored: str | None) -> bool:
        if stored is not None:
            cached = self._passwords.cached(name, password, stored)
            if cached is not None:
                return cached
        try:
            return await self._passwords.check(name, password, stored)
        except Busy as busy:
            raise TooBusy(busy.retry_after) from None

    def _admissible(self, name: str, address: str) -> _Known | None:
        account = None if name in RESERVED_NAMES else self._accounts(name)
        if account is None:
            self._known.pop(name, None)
            return None
        known = self._known.get(name)
        if known is None or known.account is not account:
            known = self._known[name] = _Known(account, caller_of(account, self._door), _networks(account))
        return known if account.active and _inside(address, known.networks) else None


def credentials(header: str | None) -> tuple[str, Secret[str]]:
    """Name and password of a Basic header: UTF-8, split at the first colon. Raises NotSignedIn."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() == "basic":
        name, colon, password = _decoded(encoded.strip()).partition(":")
        if name and colon:
            return name, Secret(password)
    raise NotSignedIn


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):  # its context would hold the password, hence the empty answer
        return ""


def caller_of(account: Account, door: str, *, holds_back: bool = False) -> Caller:
    """The account as it asks through a door (`domain.rights.Caller`)."""
    return Caller(
        account=account.name,
        rights=frozenset(right for right in Right if right in account.rights),
        door=door,
        holds_back=holds_back,
        strict_ids=account.strict_ids,
        short_codes=account.short_codes,
        policy=account.policy,
    )


def _networks(account: Account) -> tuple[Network, ...] | None:
    """None for any address; what cannot be read admits nobody."""
    if not account.networks:
        return None
    return tuple(network for text in account.networks if (network := _network(text)) is not None)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _inside(address: str, networks: tuple[Network, ...] | None) -> bool:
    if networks is None:
        return True
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return any((mapped or ip) in network for network in networks)
