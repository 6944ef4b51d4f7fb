"""What the owner configured takes effect at once, for requests, routes, messages that wait and modems."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import gateway, modem, virtual

from otppi.domain.secret import Secret
from otppi.ports.store import Account, BlockEntry
from otppi.ports.vault import Unreadable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.feature("F070")
@virtual
async def test_the_country_code_counts_for_sending_and_blocking(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.configure("sms.country_code", "44")
        assert (await bench.ask("block-msisdn", receiver="07000 000001")).code == "000"
        assert (await bench.sms("+447000000001")).code == "1104"
        assert (await bench.sms("+627000000001")).code == "000"
        await bench.sms("07000 000002")
        await asyncio.sleep(5)
        assert {sms.number for sms in bench.sent()} == {"627000000001", "447000000002"}


@pytest.mark.feature("F071")
@pytest.mark.parametrize(("digits", "carrier"), [("4", "a"), ("5", "d")])
@virtual
async def test_the_prefix_length_counts_for_routes(tmp_path: Path, digits: str, carrier: str) -> None:
    async with gateway(tmp_path, modem("a", "62871", "62872"), modem("d", default=True)) as bench:
        await bench.configure("sms.prefix_length", digits)
        await bench.sms("0879 0000 1234")
        await asyncio.sleep(3)
        assert [sms.modem for sms in bench.sent()] == [carrier]


@virtual
async def test_what_waits_is_routed_anew(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("b")) as bench:
        bench.modems["a"].unplug(10_000)
        await bench.sms()
        await asyncio.sleep(5)
        assert bench.sent() == []
        await bench.change_modem("b", prefixes=("62812",))
        await asyncio.sleep(5)
        assert [sms.modem for sms in bench.sent()] == ["b"]


@virtual
async def test_a_changed_patience_counts_for_what_waits(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a", "62812"), modem("b")) as bench:
        bench.modems["a"].unplug(10_000)
        await bench.sms()
        await asyncio.sleep(5)
        await bench.configure("route.patience.normal", "0s")
        await asyncio.sleep(2)
        assert [sms.modem for sms in bench.sent()] == ["b"]


@virtual
async def test_settings_accounts_blocks_and_modems_are_read_when_told(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        configuration = bench.app.configuration
        told: list[str] = []
        bench.app.on_reload.append(told.append)
        await bench.configure("otp.length", "8")
        await bench.store.accounts.add(Account("shop", "hash"))
        assert configuration.account("shop") is None
        await bench.app.changed("accounts")
        known = configuration.account("shop")
        assert known is not None
        assert known.password_hash == "hash"
        await bench.store.registry.put_block(BlockEntry("6281200000001", active=True, changed=1.0, by="operator"))
        await bench.store.registry.put_block(BlockEntry("6281200000002", active=False, changed=1.0, by="operator"))
        await bench.app.changed("blocks")
        assert configuration.blocked("6281200000001")
        assert not configuration.blocked("6281200000002")
        assert configuration.settings.otp_length == 8
        await bench.configure("otp.length", None)
        assert configuration.settings.otp_length == 6
        assert told == ["settings", "accounts", "blocks", "settings"]


@pytest.mark.feature("F080")
@virtual
async def test_only_active_modems_not_given_to_the_internet_are_driven(tmp_path: Path) -> None:
    modems = (modem("a"), modem("b", active=False), modem("c", internet=True), modem("d", api=False))
    async with gateway(tmp_path, *modems) as bench:
        assert set(bench.app.configuration.lines()) == {"a", "d"}
        assert set(bench.modems) == {"a", "d"}


@virtual
async def test_a_pin_is_opened_for_its_own_modem_and_never_shown(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        sealed = bench.vault.seal(Secret("4711"), "modem-pin", "east")
        await bench.store.modems.change("east", lambda entry: replace(entry, pin=sealed, smsc="6281100000"))
        await bench.app.configuration.reload("modems")
        line = bench.app.configuration.lines()["east"]
        assert (line.pin, line.smsc) == ("4711", "6281100000")
        assert "4711" not in repr(line)
        other = bench.vault.seal(Secret("4711"), "modem-pin", "west")
        await bench.store.modems.change("east", lambda entry: replace(entry, pin=other))
        await bench.app.configuration.reload("modems")
        with pytest.raises(Unreadable):
            bench.app.configuration.lines()


@virtual
async def test_a_block_just_written_counts_without_reading_all(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        configuration = bench.app.configuration
        row = BlockEntry("6281200000001", active=True, changed=1.0, by="shop")
        configuration.note_block(row)
        assert configuration.blocked(row.msisdn)
        configuration.note_block(replace(row, active=False))
        assert not configuration.blocked(row.msisdn)
