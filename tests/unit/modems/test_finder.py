"""The finder on ports in memory and virtual time: who is handed over, who is asked, who is left alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from bench import virtual

from otppi.modems.errors import PortUnavailable
from otppi.modems.finder import Finder, Owned
from otppi.modems.port_memory import ASK_AGAIN_SECONDS
from otppi.modems.visits import PortsInUse
from otppi.modems.wording import STRANGER
from otppi.ports.modem import Identity, LineSettings

if TYPE_CHECKING:
    from otppi.modems.transport import Receiver, Wire

IMEI = ("004402450000017", "004402450000025", "004402450000033")
EAST, WEST, OTHER = (Identity(imei=imei) for imei in IMEI)


class Ear:
    """A driver that only listens."""

    def __init__(self) -> None:
        self.heard = b""
        self.gone: list[str] = []

    def received(self, data: bytes) -> None:
        self.heard += data

    def lost(self, reason: str) -> None:
        self.gone.append(reason)


@dataclass
class Modem:
    """Answers AT, its IMEI and its SIM's numbers; silent ones nothing."""

    imei: str = ""
    iccid: str = ""
    imsi: str = ""
    silent: bool = False
    number: int = 1
    baud: int = 0
    """The only speed at which it is understood; 0 for any."""
    heard: list[str] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def answer(self, command: str) -> str:
        self.heard.append(command)
        said = {"AT+CGMI": "Maker", "AT+CGSN": self.imei, "AT+CIMI": self.imsi, "AT+CCID": self.iccid}.get(command, "")
        return f"\r\n{said}\r\n\r\nOK\r\n" if said else "\r\nOK\r\n"


class Plug:
    def __init__(self, room: Room, settings: LineSettings, receiver: Receiver) -> None:
        self._room, self._path, self.receiver = room, settings.port, receiver
        self._deaf = room.modems[settings.port].baud not in (0, settings.baud)

    def write(self, data: bytes) -> None:
        modem = self._room.modems[self._path]
        for line in data.decode().replace("\x1b", "").split("\r"):
            if line and not modem.silent and not self._deaf:
                asyncio.get_running_loop().call_soon(self.receiver.received, modem.answer(line).encode())

    async def close(self) -> None:
        self._room.open.pop(self._path, None)


class Room:
    """Ports by path with a modem at each, a finder, and who is configured."""

    def __init__(self, **modems: Modem) -> None:
        self.modems = {f"/ports/{name}": modem for name, modem in modems.items()}
        self.open: dict[str, Plug] = {}
        self.known: dict[str, Identity] = {}
        self.left_alone: tuple[str, ...] = ()
        self.strangers: list[str] = []
        self.missed: list[str] = []
        self.lists = 0
        self.listing_takes = 0.0
        self.register = PortsInUse()
        self.finder = Finder(
            self.register,
            lambda: Owned(self.known, self.left_alone),
            self.around,
            self,
            self.connect,
            lambda _path: frozenset(self.modems),
            lambda path: (self.modems[path].number,) if path in self.modems else None,
        )

    def stranger(self, name: str) -> None:
        self.strangers.append(name)

    def nobody(self, name: str) -> None:
        self.missed.append(name)

    async def around(self, _port: str) -> list[str]:
        self.lists += 1
        seen = sorted(self.modems)
        await asyncio.sleep(self.listing_takes)
        return seen

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        if settings.port not in self.modems:
            raise PortUnavailable("The port cannot be used: No such file or directory.")
        assert settings.port not in self.open, "no port is opened twice"
        await asyncio.sleep(0.001)
        self.modems[settings.port].asked.append(asyncio.get_running_loop().time())
        plug = self.open[settings.port] = Plug(self, settings, receiver)
        return plug

    async def find(self, name: str, port: str) -> tuple[Wire, Ear]:
        ear = Ear()
        return await self.finder.connect(LineSettings(name, f"/ports/{port}"), ear), ear

    async def refused(self, name: str, port: str) -> str:
        with pytest.raises(PortUnavailable) as refusal:
            await self.find(name, port)
        return str(refusal.value)


