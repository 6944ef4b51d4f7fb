"""Who is let in at the broker, before any upgrade, and that nobody learns from a refusal which names exist."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from otppi.ports.passwords import Busy
from otppi.wsbroker.door import Door, Guest, TurnedAway
from otppi.wsbroker.slowing import FREE_FAILURES, Slowing
from otppi.wsbroker.topics import CLIENTS_MOST, CLIENTS_PER_USER, Topics
from otppi.wsbroker.users import UsersFile

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.domain.secret import Secret

STORED = "$argon2id$of-shop"
TARGET = "/ws?topic=sms"


class Checks:
    """Passwords whose right one is `right`; notes what was checked against what."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.asked: list[tuple[str, str | None]] = []
        self.busy = False

    def cached(self, name: str, password: Secret[str], stored: str) -> bool | None:
        return True if name in self.known and password.reveal() == "right" else None

    async def check(self, name: str, password: Secret[str], stored: str | None) -> bool:
        if self.busy:
            raise Busy
        self.asked.append((name, stored))
        return stored is not None and password.reveal() == "right"

    def forget(self, name: str) -> None:
        self.known.discard(name)


class House:
    def __init__(self, folder: Path, path: str = "/") -> None:
        users = folder / "users"
        users.write_text(f"# who may\n\nshop:{STORED}\n")
        users.chmod(0o600)
        self.now = 0.0
        self.passwords, self.slowing = Checks(), Slowing()
        self.door = Door(UsersFile(users), self.passwords, self.slowing, path, lambda: self.now)

    async def enter(self, header: str | None, target: str = TARGET) -> Guest | int:
        try:
            return await self.door.enter(target, header, "192.0.2.1")
        except TurnedAway as refusal:
            return refusal.status


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.feature("F141")
async def test_who_is_right_is_let_in_to_the_topic(house: House) -> None:
    guest = await house.enter(basic("shop", "right"), "/any/path?x=1&topic=sms%20eu")
    assert not isinstance(guest, int)
    assert (guest.user, guest.topic, guest.address, guest.stored) == ("shop", "sms eu", "192.0.2.1", STORED)
    assert STORED not in repr(guest)


@pytest.mark.parametrize(
    "header", [None, "", "Basic", "Basic ???", "Bearer x", "Basic OnJpZ2h0", basic("nobody", "right"), "Basic /w=="]
)
async def test_who_is_unknown_costs_a_check_all_the_same(house: House, header: str | None) -> None:
    assert await house.enter(header) == 401
    assert [stored for _, stored in house.passwords.asked] == [None]


async def test_a_refusal_says_nothing_of_path_and_topic(house: House) -> None:
    assert await house.enter(basic("shop", "wrong"), "/elsewhere") == 401
    assert house.passwords.asked == [("shop", STORED)]


async def test_too_many_wrong_ones_are_turned_away_unless_known(house: House) -> None:
    for _ in range(FREE_FAILURES):
        assert await house.enter(basic("shop", "wrong")) == 401
    house.slowing.wait("192.0.2.1", 0.0)
    for _ in range(5):
        house.slowing.wait("192.0.2.1", 0.0)
    with pytest.raises(TurnedAway) as refused:
        await house.door.enter(TARGET, basic("shop", "right"), "192.0.2.1")
    assert (refused.value.status, refused.value.retry_after) == (429, 8)
    house.passwords.known.add("shop")
    assert not isinstance(await house.enter(basic("shop", "right")), int)


async def test_a_crowd_of_sign_ins_is_503_and_no_failure(house: House) -> None:
    house.passwords.busy = True
    assert [await house.enter(None) for _ in range(FREE_FAILURES + 1)] == [503] * (FREE_FAILURES + 1)
    assert house.slowing.wait("192.0.2.1", 0.0) == 0.0


@pytest.mark.feature("F049")
async def test_the_path_is_compared_by_its_parts(tmp_path: Path) -> None:
    house = House(tmp_path, "/ws/")
    statuses = [await house.enter(basic("shop", "right"), f"{path}?topic=a") for path in ("/ws", "/ws/x", "/wsx", "/")]
    assert [each if isinstance(each, int) else 101 for each in statuses] == [101, 101, 404, 404]


def guest_of(user: str, topic: str = "t") -> Guest:

    return Guest(user, topic, "", STORED)


def test_there_is_room_for_100_of_a_user_and_1000_in_all() -> None:
    topics: Topics[int] = Topics()
    guests = [guest_of(f"user {number % 10}") for number in range(CLIENTS_MOST)]
    for number, guest in enumerate(guests[:-1]):
        topics.join(guest, number)
    with pytest.raises(TurnedAway) as full_of_user:
        topics.join(guest_of("user 0"), 0)
    assert full_of_user.value.status == 429
    topics.join(guests[-1], 999)
    with pytest.raises(TurnedAway) as full:
        topics.join(guest_of("somebody else"), 0)
    assert full.value.status == 503
    topics.leave(guests[0])
    topics.join(guest_of("user 0"), 1000)
    assert len(topics) == CLIENTS_MOST == 10 * CLIENTS_PER_USER


@pytest.mark.feature("F141")
def test_others_are_those_of_the_topic_without_oneself() -> None:
    topics: Topics[str] = Topics()
    one, two, far = guest_of("u"), guest_of("u"), guest_of("u", "far")
    for name, guest in (("one", one), ("two", two), ("far", far)):
        topics.join(guest, name)
    assert (topics.others(one), topics.others(two), topics.others(far)) == (["two"], ["one"], [])
    topics.leave(two)
    assert topics.others(one) == []
    assert dict(topics.all()) == {one: "one", far: "far"}
