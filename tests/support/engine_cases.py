"""Cases for the AT engine, made from a seed: what a modem may write, honest or not, and what must hold all the same.

    python tests/support/engine_cases.py FIRST LAST [WORKERS]

runs the seeds FIRST..LAST-1, prints progress, then each seed that shows a defect. A seed replays exactly:
`python tests/support/engine_cases.py SEED SEED+1`. The properties, each checked for every seed:

- `chunks`: the same octets, however they are cut, give the same events;
- `news`: unsolicited lines of all makes, two-line ones too, at any line boundary change no reply and are all told;
- `garbage`: whatever comes, in whatever order, nothing raises, and the engine works afterwards;
- `dialogues`: whatever the modem does, each dialogue ends, with a value of its kind, and keeps its promises.
"""

from __future__ import annotations

import itertools
import multiprocessing
import sys
import time
import traceback
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from otppi.at import commands, dialogues, upkeep
from otppi.at.answers import Registration
from otppi.at.commands import Abort, Body, Command, Drain, Mark, Purpose, Shape
from otppi.at.engine import AtEngine, State
from otppi.at.errors import OutOfStep
from otppi.at.events import Drained, Event, Expired, Garbage, Late, Lost, Marked, Prompt, Reply
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS
from otppi.at.results import OK
from otppi.at.sending import Accepted, Denied, Silent, Withheld, send_pdu
from otppi.at.urc import KNOWN, Urc

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.at.events import Answer, Dialogue
    from otppi.at.profile import ModemProfile
    from otppi.at.unsolicited import UrcPattern

T = TypeVar("T")
SendStep = Command | Body | Abort | Drain

PROFILES = (*VENDORS, GENERIC)
REPORT = "06010B912618000000F0"
PDU = "0011000B912618000000F00000AA05E8329BFD06"
TPDU = PDU[2:]
PIN = "1234"
OTHER_STEPS: tuple[SendStep, ...] = (commands.submit(19), Body(PDU), Abort(), Drain(b"\x1b"))
STYLES = ("\r\n{}\r\n", "{}\r\n", "\r{}\r", "\n{}\n", "\r\r\n{}\r\r\n", "\0\r\n{}\r\n\0")
FINALS = (
    *("OK",) * 12,
    *("ERROR", "+CME ERROR: 14", "+CME ERROR: 10", "+CME ERROR: 16", "+CMS ERROR: 314", "+CMS ERROR: 500"),
    *("+CMS ERROR: 321", "+CMS ERROR: what", "COMMAND NOT SUPPORT", "NA", "MODEM ERROR: 1", "+EXT ERROR: 1"),
)
MOST_STEPS = 20_000


# -- what modems say -------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """An unsolicited line of a known kind; `lines` are one or two."""

    pattern: UrcPattern
    lines: tuple[str, ...]


def examples(pattern: UrcPattern) -> list[Said]:
    """Lines that the pattern takes; every known one has some."""
    name = pattern.name
    tails = ("", ": 1", ":5", ": 1,2", ': "SM",3', ": 11", ": ,11", ",1", ': "smsfull","ME"', "SORD: 0,4")
    lines = [name + tail for tail in tails if pattern.pattern.fullmatch(name + tail)]
    return [Said(pattern, (line, "00" + REPORT) if pattern.with_pdu else (line,)) for line in lines]


SAYINGS = [said for pattern in KNOWN for said in examples(pattern)]

