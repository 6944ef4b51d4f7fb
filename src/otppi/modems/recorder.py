"""Talks to a modem as the gateway does, and keeps what was said as a masked transcript. Sends only what it was told to.

It never enters a PUK, and a PIN only where one is handed to it; it changes nothing that start-up does not change. It
writes no file: what it gives back is text.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from otppi import __version__
from otppi.at import commands, dialogues, sending
from otppi.at.commands import Command, Purpose, Shape
from otppi.at.dialogues import Nameplate, SimState
from otppi.at.engine import AtEngine
from otppi.at.errors import ProfileConflict
from otppi.at.events import Dialogue, Expired, News, Reply
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import choose_profile
from otppi.modems import wording
from otppi.modems.masking import Said, mask
from otppi.modems.pins import LinePin, PinLedger
from otppi.modems.talk import Talk
from otppi.modems.tape import Tape
from otppi.modems.transcribing import transcript
from otppi.modems.transport import open_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.at.dialogues import Readiness
    from otppi.at.profile import ModemProfile
    from otppi.modems.tape import Exchange
    from otppi.modems.transport import Connect
    from otppi.ports.modem import LineSettings, Outcome
    from otppi.ports.pins import Pins

LINGER_SECONDS: Final = 2.0
"""How long a modem is listened to when all is said: some lines come late."""
SURE_TRIES: Final = 3
"""Where nobody writes down that a PIN is tried, the SIM must say that all three of its usual tries are left: a second
run of the same mistake then enters nothing."""
UNSURE: Final = "The PIN was not entered: the try cannot be written down, and the modem does not say that 3 are left."
UNWRITTEN: Final = "The PIN was not entered: fewer than 2 tries are left, or the try could not be written down."
REGISTRATION_POLLS: Final = 30
POLL_SECONDS: Final = 2.0


def _query(text: str, answer: str, *, timeout: float = 5.0) -> Command:
    return Command(text, text, Shape.MANY, re.compile(answer), timeout, secret=True)


_QUERIES: Final = (
    commands.STORE_STATE,
    commands.SIGNAL,
    commands.REGISTRATION,
    commands.LTE_REGISTRATION,
    _query("AT+CSCA?", r"\+CSCA:.*"),
    commands.OWN_NUMBER,
    commands.ATTENTION,
)
"""What the gateway asks later than at the start, of the modem and its SIM."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What came of it, without an identity anywhere. `masked` counts what was replaced, by kind.

    `readiness` is None where start-up did not end, `outcome` where nothing was to be sent; `trouble` says in a sentence
    why the talk ended early, or nothing. `withheld`: the SIM wanted the PIN and was not given it.
    """

    plate: Nameplate
    profile: str
    readiness: Readiness | None
    outcome: Outcome | None
    exchanges: tuple[Exchange, ...]
    masked: Mapping[str, int]
    trouble: str = ""
    withheld: bool = False

    @property
    def answered(self) -> bool:
        """Whether the modem ever said anything."""
        return any(burst.octets for each in self.exchanges for burst in each.bursts)

    def text(self, *, title: str, date: str) -> str:
        """The transcript as a file. `date`: when it was captured; `title`: what the owner calls it, may be empty."""
        return transcript(_head(self, title, date), self.exchanges)


@dataclass(slots=True)
class _Found:
    """What is known so far."""

    plate: Nameplate = field(default_factory=Nameplate)
    profile: ModemProfile = GENERIC
    readiness: Readiness | None = None
    outcome: Outcome | None = None
    trouble: str = ""
    withheld: bool = False


async def record(
    settings: LineSettings,
    told: Callable[[str], None],
    *,
    tpdu: str | None = None,
    pins: Pins | None = None,
    connect: Connect = open_port,
) -> Recording:
    """One talk from the open port to its end: wake, identify, start up, ask, and send `tpdu` where there is one.

    `settings.pin` is entered once where the SIM asks for it, after `pins` has written that down, and where at least two
    tries are left; without `pins`, or where nothing says which SIM it is, only where three are for certain. None enters
    none. `told` hears a sentence for each step, without identities. Raises PortUnavailable.
    """
    loop = asyncio.get_running_loop()
    tape = Tape(connect, loop.time)
    lost: list[str] = []
    talk = Talk("recording", AtEngine(GENERIC), _unheard, lost.append)
    await talk.connect(tape.connect, settings)
    told(f"{settings.port} is open")
    found = _Found()
    try:
        await _talk_through(talk, settings, found, told, tpdu, pins)
        await asyncio.sleep(LINGER_SECONDS)
    finally:
        trouble = found.trouble or (lost[0] if lost else "")
        await talk.close("The recording is over.")
    exchanges, masked = tape.masked()
    return Recording(
        _public(found.plate),
        found.profile.name,
        found.readiness,
        found.outcome,
        exchanges,
        masked,
        trouble,
        found.withheld,
    )


async def _talk_through(
    talk: Talk,
    settings: LineSettings,
    found: _Found,
    told: Callable[[str], None],
    tpdu: str | None,
    pins: Pins | None,
) -> None:
    if not await talk.drive(dialogues.wake()):
        found.trouble = wording.NO_ANSWER
        return
    told("it answers AT")
    await _identify(talk, found, told)
    readiness = await _start_up(talk, settings, found, pins)
    if readiness is None:
        found.trouble = "The modem fell silent during start-up."
        return
    found.readiness = replace(readiness, imsi="", iccid="")
    state, reason = wording.start_state(readiness)
    told(f"start-up: {state.value}{f', {reason}' if reason else ''}")
    if found.withheld:
        told(found.trouble)
    await _ask(talk, found.profile, readiness)
    told("it was asked for its stores, signal, registration and SMS centre")
    if tpdu is not None:
        await _send(talk, settings, found, told, tpdu)


async def _start_up(talk: Talk, settings: LineSettings, found: _Found, pins: Pins | None) -> Readiness | None:
    """With the PIN by the rules for it; `found` says where it was withheld."""
    sim = await talk.drive(dialogues.ask_iccid(found.profile)) if settings.pin is not None else ""
    written = pins if sim else None
    pin = LinePin(written or PinLedger(), settings)
    sure = 0 if written is not None else SURE_TRIES
    offered = await pin.offer(sim)
    readiness = await talk.drive(dialogues.start_up(found.profile, offered, sure=sure), pin.mark)
    if readiness is not None and readiness.sim is SimState.READY:
        await pin.proved(readiness.iccid)
    elif readiness is not None and readiness.sim is SimState.PIN_SPENT and not pin.was_tried:
        found.withheld, found.trouble = True, UNSURE if sure else UNWRITTEN
    return readiness


async def _identify(talk: Talk, found: _Found, told: Callable[[str], None]) -> None:
    found.plate = await talk.drive(dialogues.identify())
    plate = _public(found.plate)
    try:
        found.profile = choose_profile(found.plate.manufacturer, found.plate.model, found.plate.revision)
    except ProfileConflict:
        told("more than one profile claims it: the generic one is used")
    talk.engine.profile = found.profile
    told(f"it is {plate.manufacturer} {plate.model}, firmware {plate.revision}; profile {found.profile.name}")


async def _ask(talk: Talk, profile: ModemProfile, readiness: Readiness) -> None:
    asked = [*_QUERIES, *(query.command() for query in profile.pin_tries)]
    if readiness.link_mode:
        asked += [commands.setting(f"AT+CMMS={mode}") for mode in (readiness.link_mode, 0)]
    for command in asked:
        if not await talk.drive(_put(command)):
            return


def _put(command: Command) -> Dialogue[bool]:
    """Asks one thing, whatever comes. False: the modem does not answer any more."""
    answer = yield command
    if isinstance(answer, Expired):
        return (yield from dialogues.resync())
    return isinstance(answer, Reply)


async def _send(talk: Talk, settings: LineSettings, found: _Found, told: Callable[[str], None], tpdu: str) -> None:
    if found.readiness is None or found.readiness.sim is not SimState.READY:
        found.trouble = found.trouble or "Nothing was sent: the SIM is not ready."
        return
    if not await _registered(talk):
        found.trouble = "Nothing was sent: the modem is not registered with a network."
        return
    submitted = await talk.drive(sending.send_pdu(found.profile, tpdu, settings.smsc), _grant)
    found.outcome = wording.outcome(submitted, found.profile)
    told(wording.told(found.outcome))


async def _registered(talk: Talk) -> bool:
    for _ in range(REGISTRATION_POLLS):
        place = await talk.drive(dialogues.ask_registration())
        if place is None or place.may_send:
            return place is not None
        await asyncio.sleep(POLL_SECONDS)
    return False


async def _grant(_: Purpose) -> bool:
    return True


def _unheard(_: News) -> None:
    """The tape has it."""


def _public(plate: Nameplate) -> Nameplate:
    """The plate as it may be shown: no IMEI, also not inside the name of a firmware."""
    said = (("AT+CGSN", plate.imei), ("AT+CGMI", plate.manufacturer), ("AT+CGMM", plate.model))
    masked, _ = mask(Said(f"{asked}\r", answer) for asked, answer in (*said, ("AT+CGMR", plate.revision)))
    _, *shown = ("".join(char for char in each.modem if " " <= char <= "~") for each in masked)
    return Nameplate(*shown)


def _head(recording: Recording, title: str, date: str) -> list[str]:
    plate = recording.plate
    lines = [
        "Captured from a device by `otppi modem record`, and masked: identities, numbers, places, texts and PDUs are",
        "invented ones of the same length. How long the modem took is as it was.",
        f"Device: {plate.manufacturer} {plate.model}, firmware {plate.revision}".rstrip(),
        f"Captured: {date}, otppi {__version__}, profile {recording.profile}",
    ]
    if title:
        lines.insert(2, f"Name: {title}")
    if recording.trouble:
        lines.append(f"It ended early: {recording.trouble}")
    return lines