@virtual
async def test_the_modem_on_its_path_is_handed_over_open() -> None:
    room = Room(a=Modem(IMEI[0]))
    room.known = {"east": EAST}
    wire, ear = await room.find("east", "a")
    wire.write(b"AT\r")
    await asyncio.sleep(0)
    assert ear.heard == b"\r\nOK\r\n"
    room.open["/ports/a"].receiver.lost("The port was closed.")
    assert ear.gone == ["The port was closed."]
    await wire.close()
    assert room.open == {}


@virtual
async def test_a_modem_under_another_name_is_found_by_its_imei() -> None:
    room = Room(b=Modem(IMEI[1]), c=Modem(IMEI[0]), d=Modem(silent=True))
    room.known = {"east": EAST}
    await room.find("east", "a")
    assert list(room.open) == ["/ports/c"], "the others were closed again"
    assert room.strangers == []


@virtual
async def test_a_list_of_ports_serves_all_who_ask_before_it_begins_and_nobody_who_asks_later() -> None:
    room = Room(b=Modem(IMEI[0]))
    room.known = {"east": EAST, "west": WEST}
    room.listing_takes = 2.0
    waiting = [asyncio.create_task(room.find("east", "a"))]
    await asyncio.sleep(1)
    room.modems["/ports/c"] = Modem(IMEI[1])
    waiting += [asyncio.create_task(room.find("west", path)) for path in ("a", "x", "y")]
    await asyncio.gather(*waiting, return_exceptions=True)  # west is found once, then its port is in use
    assert set(room.open) == {"/ports/b", "/ports/c"}, "west is found at a port that came after the first list began"
    assert room.lists == 2


@pytest.mark.parametrize("who", [Identity(iccid="8900101000000000017"), Identity(imsi="001010000000001")])
def test_a_modem_that_tells_no_imei_is_found_by_its_sim(who: Identity) -> None:
    @virtual
    async def look() -> None:
        room = Room(b=Modem(iccid="8900101000000000025"), c=Modem(iccid=who.iccid, imsi=who.imsi))
        room.known = {"east": who}
        await room.find("east", "a")
        assert list(room.open) == ["/ports/c"]

    look()


@virtual
async def test_two_that_were_swapped_find_each_other() -> None:
    room = Room(a=Modem(IMEI[1]), b=Modem(IMEI[0]))
    room.known = {"east": EAST, "west": WEST}
    (_, first), (_, second) = await asyncio.gather(room.find("east", "a"), room.find("west", "b"))
    assert set(room.open) == {"/ports/a", "/ports/b"}
    room.open["/ports/b"].receiver.received(b"to east")
    assert (first.heard, second.heard) == (b"to east", b"")
    assert room.strangers == []


@virtual
async def test_a_stranger_on_the_path_is_refused_and_told_and_seldom_asked() -> None:
    room = Room(a=Modem(IMEI[2]))
    room.known = {"east": EAST}
    for _ in range(3):
        assert await room.refused("east", "a") == STRANGER
        await asyncio.sleep(2)
    assert (room.strangers, room.missed) == (["east"] * 3, [])
    assert len(room.modems["/ports/a"].asked) == 1
    await asyncio.sleep(ASK_AGAIN_SECONDS)
    await room.refused("east", "a")
    assert len(room.modems["/ports/a"].asked) == 2
    assert room.open == {}
    del room.modems["/ports/a"]
    await room.refused("east", "a")
    assert room.missed == ["east"], "it has gone, so nobody is in the place"


@virtual
async def test_another_device_behind_the_same_path_is_asked_at_once() -> None:
    room = Room(a=Modem(IMEI[2]))
    room.known = {"east": EAST}
    await room.refused("east", "a")
    room.modems["/ports/a"] = Modem(IMEI[0], number=2)
    await room.find("east", "a")
    assert list(room.open) == ["/ports/a"]


@virtual
async def test_a_silent_path_is_handed_over_for_a_thorough_wake() -> None:
    room = Room(a=Modem(silent=True), b=Modem(IMEI[2]))
    room.known = {"east": EAST}
    wire, _ = await room.find("east", "a")
    assert list(room.open) == ["/ports/a"]
    await wire.close()
    assert room.register.holder("/ports/a") is None


