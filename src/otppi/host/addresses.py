"""The names and addresses that this machine has on its networks: what a certificate for it is made out to. Linux."""

from __future__ import annotations

import fcntl
import ipaddress
import re
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

_SIOCGIFADDR: Final = 0x8915
_IF_INET6: Final = Path("/proc/net/if_inet6")
_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*", re.ASCII)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_names() -> tuple[str, ...]:
    """The host's name, the same in `.local` (multicast DNS), and localhost. Asks no server."""
    name = socket.gethostname().rstrip(".")
    if not _NAME.fullmatch(name) or name == "localhost":
        return ("localhost",)
    return (name, "localhost") if "." in name else (name, f"{name}.local", "localhost")


def host_addresses() -> tuple[Address, ...]:
    """The addresses of all interfaces, loopback first; link-local IPv6 ones are left out, they mean nothing alone."""
    found = {*_ipv4(), *_ipv6(), ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    return tuple(sorted(found, key=lambda address: (not address.is_loopback, address.version, int(address))))


def _ipv4() -> list[Address]:
    found: list[Address] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        for _, interface in socket.if_nameindex():
            with suppress(OSError):
                answer = fcntl.ioctl(asker, _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
                found.append(ipaddress.IPv4Address(answer[20:24]))
    return found


def _ipv6() -> list[Address]:
    try:
        lines = _IF_INET6.read_text("ascii").splitlines()
    except OSError:
        return []
    found = [ipaddress.IPv6Address(bytes.fromhex(line.split()[0])) for line in lines]
    return [address for address in found if not address.is_link_local]
