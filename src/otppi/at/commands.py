"""Typed steps: what is sent, how its answer is told from noise, and how long it may take.

Time limits are those of the field (vendors' manuals and the large open-source drivers), in seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """What stands between a command and its final result."""

    NONE = "none"
    ONE = "one"
    MANY = "many"
    BARE = "bare"
    HEADER_PDU = "header+pdu"


class Purpose(StrEnum):
    """What a Mark is for."""

    HANDED = "handed"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Command:
    """One AT command line. `name` is safe to show; `text` is shown only where `secret` is false.

    `answer` is the shape of a whole line that belongs to the command, needed by every shape but NONE.
    `alone` is the shape of a line after which OK may never come (Wavecom +CPIN). `numeric` also takes ATV0 results.
    `prompts`: the command opens the PDU prompt of 3GPP TS 27.005 3.5.1. `plain`: lines of that answer shape hold
    nothing private. `idle`: silence that long ends the wait before `timeout` does (long lists).
    """

    name: str
    text: str = field(repr=False)
    shape: Shape = Shape.NONE
    answer: re.Pattern[str] | None = field(default=None, repr=False)
    timeout: float = 5.0
    alone: re.Pattern[str] | None = field(default=None, repr=False)
    prompts: bool = False
    numeric: bool = False
    secret: bool = False
    plain: bool = False
    idle: float | None = None

    def __post_init__(self) -> None:
        if not (self.text.isascii() and self.text.isprintable()):
            raise ValueError(f"{self.name}: only printable ASCII may be sent as a command")
        if (self.shape is Shape.NONE) != (self.answer is None):
            raise ValueError(f"{self.name}: an answer shape is needed exactly where lines are awaited")


@dataclass(frozen=True, slots=True)
class Body:
    """The PDU for an open prompt; Ctrl-Z is added. After it only the result tells what became of it."""

    pdu: str = field(repr=False)
    timeout: float = 150.0


@dataclass(frozen=True, slots=True)
class Abort:
    """ESC at the prompt: takes back a text that was not handed over. Modems answer OK, some nothing."""

    timeout: float = 2.0


@dataclass(frozen=True, slots=True)
class Drain:
    """Send raw octets, then let `seconds` pass; what comes meanwhile is no reply to anything.

    One of the unsolicited lines `until`, word for word, ends it early.
    """

    send: bytes = b""
    seconds: float = 0.1
    until: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """The shell writes something down before the next step leaves, and answers whether to go on."""

    purpose: Purpose


Step = Command | Body | Abort | Drain | Mark


def _ask(name: str, answer: str, *, timeout: float = 5.0, plain: bool = False, alone: str = "") -> Command:
    return Command(
        f"AT{name}",
        f"AT{name}",
        Shape.ONE,
        re.compile(answer),
        timeout,
        re.compile(alone) if alone else None,
        plain=plain,
        secret=not plain,
    )


def _bare(name: str, shape: str, prefix: str = "") -> Command:
    return Command(f"AT{name}", f"AT{name}", Shape.BARE, re.compile(prefix + shape), secret=True)


def setting(text: str, *, timeout: float = 5.0) -> Command:
    """A command that only answers OK or an error, and whose text holds nothing private."""
    return Command(text, text, timeout=timeout)


ATTENTION = Command("AT", "AT", timeout=2.0, numeric=True)
ECHO_OFF = Command("ATE0", "ATE0", timeout=2.0, numeric=True)
WORDS_ON = Command("ATV1", "ATV1", timeout=2.0, numeric=True)
NUMBERED_ERRORS = setting("AT+CMEE=1", timeout=2.0)
PDU_MODE = setting("AT+CMGF=0")
RADIO_ON = setting("AT+CFUN=1", timeout=20.0)
RADIO_OFF = setting("AT+CFUN=4", timeout=20.0)
REGISTRATION_NEWS = setting("AT+CREG=1")
LTE_REGISTRATION_NEWS = setting("AT+CEREG=1")
ACKNOWLEDGE = setting("AT+CNMA")
LEAVE_NETWORK_DIALOGUE = setting("AT+CUSD=2", timeout=15.0)

# An operator, a maker or a model may be called anything, but never begins like an information response.
_WORDS = r"[^+^*#%$&!_>].{0,99}"
MANUFACTURER = _bare("+CGMI", _WORDS, r"(?:\+CGMI:\s*)?")
MODEL = _bare("+CGMM", _WORDS, r"(?:\+CGMM:\s*)?")
REVISION = _bare("+CGMR", _WORDS, r"(?:\+CGMR:\s*)?")
IMEI = _bare("+CGSN", r"\"?\d{14,17}\"?", r"(?:\+CGSN:\s*)?")
IMSI = _bare("+CIMI", r"\"?\d{14,15}\"?", r"(?:\+CIMI:\s*)?")
_ICCID = re.compile(r"(?:[+^][A-Z]{0,2}CCID:\s*)?\"?[0-9]{17,20}[0-9Ff]{0,2}\"?")
ICCID = Command("AT+CCID", "AT+CCID", Shape.BARE, _ICCID, secret=True)
# 3GPP TS 27.007 8.18, READ BINARY of EF-ICCID (TS 102 221 13.2): no command of its own is standard.
ICCID_OF_CARD = Command(
    "AT+CRSM=",
    "AT+CRSM=176,12258,0,0,10",
    Shape.ONE,
    re.compile(r"\+CRSM:\s*144\s*,\s*\d{1,3}\s*,\s*\"?[0-9A-Fa-f]{20}\"?"),
    secret=True,
)

RADIO = _ask("+CFUN?", r"\+CFUN:\s*\d{1,2}(?:\s*,\s*\d)?", plain=True)
_PIN_STATE = r"\+CPIN:\s*\"?[A-Z0-9_ -]{3,30}\"?"
PIN_STATE = _ask("+CPIN?", _PIN_STATE, plain=True, alone=_PIN_STATE)
SERVICE = _ask("+CSMS?", r"\+CSMS:\s*\d{1,3}(?:\s*,\s*\d){0,3}", plain=True)
STORES = _ask("+CPMS=?", r"\+CPMS:\s*\(.*\).*")
REPORTS_ON_OFFER = _ask("+CNMI=?", r"\+CNMI:\s*\(.*", plain=True)
LINK_MODES = _ask("+CMMS=?", r"\+CMMS:\s*[(\d].*", plain=True)
REGISTRATION = _ask("+CREG?", r"\+CREG:\s*\d\s*,\s*\d{1,2}(?:\s*,.*)?", plain=False)
LTE_REGISTRATION = _ask("+CEREG?", r"\+CEREG:\s*\d\s*,\s*\d{1,2}(?:\s*,.*)?", plain=False)
OPERATOR = _ask("+COPS?", r"\+COPS:\s*\d(?:\s*,.*)?", timeout=10.0)
OPERATORS = _ask("+COPS=?", r"\+COPS:.*", timeout=200.0)
SIGNAL = _ask("+CSQ", r"\+CSQ:\s*\d{1,2}\s*,\s*\d{1,2}", plain=True)

# 3GPP TS 27.007 7.1: a line for each number of the SIM; none, or an error, where nothing was written to it.
OWN_NUMBER = Command(
    "AT+CNUM", "AT+CNUM", Shape.MANY, re.compile(r'\+CNUM:\s*(?:"[^"]*")?\s*,\s*"[^"]*".*'), 5.0, secret=True
)

_STORE_NAME = re.compile(r"[A-Z]{2}")
_PIN = re.compile(r"[0-9]{4,8}")
# Some modems answer AT+CPMS= without a final OK; nine counters or more are then the whole answer (smstools: 8 commas).
_COUNTS = r"\+CPMS:\s*(?:\"[A-Z]{2}\"\s*,\s*)?\d{1,4}(?:\s*,\s*(?:\"[A-Z]{2}\"|\d{1,4})){0,8}"
_ALL_COUNTS = r"\+CPMS:(?:[^,]*,){8}[^,]*"
STORE_STATE = _ask("+CPMS?", r"\+CPMS:\s*\"?[A-Z]{2}.*", alone=_ALL_COUNTS)


def choose_stores(*names: str) -> Command:
    """AT+CPMS= (3GPP TS 27.005 3.2.2): the stores to read from, to write to and to receive into; older modems know but
    two, and one alone leaves the others. A store name is two capitals; anything else is a ValueError.
    """
    if not 1 <= len(names) <= 3 or not all(_STORE_NAME.fullmatch(name) for name in names):
        raise ValueError("a message store has two capital letters, and there are 1 to 3 places")
    text = "AT+CPMS=" + ",".join(f'"{name}"' for name in names)
    return Command("AT+CPMS=", text, Shape.ONE, re.compile(_COUNTS), alone=re.compile(_ALL_COUNTS), plain=True)


# `+CMGR: stat,[alpha],length` and `+CMGL: index,stat,[alpha],length`; SIM800 leaves the comma of a missing alpha out.
_HEADER = r"\d\s*(?:,\s*(?:\"[^\"]*\"|[^,\"]*))?,\s*\d{1,3}"
LIST_MESSAGES = Command(  # 3GPP TS 27.005 3.4.2, all messages of the store
    "AT+CMGL=", "AT+CMGL=4", Shape.HEADER_PDU, re.compile(r"\+CMGL:\s*\d{1,5}\s*,\s*" + _HEADER), 60.0, idle=10.0
)


def read_message(index: int) -> Command:
    """AT+CMGR= in PDU mode (3GPP TS 27.005 3.4.3): a header with the octets of the TPDU, then the PDU."""
    answer = re.compile(r"\+CMGR:\s*" + _HEADER)
    return Command("AT+CMGR=", f"AT+CMGR={_place(index)}", Shape.HEADER_PDU, answer, timeout=10.0)


def delete_message(index: int) -> Command:
    """AT+CMGD= (3GPP TS 27.005 3.5.4) with an index and no flag: never more than this one message."""
    return Command("AT+CMGD=", f"AT+CMGD={_place(index)}", timeout=30.0)


def _place(index: int) -> int:
    if not 0 <= index <= 65_535:
        raise ValueError("an index in a message store is 0 to 65535")
    return index


def choose_service(service: int) -> Command:
    """AT+CSMS= (3GPP TS 27.005 3.2.1): 0 is the service of GSM phase 2, 1 that of phase 2+, with acknowledgements."""
    return Command("AT+CSMS=", f"AT+CSMS={service}", Shape.ONE, re.compile(r"\+CSMS:\s*\d.*"), plain=True)


def iccid_query(text: str) -> Command:
    """A maker's own command that answers with the ICCID, bare or behind a name."""
    return Command(text, text, Shape.BARE, _ICCID, secret=True)


