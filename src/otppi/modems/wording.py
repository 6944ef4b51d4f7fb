"""Turns what the AT island found into the words of the modem port. Pure; no sentence here holds a number or a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from otppi.at.answers import Registration
from otppi.at.codes import ErrorClass, Kind, shown
from otppi.at.dialogues import Nameplate, Readiness, SimState
from otppi.at.results import Final, FinalKind
from otppi.at.sending import Accepted, Denied, Silent, Submitted, Withheld
from otppi.modems.ladder import Rung
from otppi.ports.modem import Identity, LineStatus, ModemState, NotHanded, Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from otppi.at.profile import ModemProfile

NO_ANSWER = "Nothing answers AT on this port."
LOST = "The line was lost."
STRANGER = "Another modem answers on this port, and the configured one is nowhere."
SILENT = "The modem does not answer."
GIVEN_UP = "The modem does not answer, whatever was tried; it goes on being tried."
RUNGS = {
    Rung.RESYNC: "The modem is brought back in step.",
    Rung.REINIT: "The modem is started up anew.",
    Rung.RADIO: "The radio of the modem is switched off and on.",
    Rung.RESTART: "The modem is told to restart.",
    Rung.REAUTHORISE: "The USB device of the modem is taken out and put in again by software.",
    Rung.POWER: "The USB socket of the modem is switched off and on.",
    Rung.ALARM: "The modem is started up anew.",
}

_SIM = {
    SimState.PIN: (
        ModemState.PIN_NEEDED,
        "The SIM asks for its PIN; none is set, or the one that is was tried or is another SIM's.",
    ),
    SimState.PIN_SPENT: (ModemState.PIN_NEEDED, "The SIM asks for its PIN; no try is made, to keep the last ones."),
    SimState.PUK: (ModemState.PIN_NEEDED, "The SIM asks for its PUK; it must be unlocked by hand."),
    SimState.ABSENT: (ModemState.DEGRADED, "There is no SIM in the modem."),
    SimState.FAULTY: (ModemState.DEGRADED, "The SIM cannot be used."),
}
_KINDS: dict[FinalKind, Kind] = {FinalKind.CMS: "cms", FinalKind.CME: "cme"}
_NETWORK = {
    Registration.SEARCHING: "The modem is looking for a network.",
    Registration.DENIED: "The network denied registration.",
    Registration.NONE: "The modem is not registered with a network.",
}


def network_state(place: Registration) -> tuple[ModemState, str]:
    """The state of a modem that is otherwise ready."""
    return (ModemState.READY, "") if place.may_send else (ModemState.SEARCHING, _NETWORK[place])


def ready_status(plate: Nameplate, readiness: Readiness) -> LineStatus:
    """The whole status after start-up."""
    state, reason = start_state(readiness)
    return LineStatus(state, identity(plate, readiness), readiness.operator, readiness.signal, reason)


def start_state(readiness: Readiness) -> tuple[ModemState, str]:
    """The state after start-up."""
    if readiness.sim is not SimState.READY:
        return _SIM[readiness.sim]
    if not readiness.pdu_mode:
        return ModemState.DEGRADED, "The modem refuses PDU mode."
    return network_state(readiness.registration)


def identity(plate: Nameplate, readiness: Readiness | None = None) -> Identity:
    """What the modem and its SIM said they are."""
    imsi, iccid = (readiness.imsi, readiness.iccid) if readiness is not None else ("", "")
    return Identity(plate.manufacturer, plate.model, plate.revision, plate.imei, imsi, iccid)


def outcome(submitted: Submitted, profile: ModemProfile) -> Outcome:
    """What became of a submission, in the port's words; `profile` is that of the modem it went through."""
    match submitted:
        case Accepted():
            return Sent(submitted.reference)
        case Denied():
            return _refused(submitted, profile)
        case Withheld():
            return NotHanded(submitted.reason)
        case Silent():
            return Unknown(submitted.reason)
        case _:
            assert_never(submitted)


def _refused(denied: Denied, profile: ModemProfile) -> Outcome:
    kind = _KINDS.get(denied.kind, "error")
    final = Final(denied.kind, denied.code)
    if denied.handed and profile.meaning(final) is ErrorClass.MAYBE_SENT:
        # The network took the message and did not answer in time: it may be on its way, so it is no refusal.
        return Unknown(f"the network did not answer ({shown(kind, denied.code, denied.words)})")
    return Refused(kind, denied.code, denied.words, profile.own_meaning(final))


def told(outcome: Outcome) -> str:
    """An outcome as a sentence for whoever waits for it at a terminal."""
    match outcome:
        case Sent():
            return f"sent, reference {outcome.reference}"
        case Refused():
            return f"refused: {outcome.reason}"
        case NotHanded():
            return f"not sent: {outcome.reason}"
        case Unknown():
            return f"it may have gone out: {outcome.reason}"
        case _:
            assert_never(outcome)
