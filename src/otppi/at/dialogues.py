"""The order of commands for one purpose, as generators: `answer = yield step`. No clock, no port, no persistence.

A dialogue never meets its own time limits: the engine names them, the shell keeps them and sends Expired. When the
line is lost every later step is answered by Lost. Each dialogue ends with a value, whatever the modem does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from otppi.at import answers, commands
from otppi.at.answers import Registration
from otppi.at.asking import Silent, accepts, ask, bare, lines_of, optional, patient, unless_silent
from otppi.at.asking import resync as resync
from otppi.at.codes import ErrorClass
from otppi.at.commands import Drain, Mark, Purpose
from otppi.at.events import Dialogue, Marked, Reply
from otppi.at.results import FinalKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.at.commands import Command
    from otppi.at.profile import ModemProfile
    from otppi.at.results import Final

SIM_POLLS = 20
SIM_POLL_SECONDS = 0.5
_SIM_BUSY = (FinalKind.CME, 14)


class SimState(StrEnum):
    """What the SIM asks for."""

    READY = "ready"
    PIN = "pin"
    PIN_SPENT = "pin_spent"
    PUK = "puk"
    ABSENT = "absent"
    FAULTY = "faulty"


_REFUSED_STATES: Mapping[int | None, SimState] = {  # +CME ERROR and its twins among +CMS ERROR
    10: SimState.ABSENT,
    310: SimState.ABSENT,
    11: SimState.PIN,
    311: SimState.PIN,
    12: SimState.PUK,
    316: SimState.PUK,
}


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What the modem said it is; empty where it did not say."""

    manufacturer: str = ""
    model: str = ""
    revision: str = ""
    imei: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What start-up found. `imsi` and `iccid` only with a ready SIM. `acknowledge`: +CDS must be answered by AT+CNMA.

    `link_mode`: what AT+CMMS= is given to keep the radio link, 0 where it cannot. `stored`: messages in the receiving
    store and places there, where the modem said. `readable`: the stores that can be looked into. `refused` names the
    commands the modem did not take.
    """

    sim: SimState
    imsi: str = ""
    iccid: str = ""
    registration: Registration = Registration.NONE
    operator: str = ""
    signal: int | None = None
    acknowledge: bool = False
    pdu_mode: bool = False
    link_mode: int = 0
    refused: tuple[str, ...] = ()
    stored: tuple[int, int] | None = None
    readable: tuple[str, ...] = ()


# -- waking ---------------------------------------------------------------------------------------------------------


def wake() -> Dialogue[bool]:
    """Resync, then echo off, results in words, errors by number. False: no answer, or echo cannot be set.

    A modem that answers nothing may have been told to give no results (ATQ1, V.250 6.2.5): it is told otherwise, so
    that the next attempt is answered. That takes no time.
    """
    if not (yield from resync()):
        yield Drain(b"ATQ0\r", seconds=0.0)
        return False
    for command in (commands.ECHO_OFF, commands.WORDS_ON, commands.NUMBERED_ERRORS):
        answer = yield command
        if not isinstance(answer, Reply):
            return False
    return True


def identify() -> Dialogue[Nameplate]:
    """Who made it, what it is, its firmware and its IMEI (3GPP TS 27.007 5.1-5.4)."""
    try:
        manufacturer = yield from bare(commands.MANUFACTURER)
        model = yield from bare(commands.MODEL)
        revision = yield from bare(commands.REVISION)
        imei = yield from bare(commands.IMEI)
    except Silent:
        return Nameplate()
    return Nameplate(manufacturer, model, revision, imei)


# -- start-up -------------------------------------------------------------------------------------------------------


def start_up(profile: ModemProfile, pin: str | None, *, sure: int = 0) -> Dialogue[Readiness | None]:
    """Makes a modem that answers ready to send. None: it fell silent on the way.

    The PIN is tried at most once, after Mark(PIN) was granted and only where two tries or more are left or the modem
    cannot say; with `sure`, only where it says that so many are. A PUK is never tried. Without a ready SIM nothing
    else is set.
    """
    try:
        refused = yield from _quieten(profile)
        yield from _radio_on()
        sim = yield from _unlock(profile, pin, sure)
        if sim is not SimState.READY:
            return Readiness(sim, refused=tuple(refused))
        return (yield from _prepare(profile, refused))
    except Silent:
        return None


def _radio_on() -> Dialogue[None]:
    level = yield from ask(commands.RADIO)
    if level is not None and answers.radio_level(level) != 1:
        yield from accepts(commands.RADIO_ON)


def _quieten(profile: ModemProfile) -> Dialogue[list[str]]:
    refused: list[str] = []
    for text in profile.quiet:
        if not (yield from accepts(commands.setting(text))):
            refused.append(text)  # noqa: PERF401 - no comprehension may yield
    return refused


def _tries_left(profile: ModemProfile) -> Dialogue[int | None]:
    for query in profile.pin_tries:
        tries = answers.pin_tries((yield from lines_of(query.command())), query.line)
        if tries is not None:
            return tries
    return None


def _unlock(profile: ModemProfile, pin: str | None, sure: int) -> Dialogue[SimState]:
    sim = yield from _settled_sim()
    if sim is not SimState.PIN or pin is None:
        return sim
    tries = yield from _tries_left(profile)
    if (tries is None and sure) or (tries is not None and tries < max(2, sure)):
        return SimState.PIN_SPENT
    granted = yield Mark(Purpose.PIN)
    if not (isinstance(granted, Marked) and granted.go):
        return SimState.PIN_SPENT
    if not (yield from accepts(commands.enter_pin(pin))):
        return SimState.PIN_SPENT
    # Some SIMs still say SIM PIN for a moment after the right one.
    for _ in range(SIM_POLLS):
        sim = yield from _settled_sim()
        if sim is not SimState.PIN:
            return sim
        yield Drain(seconds=SIM_POLL_SECONDS)
    return SimState.PIN_SPENT


def _settled_sim() -> Dialogue[SimState]:
    """Asks until the SIM is no longer busy (+CME ERROR: 14, or NOT READY as SIM800 has it)."""
    for _ in range(SIM_POLLS):
        answer = yield from patient(commands.PIN_STATE)
        word = answers.pin_state(answer.lines[0]) if answer.final.ok and answer.lines else ""
        if not _is_busy(answer.final) and word != "NOT READY":
            return _sim_state(word) if word else _REFUSED_STATES.get(answer.final.code, SimState.FAULTY)
        yield Drain(seconds=SIM_POLL_SECONDS)
    return SimState.FAULTY


def _sim_state(word: str) -> SimState:
    if word in ("READY", "SIM PIN2", "SIM PUK2"):  # the second PIN guards nothing we use
        return SimState.READY
    if word == "SIM PIN":
        return SimState.PIN
    if word in ("NOT INSERTED", "SIM REMOVED"):
        return SimState.ABSENT
    return SimState.PUK if "PUK" in word else SimState.FAULTY


def ask_iccid(profile: ModemProfile) -> Dialogue[str]:
    """The number of the SIM as `answers.iccid` reads it, "" where the modem does not tell it; needs no PIN.

    A SIM that is busy, as right after a start, is asked again for at most SIM_POLLS times.
    """
    return unless_silent(_iccid(profile), "")


def _iccid(profile: ModemProfile) -> Dialogue[str]:
    polls = SIM_POLLS
    for query in (*map(commands.iccid_query, profile.iccid), commands.ICCID_OF_CARD):
        answer = yield from optional(query)
        while answer is not None and _is_busy(answer.final) and polls:
            polls -= 1
            yield Drain(seconds=SIM_POLL_SECONDS)
            answer = yield from optional(query)
        lines = answer.lines if answer is not None and answer.final.ok else ()
        if lines and (number := answers.iccid(lines[0])):
            return number
    return ""


def _is_busy(final: Final) -> bool:
    return (final.kind, final.code) == _SIM_BUSY


def _pass_gate(profile: ModemProfile) -> Dialogue[None]:
    """Until the message service answers, but no longer than the profile allows.

    Right after a start or a PIN many modems are not ready for what comes next: they call themselves busy, or give a
    +CMS ERROR of their own. The lines of the gate end a wait early.
    """
    for _ in range(round(profile.gate_seconds / SIM_POLL_SECONDS)):
        answer = yield from optional(commands.STORE_STATE)
        if answer is None or not _may_pass_away(profile, answer.final):
            return
        yield Drain(seconds=SIM_POLL_SECONDS, until=profile.gates)


def _may_pass_away(profile: ModemProfile, final: Final) -> bool:
    meaning = profile.meaning(final)
    return meaning is ErrorClass.BUSY or (meaning is ErrorClass.UNKNOWN and final.kind is FinalKind.CMS)


def _prepare(profile: ModemProfile, refused: list[str]) -> Dialogue[Readiness]:
    yield from _pass_gate(profile)
    imsi = yield from bare(commands.IMSI)
    iccid = yield from _iccid(profile)
    pdu_mode = yield from accepts(commands.PDU_MODE)
    yield from _choose_characters(refused)
    service = yield from _choose_service(profile, refused)
    offer = yield from _stores_on_offer()
    stored = yield from _choose_stores(profile, offer, refused)
    yield from _ask_for_reports(profile, service, refused)
    link_mode = yield from _link_mode(profile)
    if not (yield from accepts(commands.REGISTRATION_NEWS)):
        refused.append(commands.REGISTRATION_NEWS.name)
    place = yield from _registration(first=True)
    name = yield from _operator()
    strength = yield from ask(commands.SIGNAL)
    return Readiness(
        SimState.READY,
        imsi,
        iccid,
        place,
        name,
        answers.signal(strength) if strength is not None else None,
        service == 1,
        pdu_mode,
        link_mode,
        tuple(refused),
        stored,
        offer[0] if offer else (),
    )


def _choose_characters(refused: list[str]) -> Dialogue[None]:
    """Plain letters for names and USSD; what the modem is left at else is read all the same where it can be."""
    for name in ("GSM", "IRA"):
        if (yield from accepts(commands.choose_characters(name))):
            return
    refused.append("AT+CSCS=")


def _stores_on_offer() -> Dialogue[tuple[tuple[str, ...], ...]]:
    offered = yield from ask(commands.STORES)
    return answers.stores_on_offer(offered) if offered is not None else ()


def _choose_stores(
    profile: ModemProfile, offer: tuple[tuple[str, ...], ...], refused: list[str]
) -> Dialogue[tuple[int, int] | None]:
    names = best_stores(profile.stores, offer)
    if not names:
        return None
    command = commands.choose_stores(*names)
    answer = yield from optional(command)
    if answer is None or not answer.final.ok:
        refused.append(command.name)
        return None
    return answers.receiving_store(answer.lines[0]) if answer.lines else None


def best_stores(liked: tuple[str, ...], offer: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """What AT+CPMS is given: the best store that can be both received into and read from, so that the index in +CMTI
    can be read; the same for writing where that is offered. () where the offer has none."""
    reading, receiving = (offer[0], offer[min(2, len(offer) - 1)]) if offer else ((), ())
    store = next((name for name in liked if name in reading and name in receiving), None)
    if store is None:
        return ()
    if len(offer) == 2:  # older modems receive into the store they read from
        return (store, store if store in offer[1] else offer[1][0]) if offer[1] else (store,)
    writing = offer[1] if len(offer) > 2 else ()
    return (store, store if store in writing or not writing else writing[0], store)[: len(offer)]


def _choose_service(profile: ModemProfile, refused: list[str]) -> Dialogue[int | None]:
    """AT+CSMS (3GPP TS 27.005 3.2.1): the service in force, set to the profile's where it is another."""
    line = yield from ask(commands.SERVICE)
    found = answers.message_service(line) if line is not None else None
    if profile.service is None or found in (None, profile.service):
        return found
    command = commands.choose_service(profile.service)
    if (yield from accepts(command)):
        return profile.service
    refused.append(command.name)
    return found


