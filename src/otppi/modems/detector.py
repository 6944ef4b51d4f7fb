"""Asks all serial ports of the machine who is there, and puts the ports of one modem together.

Opens no port that a modem of this gateway holds; enters no PIN, sends nothing, changes nothing but echo and the form of
errors.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.at.errors import ProfileConflict
from otppi.at.profiles.table import choose_profile
from otppi.domain import imei
from otppi.domain.recognition import one_card
from otppi.modems import sysfs
from otppi.modems.discovery import SerialPort, Surroundings, has_speed, hints, rank, ranked
from otppi.modems.errors import PortUnavailable
from otppi.modems.introductions import portray
from otppi.modems.transport import open_port
from otppi.modems.visits import device_of, visit
from otppi.modems.wording import NO_ANSWER
from otppi.ports.detector import Detection, FoundModem
from otppi.ports.modem import LineSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from otppi.modems.introductions import Portrait
    from otppi.modems.transport import Connect
    from otppi.modems.visits import PortsInUse

_NAME: Final = "modem detect"
"""Under this name ports are held while they are asked."""
_SPEEDS: Final = (115_200, 9600, 19_200, 57_600, 460_800)
_PATIENCE_EACH_SPEED: Final = 0.5
_PATIENCE: Final = 0.8
_ASK_SECONDS: Final = 7.0
_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class _Answer:
    """Somebody answered on `port`. `talkative`: the port also carries what the modem says unasked."""

    port: SerialPort
    settings: LineSettings
    portrait: Portrait
    talkative: bool


async def survey(folders: tuple[str, ...]) -> tuple[Surroundings, tuple[str, ...]]:
    """What is plugged into this machine, and the terminals in these folders."""
    return await asyncio.to_thread(
        lambda: (sysfs.look(), tuple(path for folder in folders for path in sysfs.terminals(Path(folder))))
    )


class PortDetector:
    """Implements `ports.detector.Detector`. `register` is shared with the finder where a gateway runs; `survey` is the
    function of this module."""

    def __init__(
        self,
        register: PortsInUse,
        survey: Callable[[tuple[str, ...]], Awaitable[tuple[Surroundings, tuple[str, ...]]]] = survey,
        connect: Connect = open_port,
    ) -> None:
        self._register = register
        self._survey = survey
        self._connect = connect
        self._detecting = asyncio.Lock()

    def device(self, port: str) -> str:
        """See the port."""
        return device_of(port)

    async def detect(
        self, folders: tuple[str, ...], lines: tuple[LineSettings, ...], left_alone: Mapping[str, str]
    ) -> Detection:
        """See the port."""
        async with self._detecting:
            round_about, terminals = await self._survey(folders)
            taken = {device_of(path): name for path, name in left_alone.items()}
            in_use: list[tuple[str, str]] = []
            free: list[SerialPort] = []
            for port in _distinct(round_about, terminals):
                await self._register.until_decided(port.path)  # a line that only asks there does not hold it
                holder = taken.get(device_of(port.path)) or self._register.holder(port.path)
                in_use.append((port.path, holder)) if holder else free.append(port)
            own = {device_of(line.port): line for line in lines}
            gate = asyncio.Semaphore(_AT_ONCE)
            heard = await asyncio.gather(*(self._probe(gate, port, own.get(device_of(port.path))) for port in free))
        quiet = tuple((port.path, each) for port, each in zip(free, heard, strict=True) if isinstance(each, str))
        modems = _modems([each for each in heard if isinstance(each, _Answer)])
        return Detection(modems, quiet, tuple(in_use), hints(round_about))

    async def _probe(self, gate: asyncio.Semaphore, port: SerialPort, own: LineSettings | None) -> _Answer | str:
        """Who answers on a port, or why nobody does."""
        async with gate:
            forms = _forms(port, own)
            for settings in forms:
                try:
                    answer = await self._ask(port, settings, _PATIENCE if len(forms) == 1 else _PATIENCE_EACH_SPEED)
                except PortUnavailable as unavailable:
                    return str(unavailable)
                if answer is not None:
                    return answer
            return NO_ANSWER

    async def _ask(self, port: SerialPort, settings: LineSettings, patience: float) -> _Answer | None:
        opened = await visit(self._register, settings, port.path, self._connect)
        try:
            portrait = await opened.ask(portray(patience), _ASK_SECONDS)
        finally:
            await opened.close()
        return None if portrait is None else _Answer(port, settings, portrait, opened.talkative)


def _distinct(surroundings: Surroundings, terminals: Iterable[str]) -> list[SerialPort]:
    """The ports to ask, the best first, each device once."""
    ports: dict[str, SerialPort] = {}
    for port in (*ranked(surroundings.ports), *(SerialPort(path, terminal=True) for path in terminals)):
        ports.setdefault(device_of(port.path), port)
    return list(ports.values())


def _forms(port: SerialPort, own: LineSettings | None) -> list[LineSettings]:
    """The ways to open a port, the likeliest first: as it is configured, then at each speed where it has one."""
    named = partial(LineSettings, _NAME, port.path)
    speeds = _SPEEDS if has_speed(port) else _SPEEDS[:1]
    forms = [named(baud) for baud in speeds]
    if own is not None:
        forms = [named(own.baud, own.parity, own.stop_bits), *forms]
    return list(dict.fromkeys(forms))


def _modems(answers: Sequence[_Answer]) -> tuple[FoundModem, ...]:
    """One for each modem, whatever the number of its ports, in the order of their ports."""
    groups: list[list[_Answer]] = []
    for answer in answers:
        group = next((each for each in groups if any(_one_modem(answer, other) for other in each)), None)
        if group is None:
            groups.append([answer])
        else:
            group.append(answer)
    return tuple(_found(sorted(group, key=lambda each: (rank(each.port), not each.talkative))) for group in groups)


def _one_modem(one: _Answer, other: _Answer) -> bool:
    """By IMEI and card, since some makers give one IMEI to all; by IMEI and USB device where no card tells. An adapter
    for several serial lines is one device too, but not one modem."""
    mine, theirs = one.portrait.identity, other.portrait.identity
    if imei.body(mine.imei) != imei.body(theirs.imei):
        return False
    if mine.iccid and theirs.iccid:
        return one_card(mine.iccid, theirs.iccid)
    plug, its = one.port.usb, other.port.usb
    return plug is not None and its is not None and plug.device == its.device and not has_speed(one.port)


def _found(group: Sequence[_Answer]) -> FoundModem:
    best, portrait = group[0], _fullest(group)
    who = portrait.identity
    try:
        profile = choose_profile(who.manufacturer, who.model, who.revision).name
    except ProfileConflict:
        profile = ""
    form = best.settings
    return FoundModem(
        best.port.stable,
        tuple(each.port.path for each in group),
        who,
        profile,
        portrait.operator,
        portrait.msisdn,
        portrait.smsc,
        portrait.sim,
        form.baud,
        form.parity,
        form.stop_bits,
    )


def _fullest(group: Iterable[_Answer]) -> Portrait:
    """The portrait that tells most: one of two ports that are asked at once may be refused something."""
    portraits = [each.portrait for each in group]
    return max(portraits, key=lambda each: sum(map(bool, (each.identity.iccid, each.operator, each.smsc, each.sim))))
