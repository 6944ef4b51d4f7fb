"""The address of the end user for whom a code is asked, as the caller tells it. Pure."""

from __future__ import annotations

import ipaddress
from typing import Final

NETWORK_BITS: Final = 64
"""Of an IPv6 address so many name one line: the rest its holder may change at will (RFC 4291, 2.5.4; RFC 8981)."""
LONGEST: Final = 45
"""Characters of the longest form of an address (RFC 4291, 2.2)."""
RULE: Final = "must be an IPv4 or IPv6 address"


def line_of(address: str) -> str:
    """What an address counts as: IPv4 as it is, IPv6 by its first 64 bits, IPv4 mapped into IPv6 as IPv4. Empty stays
    empty. Raises ValueError for anything else, without the address in it."""
    if not address:
        return ""
    if len(address) > LONGEST or "%" in address:
        raise ValueError(RULE)
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(RULE) from None
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    return str(read.ipv4_mapped or ipaddress.ip_network((read, NETWORK_BITS), strict=False))
