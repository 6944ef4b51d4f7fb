"""Message storage of a modem: numbered slots per memory (3GPP TS 27.005 3.2.2, 3.4). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

from otppi.simulator.errors import MessageRefusal

ON_THE_CARD = "SM"
"""The memory that is on the SIM (3GPP TS 27.005 3.1 <mem>)."""
USUAL_SIZE = 30

_INVALID_INDEX = 321
_FULL = 322


class Status(IntEnum):
    """`<stat>` (3GPP TS 27.005 3.1)."""

    UNREAD = 0
    READ = 1
    UNSENT = 2
    SENT = 3

    @property
    def word(self) -> str:
        """Its name in text mode."""
        return ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT")[self]


ALL = 4
"""`<stat>` of +CMGL that lists everything."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One message: the SMSC octets and the TPDU as upper-case hex, never in a repr."""

    status: Status
    smsc: str = field(repr=False)
    tpdu: str = field(repr=False)

    @property
    def length(self) -> int:
        """Octets of the TPDU (3GPP TS 27.005 4.4)."""
        return len(self.tpdu) // 2

    @property
    def pdu(self) -> str:
        """SMSC octets and TPDU."""
        return self.smsc + self.tpdu


@dataclass(slots=True)
class Memory:
    """`size` slots, numbered from `first`; the lowest free one is used."""

    size: int
    first: int = 1
    slots: dict[int, Stored] = field(default_factory=dict)

    def add(self, message: Stored) -> int:
        """Store and give the index; CMS 322 when full."""
        index = next((index for index in self._indices if index not in self.slots), None)
        if index is None:
            raise MessageRefusal(_FULL)
        self.slots[index] = message
        return index

    def get(self, index: int) -> Stored:
        """The message as stored; CMS 321 when the slot is empty or does not exist."""
        if index not in self.slots:
            raise MessageRefusal(_INVALID_INDEX)
        return self.slots[index]

    def mark(self, index: int, status: Status) -> None:
        """Change the status of a stored message."""
        self.slots[index] = replace(self.get(index), status=status)

    def read(self, index: int) -> Stored:
        """The message as it was; an unread one is read from now on (3GPP TS 27.005 4.2)."""
        message = self.get(index)
        if message.status is Status.UNREAD:
            self.mark(index, Status.READ)
        return message

    def delete(self, index: int) -> None:
        """Empty the slot. An empty slot is no error; an index that does not exist is CMS 321."""
        if index not in self._indices:
            raise MessageRefusal(_INVALID_INDEX)
        self.slots.pop(index, None)

    def delete_kinds(self, kinds: frozenset[Status]) -> None:
        """Empty every slot of these kinds (`<delflag>` 1 to 4)."""
        self.slots = {index: kept for index, kept in self.slots.items() if kept.status not in kinds}

    @property
    def full(self) -> bool:
        """No slot is free."""
        return len(self.slots) >= self.size

    @property
    def _indices(self) -> range:
        return range(self.first, self.first + self.size)
