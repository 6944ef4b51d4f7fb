"""What one family of modems does differently, as frozen values. When and how they are used is not said here."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal

from otppi.at import tries
from otppi.at.codes import ErrorClass, classify
from otppi.at.results import Final, FinalKind
from otppi.at.urc import KNOWN, any_of, recognise

if TYPE_CHECKING:
    import re

    from otppi.at.tries import TriesQuery
    from otppi.at.unsolicited import UrcPattern

_KINDS: dict[FinalKind, Literal["cms", "cme"]] = {FinalKind.CMS: "cms", FinalKind.CME: "cme"}
_NO_FACTS = ("name", "facts", "unverified")


@dataclass(frozen=True, slots=True)
class Fact:
    """Why `field` of a profile is what it is. `source`: a manual with its section, a named program, a transcript."""

    field: str
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class VendorCode:
    """One +CMS ERROR of 512 and up: the families contradict each other there."""

    code: int
    words: str
    meaning: ErrorClass


@dataclass(frozen=True, slots=True)
class ModemProfile:
    """The oddities of one family. The defaults are those of a modem that follows the standards.

    `matches` is searched in `manufacturer / model / revision`; None only for the generic profile, which never
    claims a modem. `urcs`: what the family says unasked, told before what all are known to say. `quiet`: commands
    that end needless news; a refusal is fine. `gates`: lines that say, after a start, that messages can be sent. A
    modem that calls itself busy is given `gate_seconds`, and asked again at each of these lines.

    `cnmi`: parameters of AT+CNMI (3GPP TS 27.005 3.4.1), tried in order until one is accepted. `service`: what
    AT+CSMS is set to, None to leave it; under 1 each report that comes directly must be acknowledged. `stores`: order
    of preference for received messages; `sweeps`: a store is read place by place from `first_index` on, for AT+CMGL
    does harm. `keep_link`: AT+CMMS may be used. What the modem itself reports (AT+CNMI=?, AT+CPMS=?, AT+CMMS=?)
    overrides these.

    `command_gap`: seconds of silence the modem needs before a command. `chunk`: octets it takes at once, 0 for any,
    with `chunk_delay` seconds between two. `prompt_timeout` and `body_timeout` in seconds, the latter 65 to 300 and
    never shorter than the maker's own limit. `smsc_octets`: PDUs begin with the SMSC address, which some phones of
    GSM phase 1 do not take.

    `pin_tries`: ways to ask for the tries left, in order; `iccid`: ways to ask for the SIM's number, before it is read
    from the card. `cms`: its own error codes. `resets`: commands that restart it, for the fourth rung of the reset
    ladder.

    In a profile that claims modems every value that is not the default needs a Fact with its source, else ValueError.
    What is only hearsay stands in `unverified`, as sentences, and changes nothing.
    """

    name: str
    matches: re.Pattern[str] | None = None
    urcs: tuple[UrcPattern, ...] = ()
    quiet: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    gate_seconds: float = 10.0
    cnmi: tuple[str, ...] = ("2,1,0,1,0", "2,1,2,2,0", "2,1,2,0,0", "1,1,0,1,0", "1,1,0,0,0")
    service: int | None = 0
    stores: tuple[str, ...] = ("ME", "MT", "SM")
    first_index: int = 1
    sweeps: bool = False
    keep_link: bool = True
    command_gap: float = 0.0
    chunk: int = 0
    chunk_delay: float = 0.0
    prompt_timeout: float = 10.0
    body_timeout: float = 150.0
    smsc_octets: bool = True
    pin_tries: tuple[TriesQuery, ...] = tries.ALL
    iccid: tuple[str, ...] = ("AT+CCID",)
    cms: tuple[VendorCode, ...] = ()
    resets: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    unverified: tuple[str, ...] = ()
    _unasked: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_unasked", any_of((*self.urcs, *KNOWN)))
        if not 65 <= self.body_timeout <= 300:
            raise ValueError(f"{self.name}: the body time limit is 65 to 300 seconds")
        if self.matches is not None and (bare := self.departures() - {fact.field for fact in self.facts}):
            raise ValueError(f"{self.name}: no source for {', '.join(sorted(bare))}")

    def departures(self) -> frozenset[str]:
        """The fields that are not as the standards have them."""
        known = {each.name: each.default for each in fields(self) if each.default is not MISSING}
        return frozenset(
            name for name, default in known.items() if name not in _NO_FACTS and getattr(self, name) != default
        )

    def recognise(self, line: str) -> UrcPattern | None:
        """The pattern of an unsolicited line that takes the whole line: the family's own first; None for any other."""
        if self._unasked.fullmatch(line) is None:
            return None
        return recognise(line, self.urcs) or recognise(line, KNOWN)

    def claims(self, maker: str) -> bool:
        """Whether this is the profile of a modem that calls itself `maker`."""
        return self.matches is not None and self.matches.search(maker) is not None

    def meaning(self, final: Final) -> ErrorClass | None:
        """What an error means here, by the family's own table first; None for OK and for the ends of calls."""
        if final.ok or final.kind is FinalKind.CALL:
            return None
        own = self._own(final)
        return own.meaning if own is not None else classify(_KINDS.get(final.kind, "error"), final.code)

    def own_meaning(self, final: Final) -> ErrorClass | None:
        """What an error means by the family's own table, None where the standard one holds."""
        own = self._own(final)
        return own.meaning if own is not None else None

    def worded(self, final: Final) -> Final:
        """The same with the family's own words, where it has some for this code."""
        own = self._own(final)
        return final if own is None else replace(final, words=own.words)

    def _own(self, final: Final) -> VendorCode | None:
        if final.kind is not FinalKind.CMS:
            return None
        return next((each for each in self.cms if each.code == final.code), None)
