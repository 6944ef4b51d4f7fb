"""The SIM card: its numbers, its messages, its locks: PIN, tries left, PUK (3GPP TS 27.007 8.3, 51.011 9.3).

Pure; PINs and numbers never show in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from otppi.simulator.errors import EquipmentRefusal, MessageRefusal
from otppi.simulator.storage import Memory

if TYPE_CHECKING:
    from otppi.simulator.identity import Identity

PIN_TRIES = 3
PUK_TRIES = 10
DEFAULT_PUK = "12345678"

_INCORRECT_PASSWORD = 16
_PIN_REQUIRED = 11
_PUK_REQUIRED = 12
_NOT_ALLOWED = 3
_NOT_INSERTED, _FAILURE = 10, 13
_MESSAGE_CODES = 300
"""The +CMS codes of a card that is not there or failed are the +CME codes and 300 (3GPP TS 27.005 3.2.5)."""


class SimState(StrEnum):
    """The answers of +CPIN?, and what is answered by an error."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    ABSENT = "absent"
    FAILED = "failed"


@dataclass(slots=True)
class SimCard:
    """`pin` None: no PIN is set and asked for. Tries survive a loss of power, verification does not.

    Tries and messages are on the card: they go with it into another modem.
    """

    messages: Memory
    iccid: str = field(default="", repr=False)
    imsi: str = field(default="", repr=False)
    msisdn: str = field(default="", repr=False)
    smsc: str = ""
    operator: str = ""
    plmn: str = ""
    pin: str | None = field(default=None, repr=False)
    puk: str = field(default=DEFAULT_PUK, repr=False)
    tries: int = PIN_TRIES
    puk_tries: int = PUK_TRIES
    verified: bool = False
    wrong: int = 0
    """How many wrong PINs were ever presented."""
    inserted: bool = True
    failed: bool = False
    """It does not answer any more."""

    @classmethod
    def of(cls, who: Identity, pin: str | None, messages: Memory) -> Self:
        """The card that `who` began with, as it is when it is new."""
        return cls(messages, who.iccid, who.imsi, who.msisdn, who.smsc, who.operator, who.plmn, pin)

    @classmethod
    def none(cls) -> Self:
        """An empty holder."""
        return cls(Memory(0), inserted=False)

    @property
    def locked(self) -> bool:
        """Whether +CLCK="SC" is on."""
        return self.pin is not None

    @property
    def state(self) -> SimState:
        """What +CPIN? answers now."""
        if not self.inserted:
            return SimState.ABSENT
        if self.failed:
            return SimState.FAILED
        if self.tries == 0:
            return SimState.PUK
        return SimState.PIN if self.locked and not self.verified else SimState.READY

    def enter(self, pin: str) -> None:
        """Present the PIN: ready, or CME 16 and one try less, CME 12 when none is left, CME 3 when none is asked."""
        if self.state is SimState.PUK:
            raise EquipmentRefusal(_PUK_REQUIRED)
        if self.state is SimState.READY:
            raise EquipmentRefusal(_NOT_ALLOWED)
        self._check(pin)
        self.verified = True

    def unblock(self, puk: str, pin: str) -> None:
        """Present the PUK and a new PIN; CME 16 when wrong, CME 13 when the card is dead."""
        if self.state is not SimState.PUK:
            raise EquipmentRefusal(_NOT_ALLOWED)
        if self.puk_tries == 0 or puk != self.puk:
            self.puk_tries = max(0, self.puk_tries - 1)
            raise EquipmentRefusal(_INCORRECT_PASSWORD if self.puk_tries else _FAILURE)
        self.pin, self.tries, self.puk_tries, self.verified = pin, PIN_TRIES, PUK_TRIES, True

    def lock(self, pin: str, *, on: bool) -> None:
        """+CLCK="SC": ask for the PIN at power-on from now on, or no more."""
        self.demand_ready()
        if on and not self.locked:
            self.pin, self.verified = pin, True
            return
        if self.locked:
            self._check(pin)
            self.pin = self.pin if on else None

    def demand_card(self, *, for_messages: bool = False) -> None:
        """CME 10 or 13, or CMS 310 or 313, unless a card answers."""
        if self.inserted and not self.failed:
            return
        code = _FAILURE if self.inserted else _NOT_INSERTED
        raise MessageRefusal(_MESSAGE_CODES + code) if for_messages else EquipmentRefusal(code)

    def demand_ready(self) -> None:
        """CME 11 or 12 unless the card can be used."""
        if self.state is not SimState.READY:
            raise EquipmentRefusal(_PIN_REQUIRED if self.state is SimState.PIN else _PUK_REQUIRED)

    def _check(self, pin: str) -> None:
        if pin == self.pin:
            self.tries = PIN_TRIES
            return
        self.wrong += 1
        self.tries -= 1
        raise EquipmentRefusal(_INCORRECT_PASSWORD if self.tries else _PUK_REQUIRED)
