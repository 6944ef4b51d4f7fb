"""Hex to octets and a reader that cannot run past the end. Knows no field of any TPDU."""

from __future__ import annotations

from dataclasses import dataclass
from string import hexdigits

from otppi.pdu.errors import PduError

_HEX = frozenset(hexdigits)


@dataclass(slots=True)
class Reader:
    """Takes octets from the front of `octets`.

    `cut` says that half an octet followed the last whole one: the line lost a hex digit.
    """

    octets: bytes
    cut: bool = False
    position: int = 0

    @property
    def left(self) -> int:
        """How many whole octets have not been taken."""
        return len(self.octets) - self.position

    def take(self, count: int, field: str) -> bytes:
        """The next `count` octets. Raises `PduError` naming `field` when fewer are left."""
        if count > self.left:
            raise PduError(f"the PDU ends inside its {field}")
        self.position += count
        return self.octets[self.position - count : self.position]

    def octet(self, field: str) -> int:
        """The next octet as a number. Raises `PduError` naming `field` when none is left."""
        return self.take(1, field)[0]


def read_hex(text: str) -> Reader:
    """A reader over `text`, hex in either case with white space anywhere. Raises `PduError` on anything else."""
    digits = "".join(text.split())
    if not digits:
        raise PduError("the PDU is empty")
    if not _HEX.issuperset(digits):
        raise PduError("the PDU holds something other than hex digits")
    cut = len(digits) % 2 == 1
    return Reader(bytes.fromhex(digits[:-1] if cut else digits), cut)