_COUNTS = '+CPMS: "SM",{a},{b},"SM",{a},{b},"ME",{a},{b}'
HONEST: dict[str, tuple[str, ...]] = {
    "AT+CGMI": ("huawei", "SIMCOM_Ltd", "WAVECOM MODEM", "+CGMI: Quectel"),
    "AT+CGMM": ("E173", "SIMCOM_SIM800L", "900E 1800", '"EC25"'),
    "AT+CGMR": ("11.126.85.00.209", "+CGMR: LE20B04SIM7600M22"),
    "AT+CGSN": ("359876040000017", '+CGSN: "359876040000025"'),
    "AT+CIMI": ("510100000000017",),
    "AT+CCID": ("89620000000000000017", '+CCID: "8962000000000000033F"'),
    "AT+CRSM=": ('+CRSM: 144,0,"98260000000000000071"',),
    "AT+CFUN?": ("+CFUN: 1", "+CFUN: 4,0"),
    "AT+CPIN?": (*("+CPIN: READY", "+CPIN: SIM PIN") * 3, '+CPIN:"SIM PUK"', "+CPIN: SIM PIN2", "+CPIN: NOT READY"),
    "AT+CSMS?": ("+CSMS: 0,1,1,1", "+CSMS: 1,1,1,1"),
    "AT+CSMS=": ("+CSMS: 1,1,1",),
    "AT+CPMS=?": ('+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")', '+CPMS: (("SM","BM"),("SM"))'),
    "AT+CPMS?": (_COUNTS, '+CPMS: "SR",{a},{b},"SM",{a},{b}'),
    "AT+CPMS=": ("+CPMS: {a},{b},{a},{b},{a},{b}", "+CPMS: {a},{b}", _COUNTS),
    "AT+CNMI=?": ("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)", "+CNMI: (0,1),(0),(),(0),(0)", "+CNMI: ()"),
    "AT+CMMS=?": ("+CMMS: (0-2)", "+CMMS: 0,1"),
    "AT+CREG?": ("+CREG: 1,1", '+CREG: 2,5,"00C3","1A2B"', "+CREG: 0,2", "+CREG: 0,99"),
    "AT+CEREG?": ("+CEREG: 0,1", "+CEREG: 0,0"),
    "AT+COPS?": ('+COPS: 0,0,"TELKOMSEL",2', "+COPS: 0", '+COPS: 0,0,"0058004C002000410078"'),
    "AT+COPS=?": ('+COPS: (2,"A","a","51010",2),(1,"B","b","51011",0),,(0-4),(0,2)',),
    "AT+CNUM": ('+CNUM: ,"+6281200000001",145', '+CNUM: "own","081200000001",129'),
    "AT+CSQ": ("+CSQ: 18,99", "+CSQ: 99,99"),
    "AT+CPINR": ("+CPINR: SIM PIN,{a},3", "+CPINR: SIM PUK,10,10"),
    "AT^CPIN?": ("^CPIN: SIM PIN,{a},10,{a},10,3",),
    'AT+QPINC="SC"': ('+QPINC: "SC",{a},10',),
    "AT+SPIC": ("+SPIC: {a},10,3,10",),
    "AT+CPINC": ("+CPINC: {a},3,10,10",),
    "AT+CMGS=": ("+CMGS: {b}",),
}
"""By a command's name, one of its answers; {a} and {b} are numbers below 10 and below 300."""


class Modem:
    """Makes up answers. All its chance comes from one seed."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.style = chance.choice(STYLES)

    def line(self, text: str) -> bytes:
        """A line in this modem's style."""
        return self.style.format(text).encode("latin-1")

    def answer(self, command: Command) -> list[str]:
        """The lines of an honest answer, without its final result."""
        match command.shape:
            case Shape.NONE:
                return []
            case Shape.HEADER_PDU:
                return self._messages(command)
            case _:
                known = HONEST.get(command.name, ())
                number = self.chance.randrange
                return [self.chance.choice(known).format(a=number(10), b=number(300))] if known else []

    def _messages(self, command: Command) -> list[str]:
        listing = command is commands.LIST_MESSAGES
        found: list[str] = []
        for index in range(self.chance.randrange(4) if listing else 1):
            place = f"{index}," if listing else ""
            found += (f"{command.name[2:-1]}: {place}1,,{len(REPORT) // 2}", "00" + REPORT)
        return found

    def final(self) -> str:
        """A final result, mostly OK."""
        return self.chance.choice(FINALS)

    def saying(self) -> Said:
        """Something unsolicited."""
        return self.chance.choice(SAYINGS)

    def rubbish(self) -> bytes:
        """Octets of no meaning, some of which look like one."""
        pieces = (
            b"\r\nOK\r\n",
            b"\r\n> ",
            b"+CMGS: 1\r\n",
            b"\r\n+CDS: 11\r\n",
            b"+CMGL: \r\n",
            b">",
            b"\0\x1a\x1b",
            b"A" * 5000,
        )
        chance = self.chance
        return b"".join(
            chance.choice(pieces) if chance.random() < 0.4 else chance.randbytes(chance.randrange(20))
            for _ in range(chance.randrange(1, 5))
        )

    def spoilt(self, octets: bytes) -> bytes:
        """The same with an octet lost, changed or put in."""
        if not octets:
            return octets
        at, how = self.chance.randrange(len(octets)), self.chance.randrange(3)
        fill = b"" if how == 0 else self.chance.randbytes(1)
        return octets[:at] + fill + octets[at + (how < 2) :]

    def cut(self, octets: bytes) -> list[bytes]:
        """The same octets in pieces."""
        places = {self.chance.randrange(len(octets) + 1) for _ in range(self.chance.randrange(8))} | {0, len(octets)}
        return [octets[start:end] for start, end in itertools.pairwise(sorted(places))]

    def reply(self, step: SendStep) -> bytes:
        """What this modem does when the host says that: right, half right, wrong or nothing."""
        fate = self.chance.random()
        if fate < 0.08:
            return b""
        octets = self.rubbish() if fate < 0.16 else self._well_meant(step, fate)
        return self.spoilt(octets) if self.chance.random() < 0.1 else octets

    def _well_meant(self, step: SendStep, fate: float) -> bytes:
        units: list[bytes] = []
        if isinstance(step, Command) and step.prompts and fate > 0.3:
            units.append(self.chance.choice((b"\r\n> ", b">", b"> \r", b"\r\n>\r\n")))
        elif isinstance(step, Body):
            units += [self.line(f"+CMGS: {self.chance.randrange(300)}"), self.line(self.final())]
        elif isinstance(step, Command):
            asked = step if fate > 0.25 else self.chance.choice(ASKED)
            lines = self.answer(asked) if self.chance.random() < 0.9 else []
            units += [self.line(line) for line in (*lines, *(() if fate < 0.33 else (self.final(),)))]
        else:
            units.append(self.line("OK"))
        if self.chance.random() < 0.3:
            units.insert(self.chance.randrange(len(units) + 1), b"".join(map(self.line, self.saying().lines)))
        return b"".join(units)