@virtual
async def test_silent_ports_are_asked_less_and_less_often() -> None:
    room = Room(b=Modem(silent=True))
    room.known = {"east": EAST}
    while asyncio.get_running_loop().time() < 120:
        await room.refused("east", "a")
        await asyncio.sleep(0.5)
    asked = room.modems["/ports/b"].asked
    gaps = [round(later - earlier, 3) for earlier, later in pairwise(asked)]
    assert 5 <= len(asked) <= 9
    assert gaps == sorted(gaps)


@virtual
async def test_a_port_in_use_is_never_opened() -> None:
    room = Room(a=Modem(IMEI[1]))
    room.known = {"west": WEST}
    await room.find("west", "a")
    room.known["east"] = EAST
    assert "configured as west" in await room.refused("east", "a")
    room.known["west"] = Identity()
    room.known["east"] = WEST
    assert "in use" in await room.refused("east", "a")
    assert len(room.modems["/ports/a"].asked) == 1


@virtual
async def test_a_newcomer_takes_whoever_is_there_but_for_one_that_is_missed() -> None:
    room = Room(a=Modem(IMEI[0]), b=Modem(IMEI[2]))
    await (await room.find("new", "b"))[0].close()
    room.known = {"east": EAST}
    assert "configured as east" in await room.refused("new", "a")
    await room.find("new", "b")
    assert list(room.open) == ["/ports/b"]


@virtual
async def test_a_copied_imei_of_a_modem_that_is_there_keeps_no_newcomer_away() -> None:
    room = Room(a=Modem(IMEI[0]), b=Modem(IMEI[0]))
    room.known = {"east": EAST}
    await room.find("east", "a")
    await room.find("new", "b")
    assert set(room.open) == {"/ports/a", "/ports/b"}


@virtual
async def test_a_search_that_is_given_up_leaves_nothing_open() -> None:
    room = Room(a=Modem(silent=True), b=Modem(silent=True), c=Modem(IMEI[2]))
    room.known = {"east": EAST}
    for seconds in (0.05, 0.5, 1.75, 2.0, 3.0):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await room.find("east", "a")
        await asyncio.sleep(0.01)
        assert room.open == {}
        assert room.register.holder("/ports/a") is None
        assert room.register.holder("/ports/b") is None


@virtual
async def test_a_line_lost_while_it_is_asked_is_no_modem() -> None:
    room = Room(a=Modem(IMEI[0], silent=True))
    room.known = {"east": EAST}
    asking = asyncio.create_task(room.refused("east", "a"))
    await asyncio.sleep(0.3)
    room.open["/ports/a"].receiver.lost("The port was closed.")
    assert await asking
    assert room.register.holder("/ports/a") is None


@virtual
async def test_tcp_is_opened_as_it_is() -> None:
    room = Room()
    room.modems["tcp://host:1"] = Modem(IMEI[2])
    room.known = {"east": EAST}
    await room.finder.connect(LineSettings("east", "tcp://host:1"), Ear())
    assert list(room.open) == ["tcp://host:1"]
    with pytest.raises(PortUnavailable):
        await room.finder.connect(LineSettings("east", "tcp://host:2"), Ear())
    assert room.missed == ["east"]


@virtual
async def test_eight_that_come_back_shuffled_are_all_found_at_once() -> None:
    names = [f"m{number}" for number in range(8)]
    imeis = [f"0044024500{number:04}1" for number in range(8)]
    room = Room(**{f"p{number}": Modem(imeis[(number * 3 + 1) % 8]) for number in range(8)}, mute=Modem(silent=True))
    room.known = dict(zip(names, (Identity(imei=imei) for imei in imeis), strict=True))
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(room.find(name, f"p{number}") for number, name in enumerate(names)))
    assert asyncio.get_running_loop().time() - began < 5
    assert len(room.open) == 8
    assert "/ports/mute" not in room.open
    for number, name in enumerate(names):
        assert room.register.holder(f"/ports/p{[(each * 3 + 1) % 8 for each in range(8)].index(number)}") == name
    assert len(asyncio.all_tasks()) == 1, "no search is left behind"
    assert room.strangers == []


