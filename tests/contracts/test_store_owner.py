"""What `otppi.ports.store` promises of what the owner configures, asked of every way the store can run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from store_world import guess, hand, otp_entry

from otppi.domain.message import Policy
from otppi.ports.store import Account, Alarm, AlreadyExists, BlockEntry, ModemEntry, NotFound, Ticket
from otppi.testing.samples import NOW, sample_id

if TYPE_CHECKING:
    from pathlib import Path

    from store_world import Maker

    from otppi.store import SqliteStore


ACCOUNT = Account(
    name="shop",
    password_hash="$argon2id$v=19$sample",
    email="shop@example.org",
    phone="+62 812 0000 1234",
    rights=frozenset({"otp", "sms", "ussd"}),
    ussd_patterns=("*123#",),
    networks=("10.0.0.0/8", "2001:db8::/32"),
    active=False,
    strict_ids=True,
    short_codes=True,
    policy=Policy.HOLD.value,
    created=NOW,
    updated=NOW,
    rate_minute=60,
    rate_hour=600,
    rate_day=6000,
    queue=50,
    countries=("62", "65"),
)


async def test_accounts(store: SqliteStore) -> None:
    await store.accounts.add(ACCOUNT)
    with pytest.raises(AlreadyExists):
        await store.accounts.add(Account("shop", "other"))
    assert await store.accounts.all() == [ACCOUNT]
    changed = await store.accounts.change("shop", lambda account: replace(account, active=True, updated=NOW + 1))
    assert changed == replace(ACCOUNT, active=True, updated=NOW + 1)
    assert await store.accounts.all() == [changed]
    with pytest.raises(ValueError, match="keeps its name"):
        await store.accounts.change("shop", lambda account: replace(account, name="bank"))
    with pytest.raises(NotFound):
        await store.accounts.change("bank", lambda account: account)
    await store.accounts.remove("shop")
    with pytest.raises(NotFound):
        await store.accounts.remove("shop")
    assert await store.accounts.all() == []


async def test_modems_keep_their_order_and_their_ports_to_themselves(store: SqliteStore) -> None:
    east = ModemEntry(
        "east",
        "/dev/ttyUSB0",
        prefixes=("62812", "62813"),
        default=True,
        pin=b"sealed",
        imei="3" * 15,
        model="E173",
        limit_day=500,
    )
    west = ModemEntry("west", "tcp://198.51.100.7:7000", api=False, active=False, baud=9600, parity="E", stop_bits=2)
    assert (await store.modems.add(east)).number == 1
    assert (await store.modems.add(west)).number == 2
    for taken in (ModemEntry("east", "/dev/ttyUSB9"), ModemEntry("north", "/dev/ttyUSB0")):
        with pytest.raises(AlreadyExists):
            await store.modems.add(taken)
    with pytest.raises(AlreadyExists):
        await store.modems.change("west", lambda modem: replace(modem, port="/dev/ttyUSB0"))
    assert await store.modems.all() == [replace(east, number=1), replace(west, number=2)]
    changed = await store.modems.change("west", lambda modem: replace(modem, active=True, internet=True))
    assert changed == replace(west, number=2, active=True, internet=True)
    await store.modems.remove("east")
    for ask in (store.modems.remove("east"), store.modems.change("east", lambda modem: modem)):
        with pytest.raises(NotFound):
            await ask
    assert await store.modems.all() == [changed]


async def test_the_block_list(store: SqliteStore) -> None:
    entry = BlockEntry("6281200009999", active=True, changed=NOW, by="shop")
    await store.registry.put_block(entry)
    await store.registry.put_block(replace(entry, active=False, changed=NOW + 5))
    assert await store.registry.blocks() == [replace(entry, active=False, changed=NOW + 5)]
    await store.registry.remove_block(entry.msisdn)
    with pytest.raises(NotFound):
        await store.registry.remove_block(entry.msisdn)


async def test_settings_and_facts(store: SqliteStore) -> None:
    await store.registry.put_setting("otp.length", "8")
    await store.registry.put_setting("log.level", "debug")
    await store.registry.put_setting("otp.length", "7")
    await store.registry.put_setting("log.level", None)
    assert await store.registry.settings() == {"otp.length": "7"}
    assert await store.registry.fact("clock") is None
    await store.registry.put_fact("clock", "one")
    await store.registry.put_fact("clock", "two")
    assert await store.registry.fact("clock") == "two"


async def test_alarms_keep_the_time_they_were_first_raised(store: SqliteStore) -> None:
    alarm = Alarm("disk", "", NOW, "warning", "make room")
    assert await store.registry.raise_alarm(alarm)
    assert not await store.registry.raise_alarm(replace(alarm, since=NOW + 9, severity="critical"))
    assert await store.registry.alarms() == [replace(alarm, severity="critical")]
    assert await store.registry.clear_alarm("disk", "")
    assert not await store.registry.clear_alarm("disk", "")
    assert await store.registry.alarms() == []


async def test_the_newest_time_is_that_of_the_last_thing_that_happened(store: SqliteStore) -> None:
    assert await store.registry.newest_time() == 0
    await store.outbox.accept(otp_entry(1), now=NOW)
    assert await store.registry.newest_time() == NOW
    await store.outbox.settle(sample_id(1), [hand(NOW + 3)])
    assert await store.registry.newest_time() == NOW + 3
    await store.registry.raise_alarm(Alarm("disk", "", NOW + 4, "notice", "make room"))
    assert await store.registry.newest_time() == NOW + 4
    await store.verifications.sweep(now=NOW + 300)
    assert await store.registry.newest_time() == NOW + 300


async def test_the_newest_time_is_exact_after_a_clean_close_whatever_it_was(maker: Maker, tmp_path: Path) -> None:
    opened = maker(tmp_path / "store.db")
    await opened.outbox.accept(otp_entry(1), now=NOW)
    assert isinstance(await guess(opened, now=NOW + 5), Ticket)
    await opened.close()
    opened = maker(tmp_path / "store.db")
    assert await opened.registry.newest_time() == NOW + 5
    await opened.close()