ASKED = tuple(
    each
    for each in (
        *(each for each in vars(commands).values() if isinstance(each, Command)),
        *(commands.read_message(1), commands.choose_stores("SM", "SM", "SM"), commands.choose_service(0)),
        *(query.command() for query in GENERIC.pin_tries),
    )
    if not each.prompts
)


# -- the properties --------------------------------------------------------------------------------------------------


class Defect(Exception):
    """A property does not hold."""


def holds(condition: object, what: str) -> None:
    """Raises Defect if it does not."""
    if not condition:
        raise Defect(what)


@dataclass(frozen=True, slots=True)
class Turn:
    """The host's step, and what the modem says then, unit by unit."""

    step: SendStep
    units: tuple[bytes, ...]


def conversation(modem: Modem) -> list[Turn]:
    """Some commands and sends, honestly answered."""
    turns: list[Turn] = []
    for _ in range(modem.chance.randrange(1, 4)):
        if modem.chance.random() < 0.3:
            turns.append(Turn(commands.submit(19), (b"\r\n> ",)))
            turns.append(Turn(Body(PDU), (modem.line("+CMGS: 42"), modem.line("OK"))))
            continue
        command = modem.chance.choice(ASKED)
        echo = (command.text.encode() + b"\r",) if modem.chance.random() < 0.3 else ()
        lines = (*modem.answer(command), modem.final())
        turns.append(Turn(command, (*echo, *map(modem.line, lines))))
    return turns


def run(profile: ModemProfile, turns: list[Turn], cut: Callable[[bytes], list[bytes]]) -> list[list[Event]]:
    """What the engine tells at each turn; a step that is not ended by then is ended by its time limit."""
    engine, told = AtEngine(profile), list[list[Event]]()
    for turn in turns:
        if isinstance(turn.step, Body) and engine.state is not State.HELD:
            continue
        engine.execute(turn.step)
        for chunk in cut(b"".join(turn.units)):
            engine.receive(chunk)
        if engine.awaiting() is not None:
            engine.expire()
        if engine.state is State.HELD and turn is turns[-1]:
            engine.execute(Abort())
        told.append(engine.events())
        if engine.state not in (State.IDLE, State.HELD):
            engine.expire()
    return told


def check_chunks(chance: Random) -> None:
    """Cut anywhere, the same octets give the same events; spoilt octets too."""
    modem, profile = Modem(chance), chance.choice(PROFILES)
    turns = conversation(modem)
    if chance.random() < 0.5:
        turns = [Turn(turn.step, (modem.spoilt(b"".join(turn.units)), modem.rubbish())) for turn in turns]
    whole = run(profile, turns, lambda octets: [octets])
    holds(run(profile, turns, modem.cut) == whole, "pieces give other events than the whole")
    holds(run(profile, turns, lambda octets: [bytes([octet]) for octet in octets]) == whole, "octet by octet differs")