def _ask_for_reports(profile: ModemProfile, service: int | None, refused: list[str]) -> Dialogue[None]:
    offer = yield from ask(commands.REPORTS_ON_OFFER)
    groups = answers.numbers_on_offer(offer) if offer is not None else ()
    for parameters in report_settings(profile.cnmi, groups, stored=service == 1):
        if (yield from accepts(commands.setting(f"AT+CNMI={parameters}"))):
            return
    refused.append("AT+CNMI=")


def report_settings(
    table: tuple[str, ...], offer: tuple[frozenset[int], ...], *, stored: bool = False
) -> tuple[str, ...]:
    """The parameters of AT+CNMI to try. What the modem offers (AT+CNMI=?) overrides the table of its family.

    Without an offer: the table. Else the entries of the table that fit it, then the best the offer allows. `stored`:
    reports that are stored first (ds 2) are tried before those that come directly, which must be acknowledged then.
    """
    liked = (*_LIKED[:4], _LIKED_STORED) if stored else _LIKED
    ladder = sorted(table, key=lambda each: each.split(",")[3] != "2") if stored else table
    if not any(offer):
        return tuple(ladder)
    fitting = [each for each in ladder if all(int(v) in o for v, o in zip(each.split(","), offer, strict=False))]
    best = ",".join(
        str(next((value for value in wanted if value in group), 0)) for wanted, group in zip(liked, offer, strict=False)
    )
    return tuple(dict.fromkeys((*fitting, best)))


