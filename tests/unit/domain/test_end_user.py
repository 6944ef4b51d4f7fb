"""What the address of an end user counts as."""

from __future__ import annotations

import pytest

from otppi.domain.end_user import RULE, line_of


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("", ""),
        ("192.0.2.17", "192.0.2.17"),
        ("::ffff:192.0.2.17", "192.0.2.17"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
    ],
)
def test_an_address_counts_as_its_line(address: str, line: str) -> None:
    assert line_of(address) == line


@pytest.mark.parametrize("address", ["192.0.2", "192.0.2.017", " 192.0.2.1", "fe80::1%eth0", "::1/64", "x", "0" * 99])
def test_anything_else_is_refused_without_saying_it(address: str) -> None:
    with pytest.raises(ValueError, match=RULE) as caught:
        line_of(address)
    assert address not in str(caught.value)