def check_news(chance: Random) -> None:
    """Unsolicited lines at any line boundary change no reply, and are all told."""
    modem, profile = Modem(chance), chance.choice(PROFILES)
    turns, noisy, injected = conversation(modem), list[Turn](), 0
    for turn in turns:
        units: list[bytes] = []
        for unit in (*turn.units, b""):
            for _ in range(chance.randrange(3)):
                said = modem.saying()
                if not _could_answer(turn.step, said):
                    units.append(b"".join(map(modem.line, said.lines)))
                    injected += 1
            units.append(unit)
        noisy.append(Turn(turn.step, tuple(units)))
    quiet, loud = run(profile, turns, lambda octets: [octets]), run(profile, noisy, modem.cut)
    holds(_replies(quiet) == _replies(loud), "news changed a reply")
    told = [event for events in loud for event in events if isinstance(event, Urc)]
    holds(len(told) == injected, f"{injected} lines were said, {len(told)} told")
    holds(not any(isinstance(event, Garbage | Late) for events in loud for event in events), "news became garbage")


def _could_answer(step: SendStep, said: Said) -> bool:
    """Whether the line has the very shape that the step asks for: then it is an answer as good as the other."""
    asks = isinstance(step, Command) and step.answer is not None and step.answer.fullmatch(said.lines[0])
    return said.pattern.shared and bool(asks)


def _replies(told: list[list[Event]]) -> list[Event]:
    return [event for events in told for event in events if isinstance(event, Reply | Prompt | Expired)]


def check_garbage(chance: Random) -> None:
    """Any octets and any steps, in any order: nothing raises but OutOfStep, and AT works afterwards."""
    modem, engine = Modem(chance), AtEngine(chance.choice(PROFILES), listening=chance.random() < 0.3)
    octets = 0
    for _ in range(chance.randrange(30)):
        fate = chance.random()
        if fate < 0.6:
            said = modem.rubbish()
            octets += len(said)
            engine.receive(said)
        elif fate < 0.75:
            engine.expire()
        else:
            try:
                engine.execute(chance.choice(OTHER_STEPS) if chance.random() < 0.4 else chance.choice(ASKED))
            except OutOfStep:
                continue
    holds(len(engine.events()) <= octets + 100, "more events than octets")
    engine.execute(Drain())
    engine.receive(b"\r\n")
    engine.expire()
    engine.receive(b"\r\n\r\n")
    engine.events()
    engine.data_to_send()
    engine.execute(commands.ATTENTION)
    holds(engine.data_to_send() == b"AT\r", "something else left with AT")
    engine.receive(b"\r\nOK\r\n")
    heard = [event for event in engine.events() if not isinstance(event, Garbage)]  # a header whose PDU never came
    holds(heard == [Reply(commands.ATTENTION, OK)], "AT does not work afterwards")
    holds(engine.state is State.IDLE, "not idle afterwards")


