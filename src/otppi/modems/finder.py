"""Finder: opens the port of a modem that is known by IMEI, ICCID and IMSI, wherever it is plugged in now.

The configured path is only a hint. Where somebody else answers there, or nobody is, the ports round about are asked for
their identity: each seldom, none that is in use. A modem that is not known yet is whoever answers on its path.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from otppi.domain.recognition import Face, copied
from otppi.modems.errors import PortUnavailable
from otppi.modems.introductions import introduce
from otppi.modems.port_memory import PortMemory
from otppi.modems.sysfs import near
from otppi.modems.transport import TCP, open_port, port_mark
from otppi.modems.visits import PortsInUse, Visit, device_of, visit
from otppi.modems.wording import STRANGER
from otppi.ports.modem import Identity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from otppi.modems.transport import Connect, Receiver, Wire
    from otppi.ports.modem import LineSettings

log = logging.getLogger(__name__)

_BELONGS: Final = "The modem on this port is configured as {}."
_LEFT_ALONE: Final = "The port belongs to a modem that is left alone."
_AT_ONCE: Final = 16
_NEAR_SECONDS: Final = 0.25
"""How long one look at the names of ports serves all lines that wait."""


@dataclass(frozen=True, slots=True)
class Owned:
    """What the finder needs to know of the configured modems. `identities` by name, empty where nothing is known yet;
    `left_alone` are the paths nobody may open (internet modems)."""

    identities: Mapping[str, Identity]
    left_alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Home:
    """What is on the configured path: the modem itself or, with `silent`, somebody who does not answer; else `who`
    answered, or nobody could be asked, for `reason`."""

    visit: Visit | None = None
    silent: bool = False
    who: Face | None = None
    reason: str = STRANGER


class Witness(Protocol):
    """Is told who is in the place of a configured modem that is nowhere; `name` is that modem's."""

    def stranger(self, name: str) -> None:
        """One that is not configured."""

    def nobody(self, name: str) -> None:
        """Nobody that answers."""


