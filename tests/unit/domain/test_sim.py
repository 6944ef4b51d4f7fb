"""What a SIM is called."""

from __future__ import annotations

import pytest

from otppi.domain.sim import sim_name


@pytest.mark.parametrize(
    ("iccid", "imsi", "name"),
    [
        ("8900100000000000017", "001010000000017", "iccid 8900100000000000017"),
        ("", "001010000000017", "imsi 001010000000017"),
        ("", "", "modem east"),
    ],
)
def test_a_sim_is_called_by_the_best_that_is_known_of_it(iccid: str, imsi: str, name: str) -> None:
    assert sim_name("east", iccid, imsi) == name
