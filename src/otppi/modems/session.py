"""What is known and owed on one open port, from its opening to its loss. Values only; the watch and the sender act."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otppi.at.answers import Registration
from otppi.at.dialogues import Nameplate
from otppi.at.profiles.generic import GENERIC

if TYPE_CHECKING:
    from otppi.at.profile import ModemProfile
    from otppi.modems.news import StoredReport
    from otppi.modems.talk import Talk
    from otppi.ports.power import Socket

MOST_STORED = 100
"""Reports in stores that are kept in mind; further ones stay where they are."""
NUMBER_TRIES = 3
"""How often a SIM that is busy is asked for its number; it is asked at every start-up."""
MOST_TRIES = 3
"""How often a report is read, or deleted, before it is left where it is."""


@dataclass(slots=True)
class Link:
    """AT+CMMS: the mode that keeps the radio link, 0 for none; whether it was asked for; failures in a row since."""

    mode: int = 0
    kept: bool = False
    let_go: bool = False
    failures: int = 0


@dataclass(slots=True)
class Errands:
    """What the watch is asked to see to: reports to acknowledge, a look at network, store or SIM, the operator's
    name, the SIM's own number (so many tries left), start-up anew, a refusal that blames the modem."""

    acknowledgements: int = 0
    network: bool = False
    storage: bool = False
    sim: bool = False
    operator: bool = False
    number: int = 0
    start: bool = False
    faulty: bool = False


@dataclass(slots=True)
class Stored:
    """Reports that lie in stores, oldest first, how often the first was tried, and whose stores these are.

    `shunned`: places that got no answer when they were read, or whose report is told and could not be deleted."""

    owner: tuple[str, str] = ("", "")
    waiting: deque[StoredReport] = field(default_factory=deque)
    told: bool = False
    tries: int = 0
    shunned: set[StoredReport] = field(default_factory=set)

    def add(self, report: StoredReport) -> None:
        """One more, unless it is known or there are too many."""
        if report not in self.waiting and len(self.waiting) < MOST_STORED:
            self.waiting.append(report)

    def handed_over(self) -> None:
        """The first was read and told: it remains to delete it."""
        self.told, self.tries = True, 0

    def failed(self) -> None:
        """Reading or deleting the first failed: later again, but not for ever."""
        self.tries += 1
        if self.tries >= MOST_TRIES:
            self.drop()

    def drop(self) -> None:
        """The first is done with."""
        self.waiting.popleft()
        self.told, self.tries = False, 0

    def belong_to(self, owner: tuple[str, str]) -> None:
        """IMEI and ICCID that are there now: what lies in another one's stores is forgotten."""
        if owner != self.owner:
            self.owner, self.told, self.tries = owner, False, 0
            self.waiting.clear()
            self.shunned.clear()


@dataclass(slots=True)
class Session:
    """One open port. `settled`: the modem is known to be in command state. `started`: start-up came to an end once.
    `echo_off`: it was told not to echo, and has obeyed: an echo from now on tells that it has forgotten its settings.
    `well`: a whole round of care was answered. `socket`: where its USB device is plugged in, if it is one. `readable`:
    the stores that can be looked into. `references`: those under which messages went out since the opening."""

    talk: Talk
    stored: Stored
    socket: Socket | None = None
    profile: ModemProfile = GENERIC
    plate: Nameplate = field(default_factory=Nameplate)
    place: Registration = Registration.NONE
    acknowledges: bool = False
    readable: tuple[str, ...] = ()
    references: set[int] = field(default_factory=set)
    settled: bool = True
    echo_off: bool = False
    started: bool = False
    well: bool = False
    link: Link = field(default_factory=Link)
    errands: Errands = field(default_factory=Errands)
    attention: asyncio.Event = field(default_factory=asyncio.Event)
    looked_at_sim: float = float("-inf")
    looked_at_storage: float = float("-inf")
    cared_at: float = float("-inf")

    def want(self, *, network: bool = False, storage: bool = False, sim: bool = False, operator: bool = False) -> None:
        """Ask the watch for a look."""
        errands = self.errands
        errands.operator |= operator
        errands.network |= network
        errands.storage |= storage
        errands.sim |= sim
        self.attention.set()
