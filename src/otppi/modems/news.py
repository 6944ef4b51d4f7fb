"""What the lines that a modem says unasked mean for its line. Pure; what is done about them is said elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from otppi.at import answers
from otppi.at.answers import SimNews
from otppi.at.unsolicited import Tells
from otppi.at.urc import report_tpdu

if TYPE_CHECKING:
    from otppi.at.answers import Registration
    from otppi.at.urc import Urc


@dataclass(frozen=True, slots=True)
class Restarted:
    """The modem has restarted and forgotten its settings."""


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """The modem goes off."""


@dataclass(frozen=True, slots=True)
class WrongVoltage:
    """The modem tells that its supply is too weak or too strong."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A status report (+CDS); `tpdu` None where it came broken. It may have to be acknowledged either way."""

    tpdu: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A status report lies in a store (+CDSI)."""

    store: str
    index: int


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """A message came into a store (+CMTI), or one is full."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One of the radios found or lost its network."""

    place: Registration


@dataclass(frozen=True, slots=True)
class Strength:
    """The signal, 0..31."""

    signal: int


@dataclass(frozen=True, slots=True)
class SimTouched:
    """The SIM may have been taken out, put in or changed. `ready`: it is said to be ready."""

    ready: bool


Meaning = (
    Restarted | SwitchedOff | WrongVoltage | Reported | StoredReport | StoreChanged | Moved | Strength | SimTouched
)


def meanings(urc: Urc) -> tuple[Meaning, ...]:
    """What a line means, in the order in which to act on it; nothing where it is noise."""
    match urc.tells:
        case None:
            return tuple(meaning for meaning in (_message(urc), _state(urc)) if meaning is not None)
        case Tells.RESTARTED:
            return (Restarted(),)
        case Tells.SWITCHED_OFF:
            return (SwitchedOff(),)
        case Tells.SUPPLY_FAILED:
            return (WrongVoltage(), SwitchedOff())
        case Tells.SUPPLY_WARNING:
            return (WrongVoltage(),)
        case Tells.SIM:
            # Makers' own lines come at a change only; +CPIN: READY is also said by modems on which nothing changed.
            return (SimTouched(urc.name == "+CPIN" and answers.sim_news(urc.line) is SimNews.READY),)
        case Tells.STORE_FULL:
            return (StoreChanged(),)
        case _:
            assert_never(urc.tells)


def _message(urc: Urc) -> Meaning | None:
    if urc.name == "+CDS":
        return Reported(report_tpdu(urc))
    if urc.name == "+CDSI":
        place = answers.stored_news(urc.line)
        return StoredReport(*place) if place is not None else None
    return StoreChanged() if urc.name == "+CMTI" else None


def _state(urc: Urc) -> Meaning | None:
    if urc.name in ("+CREG", "+CEREG"):
        return Moved(answers.registration_news(urc.line))
    if urc.name == "+CSQ":
        signal = answers.unasked_signal(urc.line)
        return Strength(signal) if signal is not None else None
    return None