def choose_characters(name: str) -> Command:
    """AT+CSCS= (3GPP TS 27.007 5.5): the letters of operators' names and of USSD; texts in PDUs know nothing of it."""
    return setting(f'AT+CSCS="{name}"')


def ask_network(code: str) -> Command:
    """AT+CUSD=1 (3GPP TS 27.007 7.15): digits, star, hash and plus, 1 to 182; else ValueError, without the code.

    OK only says that the request is out: what the network says comes as +CUSD.
    """
    if re.fullmatch(r"[0-9*#+]{1,182}", code) is None:
        raise ValueError("a USSD request has 1 to 182 digits, stars and hashes")
    return Command("AT+CUSD=", f'AT+CUSD=1,"{code}",15', timeout=15.0, secret=True)


def enter_pin(pin: str) -> Command:
    """AT+CPIN= (3GPP TS 27.007 8.3). A PIN has 4 to 8 digits (TS 31.101 9.5.1); else ValueError, without the PIN."""
    if not _PIN.fullmatch(pin):
        raise ValueError("a SIM PIN has 4 to 8 digits")
    return Command("AT+CPIN=", f'AT+CPIN="{pin}"', timeout=30.0, secret=True)


def submit(octets: int, *, timeout: float = 10.0) -> Command:
    """AT+CMGS= in PDU mode (3GPP TS 27.005 3.5.1): `octets` of TPDU without the SMSC, 8 to 175."""
    answer = re.compile(r"\+CMGS:\s*\d{1,3}(?:\s*,.*)?")
    return Command("AT+CMGS=", f"AT+CMGS={octets}", Shape.ONE, answer, timeout, prompts=True, plain=True)
