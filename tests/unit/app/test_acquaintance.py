"""What is learned of modems: written once, kept over restarts, and said where another modem or another SIM is there."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bench import ABSENT, Bench, gateway, modem, virtual

from otppi.app.acquaintance import FORGOTTEN
from otppi.ports.modem import Identity, LineStatus, ModemState

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.ports.store import ModemEntry

IMEI, OTHER_IMEI = "004402450000017", "004402450000025"
CARD, OTHER_CARD = "8900101000000000017", "8900101000000000025"
IMSI, OTHER_IMSI = "001010000000001", "001010000000002"
PLATE = Identity("Maker", "M1", "1.0", IMEI)
WHOLE = replace(PLATE, iccid=CARD, imsi=IMSI)


def ready(who: Identity = WHOLE, operator: str = "Telco", state: ModemState = ModemState.READY) -> LineStatus:
    return LineStatus(state, who, operator)


async def tell(made: Bench, status: LineStatus, name: str = "east") -> None:
    made.app.fleet.changed(name, status)
    await made.settle()


async def row(made: Bench, name: str = "east") -> ModemEntry:
    return next(entry for entry in await made.store.modems.all() if entry.name == name)


def remedy(made: Bench, kind: str) -> str:
    return next(alarm.remedy for alarm in made.app.alarms.standing if alarm.kind == kind)


def identity(made: Bench, name: str = "east") -> Identity:
    return made.app.acquaintance.identities()[name]


@pytest.mark.feature("F075", "F076")
@virtual
async def test_what_a_modem_says_of_itself_is_kept(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        assert identity(made) == Identity()
        await tell(made, ready())
        learned = await row(made)
        assert (learned.manufacturer, learned.model, learned.revision) == ("Maker", "M1", "1.0")
        assert (learned.imei, learned.iccid, learned.imsi, learned.operator) == (IMEI, CARD, IMSI, "Telco")
        assert identity(made) == WHOLE
        assert made.app.configuration.modems == (learned,)
        await made.restart()
        assert identity(made) == WHOLE
        assert made.alarms() == set()


@virtual
async def test_what_is_known_already_is_not_written_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await tell(made, ready())
        writes = made.writes()
        for signal in range(5):
            await tell(made, replace(ready(), signal=signal))
        await made.restart()
        before = made.writes()
        await tell(made, ready())
        await tell(made, ready(PLATE, operator="", state=ModemState.SEARCHING))
        assert made.writes() == before
        assert writes > 0
        assert await row(made) == made.app.configuration.modems[0]
        assert (await row(made)).iccid == CARD, "what is not told is not forgotten"


@pytest.mark.parametrize(
    "state", [ModemState.ABSENT, ModemState.PROBING, ModemState.STARTING, ModemState.RESETTING, ModemState.DISABLED]
)
def test_a_modem_is_believed_only_once_it_has_said_all(tmp_path: Path, state: ModemState) -> None:
    @virtual
    async def talk() -> None:
        async with gateway(tmp_path) as made:
            await tell(made, ready(state=state))
            assert (await row(made)).imei == ""

    talk()


@virtual
async def test_another_sim_in_the_same_modem_is_noticed_and_followed(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await tell(made, ready())
        await made.change_modem("east", msisdn="6281200000001")
        await tell(made, ready(replace(WHOLE, iccid=CARD + "F")))
        assert made.alarms() == set(), "the same card read by another command"
        await tell(made, ready(replace(WHOLE, iccid=OTHER_CARD, imsi=OTHER_IMSI), operator=""))
        assert made.alarms() == {"sim_changed"}
        assert "limits" in remedy(made, "sim_changed")
        changed = await row(made)
        assert (changed.iccid, changed.imsi, changed.operator, changed.msisdn) == (OTHER_CARD, OTHER_IMSI, "", "")
        assert (changed.imei, changed.model) == (IMEI, "M1")
        await made.restart()
        assert made.alarms() == {"sim_changed"}, "it happened, whether or not the gateway runs on"
        await tell(made, ready(replace(PLATE, imsi=IMSI)))
        assert (await row(made)).imsi == IMSI, "a modem that tells no ICCID is judged by the subscriber"
        assert (await row(made)).iccid == ""


@pytest.mark.feature("F076")
@pytest.mark.parametrize("said", ["+6281200000001", "081200000001", "6281200000001"])
def test_the_number_a_sim_says_is_kept_as_digits_and_goes_with_the_sim(tmp_path: Path, said: str) -> None:
    @virtual
    async def talk() -> None:
        async with gateway(tmp_path) as made:
            await tell(made, ready())
            await tell(made, replace(ready(), msisdn=said))
            assert (await row(made)).msisdn == "6281200000001"
            writes = made.writes()
            await tell(made, ready())
            await tell(made, replace(ready(), msisdn=said))
            assert (await row(made)).msisdn == "6281200000001", "what is not told is not forgotten"
            assert made.writes() == writes
            await tell(made, ready(replace(WHOLE, iccid=OTHER_CARD, imsi=OTHER_IMSI)))
            assert (await row(made)).msisdn == ""

    talk()


@pytest.mark.parametrize("said", ["123", "0000000", "+0812000000"])
def test_what_is_no_number_is_not_kept(tmp_path: Path, said: str) -> None:
    @virtual
    async def talk() -> None:
        async with gateway(tmp_path) as made:
            await tell(made, replace(ready(), msisdn=said))
            assert (await row(made)).msisdn == ""
            assert (await row(made)).imei == IMEI

    talk()


@virtual
async def test_another_modem_is_an_alarm_and_nothing_of_it_is_learned(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await tell(made, ready())
        await tell(made, ready(replace(WHOLE, imei=OTHER_IMEI, model="M2")))
        assert made.alarms() == {"modem_changed"}
        assert "otppi modem set east imei=any" in remedy(made, "modem_changed")
        assert (await row(made)).imei == IMEI
        assert (await row(made)).model == "M1"
        await tell(made, ready())
        assert made.alarms() == set(), "the right one is back"


@virtual
async def test_a_stranger_who_is_accepted_is_learned(tmp_path: Path) -> None:
    stranger = Identity("Maker", "M2", "2.0", OTHER_IMEI, OTHER_IMSI, OTHER_CARD)
    async with gateway(tmp_path) as made:
        await tell(made, ready())
        await tell(made, ABSENT)
        made.app.acquaintance.stranger("east")
        assert made.alarms() == {"modem_changed", "modem_state"}
        accepted: dict[str, Any] = dict(FORGOTTEN)
        await made.change_modem("east", **accepted)
        assert made.alarms() == {"modem_state"}
        await tell(made, ready(stranger, operator="Other"))
        assert identity(made) == stranger
        assert made.alarms() == {"modem_state"}, "a new modem with a new SIM is no swapped SIM"


@virtual
async def test_the_alarm_ends_with_the_modem_and_where_nobody_is_in_its_place(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east"), modem("west")) as made:
        for name in ("east", "west"):
            await tell(made, ready(replace(PLATE, imei=IMEI if name == "east" else "0" * 15)), name)
            made.app.acquaintance.stranger(name)
        made.app.acquaintance.nobody("east")
        assert made.alarms() == {"modem_changed", "imei_invalid"}
        await made.change_modem("west", active=False)
        assert made.alarms() == set()


@pytest.mark.parametrize(
    ("imei", "words"),
    [("004402450000018", "wrong check digit"), ("000000000000000", "placeholder"), ("00440245000001", "15 digits")],
)
def test_an_imei_that_cannot_be_right_is_said(tmp_path: Path, imei: str, words: str) -> None:
    @virtual
    async def talk() -> None:
        async with gateway(tmp_path) as made:
            await tell(made, ready(replace(WHOLE, imei=imei)))
            assert made.alarms() == {"imei_invalid"}
            assert words in remedy(made, "imei_invalid")
            assert imei not in remedy(made, "imei_invalid")

    talk()


@virtual
async def test_two_modems_of_one_imei_are_said_and_a_right_one_clears_it(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east"), modem("west")) as made:
        await tell(made, ready())
        await tell(made, ready(replace(WHOLE, iccid=OTHER_CARD, imsi=OTHER_IMSI)), "west")
        assert made.alarms() == {"imei_invalid"}
        assert "the same IMEI as east" in remedy(made, "imei_invalid")
        await tell(made, ABSENT, "west")
        await made.change_modem("west", **FORGOTTEN)
        await tell(made, ready(replace(WHOLE, imei=OTHER_IMEI, iccid=OTHER_CARD)), "west")
        assert made.alarms() == {"modem_state"}


@virtual
async def test_what_is_forgotten_of_a_modem_that_is_there_is_learned_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        await tell(made, ready())
        await made.change_modem("east", **FORGOTTEN)
        await made.settle()
        assert identity(made) == WHOLE


@virtual
async def test_a_store_that_cannot_commit_is_asked_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as made:
        made.disk.broken = True
        await tell(made, ready())
        assert identity(made) == WHOLE
        made.disk.broken = False
        await made.settle(2)
        assert (await row(made)).imei == IMEI


@virtual
async def test_a_modem_that_was_removed_meanwhile_is_nothing_to_write(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east"), modem("west")) as made:
        await made.store.modems.remove("east")
        await tell(made, ready())
        await tell(made, ready(replace(WHOLE, imei=OTHER_IMEI)), "west")
        assert (await row(made, "west")).imei == OTHER_IMEI


@virtual
async def test_no_number_of_modem_or_subscriber_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with gateway(tmp_path) as made:
            await tell(made, replace(ready(), msisdn="+6281200000001"))
            await tell(made, ready(replace(WHOLE, iccid=OTHER_CARD, imsi=OTHER_IMSI)))
            await tell(made, ready(replace(WHOLE, imei=OTHER_IMEI)))
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "another SIM" in logged
    assert not [
        number for number in (IMEI, OTHER_IMEI, CARD, OTHER_CARD, IMSI, OTHER_IMSI, "81200000") if number in logged
    ]
