"""Limits of SIMs as the owner sets them, and the end of a quarantine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from otppi.ports.operations import Refused
from otppi.ports.store import Quarantine

if TYPE_CHECKING:
    from otppi.app.operations.table import Operations
    from otppi.ports.store import Store

ICCID = "8900100000000000017"


@pytest.fixture
async def modem(operations: Operations) -> str:
    await operations.call("modem.add", {"name": "m1", "port": "/dev/ttyUSB0"})
    return "m1"


async def limits(operations: Operations, **values: str) -> tuple[int, int, int]:
    if values:
        await operations.call("modem.set", {"name": "m1", "values": values})
    row: Any = await operations.call("modem.show", {"name": "m1"})
    return row["limit_minute"], row["limit_hour"], row["limit_day"]


async def test_there_is_no_limit_until_the_owner_sets_one(operations: Operations, modem: str, store: Store) -> None:
    assert await limits(operations) == (0, 0, 0)
    assert await limits(operations, limit_minute="8", limit_hour="200", limit_day="1000") == (8, 200, 1000)
    assert await limits(operations, limit_minute="none", limit_hour="0") == (0, 0, 1000)
    [entry] = await store.modems.all()
    assert (entry.limit_minute, entry.limit_hour, entry.limit_day) == (0, 0, 1000)


@pytest.mark.parametrize("text", ["-1", "8.5", "many", "", "100001", "1e3", "٣"])
async def test_what_is_no_limit_is_refused_and_changes_nothing(operations: Operations, modem: str, text: str) -> None:
    with pytest.raises(Refused, match="limit_hour is the most SMS of its SIM: 1 to 100000, or none"):
        await limits(operations, limit_minute="5", limit_hour=text)
    assert await limits(operations) == (0, 0, 0)


@pytest.mark.parametrize(
    "quarantine",
    [
        Quarantine("iccid 8900100000000000025", "m1", 1000.0),
        Quarantine(f"iccid {ICCID}", "other", 1000.0),
    ],
)
async def test_enabling_a_modem_ends_the_quarantine_seen_in_it_and_that_of_its_sim(
    operations: Operations, modem: str, store: Store, changes: list[str], quarantine: Quarantine
) -> None:
    await store.modems.change("m1", lambda entry: replace(entry, iccid=ICCID))
    elsewhere = Quarantine("iccid 8900100000000000033", "m2", 1000.0)
    for each in (quarantine, elsewhere):
        await store.sims.quarantine(each)
    changes.clear()
    await operations.call("modem.enable", {"name": "m1"})
    assert await store.sims.quarantines() == [elsewhere]
    assert changes == ["modems"], "a running gateway looks again"