_LIKED = ((2, 1, 3), (1, 0), (0,), (1, 2, 0), (0, 1))
"""The values that serve for each parameter of AT+CNMI, best first: mode, store and announce, no broadcasts, reports."""
_LIKED_STORED = (2, 1, 0)


def _link_mode(profile: ModemProfile) -> Dialogue[int]:
    if not profile.keep_link:
        return 0
    answer = yield from optional(commands.LINK_MODES)
    if answer is None or not answer.final.ok:
        return 0
    offer = answers.numbers_on_offer(answer.lines[0]) if answer.lines else ()
    return next((mode for mode in (2, 1) if mode in offer[0]), 0) if offer else 2


# -- watching -------------------------------------------------------------------------------------------------------


def ask_signal() -> Dialogue[tuple[bool, int | None]]:
    """Whether the modem answered AT+CSQ at all, and the strength."""
    answer = yield commands.SIGNAL
    lines = answer.lines if isinstance(answer, Reply) else ()
    return isinstance(answer, Reply), answers.signal(lines[0]) if lines else None


def ask_registration() -> Dialogue[Registration | None]:
    """Where the modem stands with the network now; None: it did not answer."""
    try:
        return (yield from _registration())
    except Silent:
        return None


def ask_operator() -> Dialogue[str]:
    """Whose network the modem is in now, as `answers.operator` reads it; "" where it is in none or did not say."""
    return unless_silent(_operator(), "")


