"""Whose request it is: the socket's word, or a configured proxy's."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from otppi.intake.rest.addresses import client_address
from otppi.intake.rest.settings import RestSettings

PROXIES = RestSettings(proxies=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")))


def scope(client: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", hop.encode("latin-1")) for hop in forwarded]
    return {"client": (client, 4711) if client else None, "headers": headers}


@pytest.mark.parametrize("settings", [RestSettings(), PROXIES])
def test_a_stranger_cannot_name_another_address(settings: RestSettings) -> None:
    assert client_address(scope("192.0.2.1", "198.51.100.7"), settings) == "192.0.2.1"


def test_without_configured_proxies_nobody_is_believed() -> None:
    assert client_address(scope("10.0.0.1", "198.51.100.7"), RestSettings()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.7, 10.1.1.1",), "198.51.100.7"),
        ("10.0.0.1", ("203.0.113.9", "198.51.100.7,10.1.1.1"), "198.51.100.7"),
        ("::ffff:10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
        ("2001:db8::5", ("2001:db9::1",), "2001:db9::1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("10.9.9.9",), "10.9.9.9"),
        ("10.0.0.1", ("unknown",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.7, nonsense, 10.2.2.2",), "10.2.2.2"),
    ],
)
def test_behind_a_proxy_the_last_foreign_address_counts(client: str, forwarded: tuple[str, ...], address: str) -> None:
    assert client_address(scope(client, *forwarded), PROXIES) == address


def test_a_socket_without_an_address_has_none() -> None:
    assert client_address(scope(None, "198.51.100.7"), PROXIES) == ""
