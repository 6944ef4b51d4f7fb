"""Status reports that lay in a modem's stores before the line was opened: found, handed over, and only then deleted.

A modem that stores reports does so also while nobody listens, and its stores have an end. They are looked through place
by place, one short step at a time; messages are read on the way and stay. Reports that are announced are none of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from otppi.at import upkeep
from otppi.at.answers import without_smsc
from otppi.modems.news import StoredReport
from otppi.pdu.decode import decode
from otppi.pdu.errors import PduError
from otppi.pdu.report import StatusReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.events import Dialogue
    from otppi.modems.ladder import Rung
    from otppi.modems.session import Session

T = TypeVar("T")

SEARCHED: Final = ("SR", "ME", "SM")
"""Stores in which reports may lie (3GPP TS 27.005 3.1): those for reports, and those of modems that have no such store.
MT is ME and SM in one; BM holds broadcasts."""
MOST_PLACES: Final = 1000


class Step(Protocol):
    """One step under the lock: the value of the dialogue, and a rung to take with the port closed, if any."""

    async def __call__(self, dialogue: Dialogue[T]) -> tuple[T, Rung | None]: ...


@dataclass(slots=True)
class _Shelf:
    """One store: its next place to read, the last one, and how many messages are still to be found."""

    store: str
    index: int
    last: int
    left: int


class Leftovers:
    """For one session. `report` takes the TPDU of a status report."""

    def __init__(self, session: Session, step: Step, report: Callable[[str], None]) -> None:
        self._session = session
        self._step = step
        self._report = report
        self._begun = False
        self._stores: deque[str] = deque()
        self._shelf: _Shelf | None = None

    def begin(self) -> None:
        """Have them looked for, once in the life of a line."""
        if not self._begun:
            self._begun = True
            self._stores.extend(store for store in SEARCHED if store in self._session.readable)

    async def look(self) -> Rung | None:
        """One place further. While there is more to look at, attention is called."""
        shelf = self._shelf
        if shelf is None:
            return await self._open()
        if shelf.left <= 0 or shelf.index > shelf.last:
            self._shelf = None
            return await self._open()
        place = StoredReport(shelf.store, shelf.index)
        shelf.index += 1
        self._session.attention.set()
        return await self._see(shelf, place)

    async def _open(self) -> Rung | None:
        if not self._stores:
            return None
        store = self._stores.popleft()
        self._session.attention.set()
        counts, rung = await self._step(upkeep.count_stored(store))
        if counts is not None:
            used, places = counts
            # The first place is 0 or 1, whatever the family is said to have: one that is none is refused.
            self._shelf = _Shelf(store, 0, min(places, MOST_PLACES), used)
        return rung

    async def _see(self, shelf: _Shelf, place: StoredReport) -> Rung | None:
        stored, talk = self._session.stored, self._session.talk
        if place in stored.shunned:
            return None
        missed = talk.unanswered
        stored.shunned.add(place)  # the next line shall not hang on it as this one may
        pdu, rung = await self._step(upkeep.read_stored(place.store, place.index))
        if talk.unanswered == missed:
            stored.shunned.discard(place)
        if pdu is None or rung is not None:
            return rung
        shelf.left -= 1
        tpdu = without_smsc(pdu)
        reference = _reference(tpdu) if tpdu is not None else None
        if tpdu is None or reference is None or self._is_new(place, reference):
            return None
        self._report(tpdu)
        deleted, rung = await self._step(upkeep.delete_stored(place.store, place.index))
        if not deleted:
            stored.shunned.add(place)
        return rung

    def _is_new(self, place: StoredReport, reference: int) -> bool:
        """Whether it may be about a message of this line, or is announced: such a one has another way. A report from
        before must not be taken for that of a message that only has the same reference."""
        return reference in self._session.references or place in self._session.stored.waiting


def _reference(tpdu: str) -> int | None:
    """The TP-MR of a status report; None for all else."""
    try:
        message = decode(tpdu, has_smsc=False, direction="from_network")
    except PduError:
        return None
    return message.reference if isinstance(message, StatusReport) else None
