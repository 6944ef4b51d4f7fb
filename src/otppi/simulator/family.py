"""What makes a family of modems: data that the common commands read, and commands of its own. Values only.

Every oddity bears a `Fact`: what it is and the manual, program or transcript that says so. A field or command about
which no fact is given behaves as V.250, 3GPP TS 27.005 and 27.007 say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from otppi.simulator.parameters import Parameters

if TYPE_CHECKING:
    from otppi.simulator.commandline import Call, Form
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

Command = Callable[["Device", "Call"], "Answer"]
Cnmi = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Fact:
    """`about` names a field of Family or a command. `source` says where it stands written, or that it is ours."""

    about: str
    says: str
    source: str


class Ready(StrEnum):
    """What a modem has reached after power-on, in this order."""

    LINE = "line"
    """It hears its terminal; before, whatever is sent to it is lost."""
    COMMANDS = "commands"
    """It takes extended commands."""
    CARD = "card"
    """It has read the SIM card."""
    MESSAGES = "messages"
    """It takes SMS commands."""
    NETWORK = "network"
    """It has found the network."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`after` seconds the line is written (empty: none) and `brings` is reached."""

    after: float
    line: str = ""
    brings: Ready | None = None


NAMES: Mapping[str, tuple[str, ...]] = {
    "MI": ("{manufacturer}",),
    "MM": ("{model}",),
    "MR": ("{revision}",),
    "SN": ("{imei}",),
}
"""What most modems answer to +CGMI, +CGMM, +CGMR and +CGSN: the bare words (3GPP TS 27.007 5.1 to 5.4)."""

AT_ONCE = (Stage(0, brings=Ready.LINE), Stage(0, brings=Ready.COMMANDS), Stage(0, brings=Ready.CARD))
USABLE_AT_ONCE = (Stage(0, brings=Ready.MESSAGES), Stage(0, brings=Ready.NETWORK))


@dataclass(frozen=True, slots=True)
class Early:
    """What is answered to what comes before its stage; None: it is taken all the same."""

    commands: int | None = None
    """+CME ERROR to an extended command before COMMANDS."""
    card: int = 14
    """+CME ERROR before CARD (3GPP TS 27.007 9.2.1: SIM busy)."""
    messages: int = 314
    """+CMS ERROR to an SMS command before MESSAGES (3GPP TS 27.005 3.2.5: SIM busy)."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Message memories (3GPP TS 27.005 3.2.2): the names for mem1, mem2, mem3; `chosen` after power-on.

    `sizes` in messages where the family fixes them. `same` maps a name to the memory it is another name for. `reports`
    is where status reports are kept, "" for nowhere. `first` is the lowest index.
    """

    offered: tuple[tuple[str, ...], ...] = (("SM", "ME", "SR"), ("SM", "ME"), ("SM", "ME"))
    chosen: tuple[str, str, str] = ("SM", "SM", "SM")
    sizes: Mapping[str, int] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    reports: str = "SR"
    first: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """Every memory there is, once each."""
        return tuple(dict.fromkeys(self.same.get(name, name) for names in self.offered for name in names))


def _any(_values: Cnmi) -> bool:
    return True


def _always(_device: Device, _line: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Indications:
    """+CNMI (3GPP TS 27.005 3.4.1): the values taken for each parameter, and which go together."""

    offered: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1))
    together: Callable[[Cnmi], bool] = _any
    at_start: Cnmi = (0, 0, 0, 0, 0)
    holds: bool = True
    """Mode 0 keeps indications back; where it does not, it is as mode 2."""


@dataclass(frozen=True, slots=True)
class Places:
    """How +CREG and its kin show the cell with n=2 (3GPP TS 27.007 7.2), and +COPS? the access technology.

    `form` is filled with area, cell and the access technology, `own` holds other forms by command; `nowhere` stands in
    its place without a network.
    """

    form: str = ',"{area:04X}","{cell:08X}",{access}'
    nowhere: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    operator_access: str = ",2"
    access: Mapping[str, int] = field(default_factory=lambda: {"+CREG": 2, "+CGREG": 2, "+CEREG": 7})


@dataclass(frozen=True, slots=True)
class Power:
    """+CFUN (3GPP TS 27.007 8.2). `restarts` are levels that restart the equipment by themselves.

    `card_off`: level 0 takes the power from the SIM. `away`: seconds the port is gone at a restart, 0 for a port that
    stays, None for one that does not come back by itself.
    """

    levels: tuple[int, ...] = (0, 1, 4)
    restarts: tuple[int, ...] = ()
    card_off: bool = False
    away: float | None = 0.0


@dataclass(frozen=True, slots=True)
class CardLines:
    """What is written of a card that asks for its PIN, of none, and of one that goes; empty: nothing."""

    pin: str = ""
    absent: str = ""
    removed: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """One family. `identification` and its kin may hold {manufacturer}, {model}, {revision}, {imei}."""

    name: str
    manufacturer: str
    model: str
    revision: str
    facts: tuple[Fact, ...]
    identification: Mapping[str, tuple[str, ...]]
    """The lines of ATI, +CGMI, +CGMM, +CGMR, +CGSN by name without + and C: I, MI, MM, MR, SN."""
    boot: tuple[Stage, ...] = AT_ONCE
    """From power-on to the card."""
    usable: tuple[Stage, ...] = USABLE_AT_ONCE
    """From a card that asks for no PIN (any more) to the network."""
    card_lines: CardLines = CardLines()
    early: Early = Early()
    stores: Stores = Stores()
    indications: Indications = Indications()
    places: Places = Places()
    power: Power = Power()
    commands: Mapping[str, Command] = field(default_factory=dict)
    """Its own, and its own form of common ones."""
    absent: frozenset[str] = frozenset()
    """Common commands that it does not know."""
    tests: Mapping[str, str] = field(default_factory=dict)
    """What a test command answers after `+NAME: `, where that differs from the common form."""
    without_ok: frozenset[tuple[str, Form]] = frozenset()
    """Commands whose answer no OK follows."""
    on_card: frozenset[str] = frozenset()
    """Commands of its own that read the SIM card."""
    needs_pin: frozenset[str] = frozenset()
    """Further commands that are refused while the SIM is locked."""
    unknown: str = "ERROR"
    """The final result of an unknown command."""
    surplus: str = ""
    """The final result of a command with too many values; empty: they are ignored."""
    cms_follows_cmee: bool = False
    """With +CMEE=0 a refused SMS command ends with ERROR, too."""
    always_told: frozenset[int] = frozenset()
    """Error codes that are written whatever +CMEE says."""
    cms_words: Mapping[int, str] = field(default_factory=dict)
    charsets: tuple[str, ...] = ("GSM", "IRA", "UCS2")
    message_types: str = "1,1,0"
    """What +CSMS answers of received, sent and broadcast messages."""
    full_line: str = ""
    """Written when a memory becomes full; may hold {memory}."""
    noise: tuple[str, ...] = ()
    """Unsolicited lines that belong to no command."""
    shows: Callable[[Device, str], bool] = _always
    """Whether a line about starts, cards and memories, or noise, is written under the present settings."""
    saved: frozenset[str] = frozenset()
    """Settings that outlive power without &W."""
    defaults: Mapping[str, int] = field(default_factory=dict)
    """Numeric parameters that are not 0 at first."""

    def parameters(self) -> Parameters:
        """As they leave the factory."""
        return Parameters(
            numbers=dict(self.defaults),
            cnmi=self.indications.at_start,
            memories=self.stores.chosen,
            charset=self.charsets[0],
        )
