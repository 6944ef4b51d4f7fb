"""Modems that go and come back under other names, or in each other's place, while the gateway runs on real ptys."""

from __future__ import annotations

import json
import os
import random
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from gateway import UNDER_WAY, Site, site, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(60 + 12 * int(os.environ.get("OTPPI_STORMS", "10")))]

TWO = (("east", ("--prefix", "62871")), ("west", ("--prefix", "62872")))
EIGHT: Final = tuple((f"m{number}", ("--default",)) for number in range(8))
STORMS: Final = int(os.environ.get("OTPPI_STORMS", "10"))
BACK_WITHIN: Final = 5.0
"""Seconds from the return of a modem to its use."""


def shown(place: Site, name: str) -> dict[str, Any]:
    """`otppi modem show NAME --json`."""
    row: dict[str, Any] = json.loads(place.owner("modem", "show", name, "--json"))
    return row


def states(place: Site) -> dict[str, str]:
    """The state of each modem."""
    return {row["name"]: row["state"] for row in json.loads(place.owner("modem", "list", "--json"))}


def alarms(place: Site) -> set[tuple[str, str]]:
    """What stands, as (kind, object), but for `modem_state`: that stands until its modem has worked for a while."""
    rows = json.loads(place.owner("alarm", "list", "--json"))
    return {(row["kind"], row["object"]) for row in rows if row["kind"] != "modem_state"}


def counted(place: Site) -> tuple[int, int]:
    """How many modems are ready, and how many there are."""
    modems = place.health()["modems"]
    return sum(modems.get(state, 0) for state in ("ready", "busy")), sum(modems.values())


def all_back(place: Site, since: float) -> float:
    """Wait until all are ready; how long it took."""
    until(lambda: counted(place)[0] == len(place.modems), "every modem back", 20)
    return time.monotonic() - since


def descriptors(place: Site) -> int:
    """What the gateway has open."""
    assert place.gateway is not None
    return len(list(Path(f"/proc/{place.gateway.pid}/fd").iterdir()))


def learned(place: Site, *names: str) -> None:
    """Wait until the gateway has noted who these are."""
    until(lambda: all(shown(place, name)["iccid"] for name in names), "the modems introduced")


@pytest.mark.feature("X07")
def test_a_modem_that_comes_back_under_another_name_is_used_again_at_once(tmp_path: Path) -> None:
    with site(tmp_path, modems=TWO) as place:
        learned(place, "east", "west")
        place.control.order("unplug", "modem0")
        until(lambda: counted(place)[0] == 1, "east gone")
        time.sleep(10)  # by now it is looked for seldom
        place.control.order("replug", "modem0", link="modem7")
        began = time.monotonic()
        assert all_back(place, began) < BACK_WITHIN
        row = shown(place, "east")
        assert (row["port"], row["open_port"]) == (str(place.ports / "modem0"), str(place.ports / "modem7"))
        assert place.call("send-sms", receiver="6287100001234", message="Halo")["response_code"] == "000"
        assert until(lambda: place.aired("6287100001234"), "the SMS")[0].modem == "modem0"
        assert alarms(place) == set()


@pytest.mark.feature("X07")
def test_modems_that_were_swapped_find_each_other(tmp_path: Path) -> None:
    with site(tmp_path, modems=TWO) as place:
        learned(place, "east", "west")
        for modem in ("modem0", "modem1"):
            place.control.order("unplug", modem)
        until(lambda: counted(place)[0] == 0, "both gone")
        time.sleep(3)
        place.control.order("replug", "modem0", link="modem1")
        place.control.order("replug", "modem1", link="modem0")
        began = time.monotonic()
        assert all_back(place, began) < BACK_WITHIN
        for number in (1, 2):
            assert place.call("send-sms", receiver=f"6287{number}00001234", message="Halo")["response_code"] == "000"
            (sms,) = until(partial(place.aired, f"6287{number}00001234"), "the SMS")
            assert sms.modem == f"modem{number - 1}", "each carries its own prefix, wherever it is plugged in"
        assert alarms(place) == set()


