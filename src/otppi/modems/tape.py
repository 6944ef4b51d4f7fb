"""Listens on a line: all octets both ways with their moments, and afterwards what was said to what.

Keeps everything in memory as it came, so nothing of it may be shown or written before `masking` has seen it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.modems.masking import Said, mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from otppi.modems.transport import Connect, Receiver, Wire
    from otppi.ports.modem import LineSettings

_UTTERANCE = re.compile(r"[^\r\x1a\x1b]*[\r\x1a\x1b]")


@dataclass(frozen=True, slots=True)
class Burst:
    """What the modem said at once, `seconds` after what went before."""

    seconds: float
    octets: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing the host said (empty: it opened the line), and all that came until the next."""

    host: str = field(repr=False)
    bursts: tuple[Burst, ...] = ()


@dataclass(slots=True)
class _Open:
    """An exchange that goes on."""

    host: str = field(repr=False)
    since: float
    heard: list[tuple[float, str]] = field(default_factory=list, repr=False)


class Tape:
    """Pass `tape.connect` instead of `connect`. `now` gives seconds that only grow."""

    def __init__(self, connect: Connect, now: Callable[[], float]) -> None:
        self._connect = connect
        self._now = now
        self._exchanges = [_Open("", now())]
        self._unfinished = ""

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        """Opens the line and listens. Raises PortUnavailable."""
        self._exchanges[0].since = self._now()
        return _TapedWire(await self._connect(settings, _Tap(receiver, self._heard)), self._said)

    def masked(self) -> tuple[tuple[Exchange, ...], Mapping[str, int]]:
        """What was said, masked, and how many things of each kind that took."""
        masked, counts = mask(Said(each.host, "".join(text for _, text in each.heard)) for each in self._exchanges)
        pairs = zip(self._exchanges, masked, strict=True)
        return tuple(Exchange(said.host, tuple(_bursts(each, said.modem))) for each, said in pairs), counts

    def _heard(self, data: bytes) -> None:
        self._exchanges[-1].heard.append((self._now(), data.decode("latin-1")))

    def _said(self, data: bytes) -> None:
        self._unfinished += data.decode("latin-1")
        while (utterance := _UTTERANCE.match(self._unfinished)) is not None:
            self._unfinished = self._unfinished[utterance.end() :]
            self._exchanges.append(_Open(utterance[0], self._now()))


def _bursts(exchange: _Open, masked: str) -> Iterator[Burst]:
    """The masked octets with the moments of the real ones: masking changes no length."""
    before, place = exchange.since, 0
    for moment, text in exchange.heard:
        yield Burst(moment - before, masked[place : place + len(text)])
        before, place = moment, place + len(text)


class _Tap:
    def __init__(self, receiver: Receiver, heard: Callable[[bytes], None]) -> None:
        self._receiver = receiver
        self._heard = heard

    def received(self, data: bytes) -> None:
        self._heard(data)
        self._receiver.received(data)

    def lost(self, reason: str) -> None:
        self._receiver.lost(reason)


class _TapedWire:
    def __init__(self, wire: Wire, said: Callable[[bytes], None]) -> None:
        self._wire = wire
        self._said = said

    def write(self, data: bytes) -> None:
        self._said(data)
        self._wire.write(data)

    async def close(self) -> None:
        await self._wire.close()