class Promises:
    """Watches what leaves during a dialogue."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.granted: set[Purpose] = set()

    def leaves(self, step: SendStep) -> None:
        """Checks a step before it is executed."""
        holds(not isinstance(step, Body) or Purpose.HANDED in self.granted, "a text left without its mark")
        text = step.text if isinstance(step, Command) else ""
        holds(not text.startswith('AT+CPIN="') or Purpose.PIN in self.granted, "a PIN left without its mark")
        holds(not text.startswith("AT+CMGD=") or text[8:].isdigit(), "a deletion of more than one message")
        self.texts.append(text)
        holds(sum(each.startswith('AT+CPIN="') for each in self.texts) <= 1, "a PIN left twice")
        holds(sum(isinstance(each, str) for each in self.texts) < MOST_STEPS, "the dialogue does not end")


def drive(engine: AtEngine, dialogue: Dialogue[T], modem: Modem) -> tuple[T, Promises]:
    """Plays a dialogue against the modem, without a clock: where nothing ends a step, its time limit does."""
    promises = Promises()
    held: list[Answer] = []
    try:
        step = next(dialogue)
        while True:
            if isinstance(step, Body | Abort) and engine.state is not State.HELD and held:
                step = dialogue.send(held.pop(0))  # the modem took its prompt back while the mark was made
            elif isinstance(step, Mark):
                go = modem.chance.random() < 0.8
                promises.granted |= {step.purpose} if go else set()
                step = dialogue.send(Marked(go=go))
            else:
                promises.leaves(step)
                answer, *held = _perform(engine, step, modem)
                step = dialogue.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result, promises


def _perform(engine: AtEngine, step: SendStep, modem: Modem) -> list[Answer]:
    engine.execute(step)
    engine.data_to_send()
    for chunk in modem.cut(modem.reply(step)):
        engine.receive(chunk)
    if modem.chance.random() < 0.002:
        engine.closed()
    for _ in range(3):
        found = [event for event in engine.events() if isinstance(event, Reply | Prompt | Expired | Drained | Lost)]
        if found:
            return list(found)
        engine.expire()
    raise Defect("a step is never answered")


def _dialogues(profile: ModemProfile) -> tuple[tuple[Callable[[], Dialogue[object]], tuple[type, ...]], ...]:
    nothing = type(None)
    return (
        (dialogues.resync, (bool,)),
        (dialogues.wake, (bool,)),
        (dialogues.identify, (dialogues.Nameplate,)),
        (lambda: dialogues.start_up(profile, None), (dialogues.Readiness, nothing)),
        (lambda: dialogues.ask_iccid(profile), (str,)),
        (dialogues.ask_signal, (tuple,)),
        (dialogues.ask_operator, (str,)),
        (dialogues.ask_registration, (Registration, nothing)),
        (dialogues.ask_own_number, (str, nothing)),
        (dialogues.acknowledge, (bool,)),
        (lambda: dialogues.keep_link(2), (bool,)),
        (lambda: send_pdu(profile, TPDU, None), (Accepted, Denied, Withheld, Silent)),
        (upkeep.ask_storage, (tuple, nothing)),
        (lambda: upkeep.count_stored("SR"), (tuple, nothing)),
        (lambda: upkeep.read_stored("SR", 1), (str, nothing)),
        (lambda: upkeep.list_stored(profile, "ME"), (tuple, nothing)),
        (lambda: upkeep.delete_stored("SM", 1), (bool,)),
        (upkeep.radio_cycle, (bool,)),
        (lambda: upkeep.restart(profile), (bool,)),
        (upkeep.find_networks, (tuple, nothing)),
        (lambda: upkeep.ask_network("*100#"), (bool,)),
        (upkeep.leave_network_dialogue, (bool,)),
    )


def check_dialogues(chance: Random) -> None:
    """Each dialogue ends, with a value of its kind, whatever the modem does; and keeps its promises on the way."""
    modem, profile = Modem(chance), chance.choice(PROFILES)
    engine = AtEngine(profile)
    with_pin = (lambda: dialogues.start_up(profile, PIN), (dialogues.Readiness, type(None)))
    # A PIN is what can be lost for ever, so it is tried more often than anything else.
    make, kinds = with_pin if chance.random() < 0.3 else chance.choice(_dialogues(profile))
    value, promises = drive(engine, make(), modem)
    holds(isinstance(value, kinds), f"a value of another kind: {type(value).__name__}")
    if not profile.resets:
        holds("AT+CFUN=1,1" not in promises.texts, "a family without a reset was reset")


PROPERTIES = (check_chunks, check_news, check_garbage, check_dialogues)


def failures(seed: int) -> list[str]:
    """What does not hold for a seed, one line for each property."""
    found: list[str] = []
    for check in PROPERTIES:
        try:
            check(Random(f"{check.__name__} {seed}"))  # noqa: S311 - repeatable cases, no secret
        except Defect as defect:
            found.append(f"{check.__name__}: {defect}")
        except Exception:  # noqa: BLE001 - whatever is raised is what the run is looking for
            found.append(f"{check.__name__}: {traceback.format_exc(limit=-2)}")
    return found


# -- many seeds ------------------------------------------------------------------------------------------------------

CHUNK = 250


def run_chunk(seeds: tuple[int, int]) -> dict[int, list[str]]:
    """The failing seeds among first..last-1."""
    return {seed: found for seed in range(*seeds) if (found := failures(seed))}


def main(arguments: list[str]) -> int:
    """Run the seeds; the exit status."""
    first, last = int(arguments[0]), int(arguments[1])
    workers = int(arguments[2]) if len(arguments) > 2 else 1
    chunks = [(start, min(start + CHUNK, last)) for start in range(first, last, CHUNK)]
    started = time.monotonic()
    failing: dict[int, list[str]] = {}
    with multiprocessing.Pool(workers) as pool:
        for done, found in enumerate(pool.imap_unordered(run_chunk, chunks), 1):
            failing |= found
            if done % 20 == 0:
                print(f"{done * CHUNK} seeds, {len(failing)} failing, {time.monotonic() - started:.0f} s", flush=True)
    for seed, defects in sorted(failing.items())[:20]:
        print(f"seed {seed}:", *defects, sep="\n    ")
    print(f"{last - first} seeds, {len(failing)} failing, {time.monotonic() - started:.0f} s")
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