def test_a_restart_knows_the_modems_wherever_they_are_meanwhile(tmp_path: Path) -> None:
    with site(tmp_path, modems=TWO) as place:
        learned(place, "east", "west")
        place.stop()
        place.control.order("unplug")
        place.control.order("replug", "modem0", link="modem1")
        place.control.order("replug", "modem1", link="modem5")
        place.start()
        assert Path(shown(place, "east")["open_port"]).name == "modem1"
        assert Path(shown(place, "west")["open_port"]).name == "modem5"


def test_another_modem_in_the_place_of_one_is_not_used_until_the_owner_accepts_it(tmp_path: Path) -> None:
    with site(tmp_path, modems=TWO) as place:
        learned(place, "east", "west")
        place.owner("modem", "remove", "west", "--yes")
        for modem in ("modem0", "modem1"):
            place.control.order("unplug", modem)
        until(lambda: counted(place)[0] == 0, "both gone")
        place.control.order("replug", "modem1", link="modem0")
        until(lambda: ("modem_changed", "east") in alarms(place), "the alarm")
        row = shown(place, "east")
        assert (row["state"], row["open_port"]) == ("absent", "")
        assert row["imei"].startswith("00440245")
        place.owner("modem", "set", "east", "imei=any")
        began = time.monotonic()
        until(lambda: counted(place)[0] == 1, "the other one accepted")
        assert time.monotonic() - began < BACK_WITHIN
        assert alarms(place) == set()


@pytest.mark.feature("F013", "X07")
def test_storms_over_eight_modems_lose_nothing_and_leak_nothing(tmp_path: Path) -> None:
    """Some or all go and come back in each other's place, while messages go out."""
    chance = random.Random(20)  # noqa: S311  to be repeatable
    accepted: list[str] = []
    with site(tmp_path, modems=EIGHT, settings={"in_doubt.hold_for": "1s"}) as place:
        learned(place, *(name for name, _ in EIGHT))
        before = descriptors(place)
        slowest = 0.0
        for storm in range(STORMS):
            for number in range(4):
                reply = place.call("send-sms", receiver=f"62812{storm:04}{number:03}", message="Halo")
                assert reply["response_code"] == "000"
                accepted.append(reply["data"]["id"])
            slowest = max(slowest, _storm(place, chance))
        print(f"{STORMS} storms, slowest return {slowest:.2f} s")
        assert slowest < BACK_WITHIN
        rows = until(lambda: _ended(place), "the end of every message", 30)
        aired = {entry.number.lstrip("+") for entry in place.aired()}
        assert set(rows) == set(accepted)
        lost = [row for row in rows.values() if row["status"] != "sent" and not row["outcome_unknown"]]
        assert lost == []
        assert len(aired) >= sum(row["status"] == "sent" for row in rows.values())
        until(lambda: descriptors(place) <= before, "every descriptor given back", 10)
        log = place.log.read_text()
        assert not [name for name, status in place.control.status().items() if status["imei"] in log]


def _storm(place: Site, chance: random.Random) -> float:
    """Some modems go at once, and come back on each other's names in any order; the seconds until all are back."""
    modems = [f"modem{number}" for number in range(8)]
    gone = chance.sample(modems, chance.choice((2, 5, 8)))
    links = [Path(answer["link"]).name for answer in (place.control.status(name)[name] for name in gone)]
    for name in gone:
        place.control.order("unplug", name)
    until(lambda: counted(place)[0] <= 8 - len(gone), "they are gone")
    time.sleep(chance.choice((0.0, 0.5, 2.0)))
    chance.shuffle(links)
    for name, link in zip(gone, links, strict=True):
        place.control.order("replug", name, link=link)
    return all_back(place, time.monotonic())


def _ended(place: Site) -> dict[str, dict[str, Any]] | None:
    rows = place.messages()
    return None if any(row["status"] in UNDER_WAY for row in rows.values()) else rows


def test_another_sim_in_a_modem_is_noticed(tmp_path: Path) -> None:
    with site(tmp_path, modems=TWO[:1]) as place:
        learned(place, "east")
        before = shown(place, "east")
        place.control.order("unplug", "modem0")
        place.control.order("insert_sim", "modem0", card=5)
        place.control.order("replug", "modem0")
        until(lambda: ("sim_changed", "east") in alarms(place), "the notice")
        place.all_ready()
        after = shown(place, "east")
        assert (after["imei"], after["model"]) == (before["imei"], before["model"])
