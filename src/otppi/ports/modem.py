"""The modem as the application sees it: a thing that takes one segment at a time and says what became of it.

Nothing here knows AT commands, serial ports or time. Implementations: `otppi.modems.SerialModem` (the real one)
and `otppi.testing.FakeModem`; both are held to `tests/contracts/test_modem.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from otppi.at.codes import ErrorClass, classify, shown


class ModemState(StrEnum):
    """The words every surface uses for a modem (decisions 8)."""

    ABSENT = "absent"
    PROBING = "probing"
    STARTING = "starting"
    PIN_NEEDED = "pin_needed"
    SEARCHING = "searching"
    READY = "ready"
    BUSY = "busy"
    SLOW = "slow"
    DEGRADED = "degraded"
    RESETTING = "resetting"
    QUARANTINED = "quarantined"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How to reach one modem: what the owner configured, nothing learned.

    `port` is `/dev/tty...`, any path of a character device, or `tcp://host:port`. `pin` is write-only: it never
    appears in a repr, a log or an event; `pin_entry` names the owner's entering of it (see `ports.pins`). `smsc` is an
    SMS centre number set by the owner (international digits, no `+`), or None to use the SIM's own.
    """

    name: str
    port: str
    baud: int = 115_200
    parity: str = "N"
    stop_bits: int = 1
    pin: str | None = field(default=None, repr=False)
    pin_entry: str = ""
    smsc: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the modem said it is. Empty strings where it did not say."""

    manufacturer: str = ""
    model: str = ""
    revision: str = ""
    imei: str = ""
    imsi: str = ""
    iccid: str = ""


@dataclass(frozen=True, slots=True)
class LineStatus:
    """A snapshot of one modem. `signal` is 0..31 as +CSQ reports it, None where unknown (99).

    `profile` names the family it is driven as, `port` the path that is open now (it may not be the configured one),
    `stored` the messages in its receiving store and the places there; each empty or None while unknown. `msisdn` is the
    number the SIM says it has, as it says it, with `+` where it is international; many SIMs say none.
    """

    state: ModemState
    identity: Identity = Identity()
    operator: str = ""
    signal: int | None = None
    reason: str = ""
    """One plain sentence for a state that is not READY or BUSY, else an advice or nothing; holds no number or text."""
    profile: str = ""
    port: str = ""
    stored: tuple[int, int] | None = None
    msisdn: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """One segment to put on the air.

    `tpdu` is the SMS-SUBMIT TPDU as upper-case hex without the SMSC octets (3GPP TS 23.040 9.2.2.2); it never
    appears in a repr. `key` names the segment in late answers and is opaque to the modem. `more` says another
    segment is likely to follow within a second (a hint for AT+CMMS). `begun` is called once, just before the first
    octet of the exchange is written; it must not raise.
    """

    key: str
    tpdu: str = field(repr=False)
    more: bool = False
    begun: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """`+CMGS: <reference>` and OK both arrived (3GPP TS 27.005 3.5.1). `reference` is 0..255."""

    reference: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The modem or the network refused for certain: nothing went out.

    `kind` is `cms`, `cme` or `error` (a bare ERROR); `code` the numeric value, None for a bare ERROR;
    `words` is the fixed text of the code table, never the modem's own words. `own` is what the modem's family means
    by a code of its own, None where the standard table holds.
    """

    kind: Literal["cms", "cme", "error"]
    code: int | None
    words: str
    own: ErrorClass | None = None

    @property
    def meaning(self) -> ErrorClass:
        """What the refusal means for a sender."""
        return self.own if self.own is not None else classify(self.kind, self.code)

    @property
    def reason(self) -> str:
        """Code and words as every surface shows them: `+CMS ERROR 316: SIM PUK required`."""
        return shown(self.kind, self.code, self.words)


@dataclass(frozen=True, slots=True)
class NotHanded:
    """Nothing of the text was given to the modem, or it was taken back with ESC: safe to send anywhere."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The text and Ctrl-Z left, no final answer came. A late `+CMGS` may still arrive through `on_late`."""

    reason: str


Outcome = Sent | Refused | NotHanded | Unknown

AtPrompt = Callable[[], Awaitable[bool]]
"""Awaited at the prompt, before one octet of the text leaves. True: go on. False: ESC, outcome NotHanded.

When it returns True the HANDED mark is durable. If it raises, the modem sends ESC and lets the error out."""


class LineEvents(Protocol):
    """What a modem tells on its own. Called on the event loop; must not block or raise."""

    def changed(self, name: str, status: LineStatus) -> None:
        """The status of modem `name` changed in any field."""

    def late(self, name: str, key: str, reference: int) -> None:
        """`+CMGS: reference` for a submission whose outcome was Unknown arrived after all."""

    def report(self, name: str, tpdu: str) -> None:
        """A status report arrived (+CDS): its TPDU as hex, without the SMSC octets."""


class Line(Protocol):
    """One configured modem. One task owns its port from `run` until that task is cancelled."""

    @property
    def status(self) -> LineStatus:
        """The present status; changes are also told through `LineEvents.changed`."""

    async def run(self) -> None:
        """Open, start up, watch, and reconnect with back-off, until cancelled. Never returns by itself."""

    async def send(self, submission: Submission, at_prompt: AtPrompt) -> Outcome:
        """Put one segment on the air; exclusive: prompt, body and result are one critical section.

        Never raises for anything the modem does: a lost line before the text left is NotHanded, after it Unknown.
        Returns when the final answer is in, the line is lost, or the engine's time-out for the step has passed.
        Cancelling before Ctrl-Z left takes the text back with ESC; afterwards cancellation leaves it Unknown.
        """
