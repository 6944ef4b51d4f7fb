"""Where a request comes from: the socket says it; a header does only where a proxy of the owner's wrote it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otppi.intake.rest.settings import RestSettings

_FORWARDED = b"x-forwarded-for"


def client_address(scope: Mapping[str, Any], settings: RestSettings) -> str:
    """The textual address of the client, empty where the socket has none.

    Behind configured proxies: the last address in X-Forwarded-For that is not one of theirs. An entry that is no
    address ends the search at the proxy that reported it.
    """
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if not settings.proxies or not _is_proxy(address, settings):
        return address
    for hop in reversed(_forwarded(scope["headers"])):
        if _parsed(hop) is None:
            return address
        address = hop
        if not _is_proxy(hop, settings):
            break
    return address


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    lines = [value.decode("latin-1") for name, value in headers if name == _FORWARDED]
    return [hop.strip() for hop in ",".join(lines).split(",")] if lines else []


def _is_proxy(address: str, settings: RestSettings) -> bool:
    ip = _parsed(address)
    return ip is not None and any(ip in network for network in settings.proxies)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip
