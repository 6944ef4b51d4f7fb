"""What the owner can change about the HTTP door while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

DEFAULT_PATHS: Final = (
    "/api/otp",
    "/api/message",
    "/api/sms",
    "/api/email",
    "/api/block",
    "/api/unblock",
    "/api/blocking",
    "/api/unblocking",
)
"""The documented paths (decisions 2)."""


@dataclass(frozen=True, slots=True)
class RestSettings:
    """`paths` match with anything after them, and any command works on any of them; `/v1/` and `/health` stay ours.

    `four_digits` forces the success code `0000` (True) or `000` (False). Forwarded addresses are believed only from
    `proxies`.
    """

    paths: tuple[str, ...] = DEFAULT_PATHS
    four_digits: bool | None = None
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