@pytest.mark.feature("X07")
@virtual
async def test_a_modem_that_answers_is_not_kept_waiting_by_ports_that_do_not() -> None:
    room = Room(b=Modem(silent=True), c=Modem(IMEI[0]), d=Modem(silent=True))
    room.known = {"east": EAST}
    await room.find("east", "a")
    assert asyncio.get_running_loop().time() < 0.5
    assert list(room.open) == ["/ports/c"]


@virtual
async def test_modems_with_one_imei_are_told_apart_by_their_cards() -> None:
    cards = ("8900101000000000017", "8900101000000000025")
    room = Room(a=Modem(IMEI[0], cards[1]), b=Modem(IMEI[0], cards[0]))
    room.known = {
        "east": Identity(imei=IMEI[0], iccid=cards[0]),
        "west": Identity(imei=IMEI[0], iccid=cards[1]),
    }
    await room.find("east", "a")
    assert list(room.open) == ["/ports/b"]


@virtual
async def test_the_name_with_the_software_version_is_the_same_name() -> None:
    room = Room(a=Modem(IMEI[0][:14] + "07"))
    room.known = {"east": EAST}
    await room.find("east", "a")
    assert list(room.open) == ["/ports/a"]


@virtual
async def test_silence_at_one_speed_says_nothing_of_another() -> None:
    room = Room(b=Modem(IMEI[0], baud=9600))
    room.known = {"west": WEST, "east": EAST}
    await room.refused("west", "a")
    ear = Ear()
    await room.finder.connect(LineSettings("east", "/ports/a", baud=9600), ear)
    assert list(room.open) == ["/ports/b"]


@virtual
async def test_the_port_of_a_modem_that_is_left_alone_is_never_opened() -> None:
    room = Room(a=Modem(IMEI[0]), b=Modem(IMEI[1]))
    room.left_alone = ("/ports/a", "/ports/b")
    room.known = {"east": EAST}
    assert "left alone" in await room.refused("east", "a")
    assert [modem.asked for modem in room.modems.values()] == [[], []]


@virtual
async def test_a_modem_that_tells_nothing_of_itself_is_taken_at_its_place() -> None:
    room = Room(a=Modem())
    room.known = {"east": EAST}
    await room.find("east", "a")
    assert list(room.open) == ["/ports/a"]


@virtual
async def test_asking_changes_nothing_but_echo_and_the_form_of_errors() -> None:
    room = Room(b=Modem(iccid="8900101000000000025"), c=Modem(IMEI[2]))
    room.known = {"east": EAST}
    await room.refused("east", "a")
    heard = {command for modem in room.modems.values() for command in modem.heard}
    asked = {command for command in heard if command.endswith("?") or command in ("AT+CIMI", "AT+CCID", "AT")}
    named = {"AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN"}
    assert heard - asked - named == {"ATE0", "ATV1", "AT+CMEE=1"}


@virtual
async def test_another_port_and_another_owner_are_news_and_nothing_else_is() -> None:
    room = Room(a=Modem(IMEI[2]))
    room.known = {"east": EAST}
    settings = LineSettings("east", "/ports/a")
    before = room.finder.look(settings)
    room.modems["/ports/b"] = Modem(IMEI[0])
    assert room.finder.look(settings) == before, "one look serves a moment"
    await asyncio.sleep(0.3)
    assert room.finder.look(settings) - before == {"/ports/b"}
    room.known["east"] = Identity()
    assert {("east", Identity())} < room.finder.look(settings) - before
    room.modems["/ports/a"].number = 2
    assert (2,) in room.finder.look(settings)
    tcp = LineSettings("east", "tcp://host:1")
    assert room.finder.look(tcp) == {("east", Identity())}


def test_only_the_modem_itself_is_driven_as_it_and_a_stranger_is_told() -> None:
    room = Room()
    room.known = {"east": EAST, "west": WEST, "new": Identity()}
    assert room.finder.admits("east", EAST)
    assert room.finder.admits("east", Identity(manufacturer="Maker"))
    assert room.finder.admits("new", OTHER)
    assert not room.finder.admits("east", WEST)
    assert room.strangers == [], "west is no stranger"
    assert not room.finder.admits("east", OTHER)
    assert room.strangers == ["east"]