def _operator() -> Dialogue[str]:
    line = yield from ask(commands.OPERATOR)
    return answers.operator(line) if line is not None else ""


def ask_own_number() -> Dialogue[str | None]:
    """The first number the SIM says it has, as `answers.own_number` reads it; "" where it has none, does not say or the
    modem fell silent. None: the SIM is busy, as some are for a while after a start."""
    return unless_silent(_own_number(), "")


def _own_number() -> Dialogue[str | None]:
    answer = yield from optional(commands.OWN_NUMBER)
    if answer is not None and _is_busy(answer.final):
        return None
    lines = answer.lines if answer is not None and answer.final.ok else ()
    return next((number for line in lines if (number := answers.own_number(line))), "")


def acknowledge() -> Dialogue[bool]:
    """AT+CNMA (3GPP TS 27.005 3.4.4), owed for each +CDS where the message service is 1. False: no answer."""
    return isinstance((yield commands.ACKNOWLEDGE), Reply)


def keep_link(mode: int) -> Dialogue[bool]:
    """AT+CMMS (3GPP TS 27.005 3.5.6): keep the radio link between messages. False: no answer; a refusal is fine."""
    return isinstance((yield commands.setting(f"AT+CMMS={mode}")), Reply)


def _registration(*, first: bool = False) -> Dialogue[Registration]:
    """`first`: where the older radio has no network, that of LTE shall tell its news too (3GPP TS 27.007 10.1.22)."""
    place = yield from _place(commands.REGISTRATION)
    if place.may_send:
        return place
    if first:
        yield from accepts(commands.LTE_REGISTRATION_NEWS)
    other = yield from _place(commands.LTE_REGISTRATION)
    return place if other is Registration.NONE else other


def _place(command: Command) -> Dialogue[Registration]:
    line = yield from ask(command)
    return answers.registration(line) if line is not None else Registration.NONE