class Finder:
    """One for all modems of the process. `owned` tells who is configured; `around` the paths worth asking for a modem
    whose path is given, best first. `near` gives marks that change when `around` would name another port, `mark` that
    of one path."""

    def __init__(
        self,
        register: PortsInUse,
        owned: Callable[[], Owned],
        around: Callable[[str], Awaitable[Iterable[str]]],
        witness: Witness,
        connect: Connect = open_port,
        near: Callable[[str], frozenset[object]] = near,
        mark: Callable[[str], tuple[int, ...] | None] = port_mark,
    ) -> None:
        self._register = register
        self._owned = owned
        self._around = around
        self._witness = witness
        self._connect = connect
        self._near = near
        self._mark = mark
        self._memory = PortMemory(mark)
        self._seen: dict[str, tuple[float, frozenset[object]]] = {}
        self._lists: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._listing = asyncio.Lock()
        self._searching = asyncio.Lock()

    # -- what a line is given ----------------------------------------------------------------------------------------

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        """As `transport.Connect`: the open line of the modem `settings` name. Raises PortUnavailable."""
        if settings.port.startswith(TCP):
            return await self._far(settings, receiver)
        own = self._faces().get(settings.name, Face())
        found = await (self._acquainted(settings, own) if own.known else self._newcomer(settings))
        try:
            return found.hand_over(receiver)
        except PortUnavailable:
            await found.close()
            raise

    async def _far(self, settings: LineSettings, receiver: Receiver) -> Wire:
        """A TCP port cannot move; who answers there is seen when the line has asked (`admits`)."""
        try:
            return await self._connect(settings, receiver)
        except PortUnavailable:
            self._witness.nobody(settings.name)
            raise

    def look(self, settings: LineSettings) -> frozenset[object]:
        """As `transport.Look`: the ports round about, and who is looked for, which the owner may change."""
        own = (settings.name, self._owned().identities.get(settings.name))
        if settings.port.startswith(TCP):
            return frozenset({own})
        mark = self._mark(settings.port)
        return self._names(settings.port) | ({own} if mark is None else {own, mark})

    def admits(self, name: str, who: Identity) -> bool:
        """Whether a modem that answers on the line of `name` may be driven as that one. Where it may not, it is told
        as a stranger."""
        faces = self._faces()
        face = self._face(who)
        if not faces.get(name, Face()).differs(face):
            return True
        if not any(each.same(face) for each in faces.values()):
            self._witness.stranger(name)
        return False

    # -- at home -----------------------------------------------------------------------------------------------------

    async def _newcomer(self, settings: LineSettings) -> Visit:
        """Whoever answers on the path, but for a modem that is configured under another name and missed there."""
        others = {name: face for name, face in self._faces().items() if name != settings.name and face.known}
        opened = await self._visit(settings, settings.port)
        who = await self._ask(opened) if others else None
        missed = [name for name, face in others.items() if who and face.same(who) and not self._register.holds(name)]
        if missed:
            await opened.close()
            raise PortUnavailable(_BELONGS.format(missed[0]))
        return opened

    async def _acquainted(self, settings: LineSettings, own: Face) -> Visit:
        """The modem itself; where nobody answers on its path and it is nowhere else, the silent port."""
        home = await self._at_home(settings, own)
        if home.visit is not None and not home.silent:
            return home.visit
        try:
            found = await self._search(settings, own)
        except BaseException:
            if home.visit is not None:
                await home.visit.close()
            raise
        if found is None:
            return self._nowhere(settings.name, home)
        if home.visit is not None:
            await home.visit.close()
        log.info("modem found at another port modem=%s port=%s", settings.name, found.path)
        return found

    async def _at_home(self, settings: LineSettings, own: Face) -> _Home:
        remembered = self._memory.who(settings.port)
        if remembered is not None and own.differs(remembered):
            return _Home(who=remembered)
        try:
            opened = await self._visit(settings, settings.port)
        except PortUnavailable as unavailable:
            return _Home(reason=str(unavailable))
        who = await self._ask(opened)
        if who is not None and own.same(who):
            return _Home(opened)
        if who is None or not own.differs(who):
            opened.keep()
            return _Home(opened, silent=True)
        await opened.close()
        return _Home(who=who)

    def _nowhere(self, name: str, home: _Home) -> Visit:
        if home.visit is not None:
            return home.visit
        if home.who is not None:
            for other, face in self._faces().items():
                if face.same(home.who):
                    raise PortUnavailable(_BELONGS.format(other))
            self._witness.stranger(name)
        else:
            self._witness.nobody(name)
        raise PortUnavailable(home.reason)

    # -- elsewhere ---------------------------------------------------------------------------------------------------

    async def _search(self, settings: LineSettings, own: Face) -> Visit | None:
        """Ask round; one search at a time, so that what one learns spares the next its questions."""
        listed = await self._listed(settings.port)
        async with self._searching:
            gate = asyncio.Semaphore(_AT_ONCE)
            paths = _distinct((settings.port, *listed))
            knocks = [asyncio.create_task(self._knock(gate, settings, path, own)) for path in paths]
            found: Visit | None = None
            try:
                for knock in asyncio.as_completed(knocks):
                    if (found := await knock) is not None:
                        return found
                return None
            finally:
                await _end(knocks, found)

    async def _listed(self, port: str) -> tuple[str, ...]:
        """The paths round about, listed once for all who ask before it begins: on a busy machine it takes its time. Who
        asks later may know of a port that came meanwhile, so that one gets the next list."""
        folder = os.path.dirname(port)  # noqa: PTH120 - a key, not a file
        listing = self._lists.get(folder)
        if listing is None:
            listing = self._lists[folder] = asyncio.create_task(self._list(folder, port), name=f"ports {folder}")
        return await asyncio.shield(listing)

    async def _list(self, folder: str, port: str) -> tuple[str, ...]:
        async with self._listing:
            del self._lists[folder]
            return tuple(await self._around(port))

    async def _knock(self, gate: asyncio.Semaphore, settings: LineSettings, path: str, own: Face) -> Visit | None:
        async with gate:
            await self._register.until_decided(path)  # another of us asks there: the answer serves us too
            if self._register.holder(path) is not None or not self._memory.worth_asking(path, settings, own):
                return None
            try:
                opened = await self._visit(settings, path)
            except PortUnavailable:
                return None
            who = await self._ask(opened)
            if who is not None and own.same(who):
                return opened
            await opened.close()
            return None

    async def _visit(self, settings: LineSettings, path: str) -> Visit:
        if device_of(path) in map(device_of, self._owned().left_alone):
            raise PortUnavailable(_LEFT_ALONE)
        return await visit(self._register, settings, path, self._connect)

    async def _ask(self, opened: Visit) -> Face | None:
        """Who answers; None for silence. Closes the visit where it is not ended in order."""
        try:
            who = await opened.ask(introduce(lambda imei: bool(self._face(Identity(imei=imei)).body)))
        except PortUnavailable:
            who = None
        except BaseException:
            await opened.close()
            raise
        face = None if who is None else self._face(who)
        self._memory.note(opened.settings, face)
        return face

    # -- what is known -----------------------------------------------------------------------------------------------

    def _faces(self) -> dict[str, Face]:
        identities = self._owned().identities
        several = _copied(identities)
        return {name: _face(identity, several) for name, identity in identities.items()}

    def _face(self, who: Identity) -> Face:
        return _face(who, _copied(self._owned().identities))

    def _names(self, port: str) -> frozenset[object]:
        folder, now = os.path.dirname(port), asyncio.get_running_loop().time()  # noqa: PTH120 - a key, not a file
        if folder not in self._seen or now - self._seen[folder][0] >= _NEAR_SECONDS:
            self._seen[folder] = now, self._near(port)
        return self._seen[folder][1]


async def _end(knocks: Iterable[asyncio.Task[Visit | None]], kept: Visit | None) -> None:
    """End what still asks, and close what was found beside the one that is kept."""
    for knock in knocks:
        knock.cancel()
    for each in await asyncio.gather(*knocks, return_exceptions=True):
        if isinstance(each, Visit) and each is not kept:
            await each.close()


def _copied(identities: Mapping[str, Identity]) -> frozenset[str]:
    return copied(identity.imei for identity in identities.values())


def _face(who: Identity, several: frozenset[str]) -> Face:
    return Face.of(who.imei, who.iccid, who.imsi, copied=several)


def _distinct(paths: Iterable[str]) -> list[str]:
    """One path for each device, the first of its names."""
    return list({device_of(path): path for path in reversed(list(paths))}.values())[::-1]
