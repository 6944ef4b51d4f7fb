"""The user data header: information elements before the text (3GPP TS 23.040 9.2.3.24).

Elements that nobody here reads are kept as they came. Only concatenation (0x00 and 0x08) is interpreted.
"""

from __future__ import annotations

from dataclasses import dataclass

from otppi.pdu.errors import PduError

CONCAT_8 = 0x00
CONCAT_16 = 0x08
_MOST_OCTETS = 139


@dataclass(frozen=True, slots=True)
class Concat:
    """Part `part` (1..total) of `total` (1..255) under `reference`: 0..255, or 0..65535 when `wide`."""

    reference: int
    total: int
    part: int
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """One information element: its identifier and its octets."""

    identifier: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """The elements in the order of the air. Empty means no header at all (TP-UDHI 0)."""

    elements: tuple[Element, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.elements)

    @property
    def concat(self) -> Concat | None:
        """The last valid concatenation element; one that makes no sense is ignored, as 9.2.3.24.1 asks."""
        found = (_read_concat(element) for element in reversed(self.elements))
        return next((concat for concat in found if concat is not None), None)


NO_HEADER = Header()


def of_concat(concat: Concat) -> Header:
    """A header of one concatenation element. Raises `PduError` when a figure is out of its range."""
    largest = 0xFFFF if concat.wide else 0xFF
    if not (0 <= concat.reference <= largest and 1 <= concat.part <= concat.total <= 0xFF):
        raise PduError("a concatenation reference, total or part is out of range")
    reference = concat.reference.to_bytes(2 if concat.wide else 1, "big")
    data = reference + bytes([concat.total, concat.part])
    return Header((Element(CONCAT_16 if concat.wide else CONCAT_8, data),))


def encode(header: Header) -> bytes:
    """The header with its length octet in front; nothing for an empty header. Raises `PduError` when too long."""
    if not header:
        return b""
    body = b"".join(bytes([each.identifier, len(each.data)]) + each.data for each in header.elements)
    if len(body) > _MOST_OCTETS:
        raise PduError("the user data header does not fit a message")
    return bytes([len(body)]) + body


def decode(octets: bytes) -> Header:
    """The elements of a header without its length octet. Raises `PduError` when one runs past the end."""
    elements = []
    while octets:
        if len(octets) < 2 or len(octets) < 2 + octets[1]:
            raise PduError("an element runs past the end of the user data header")
        end = 2 + octets[1]
        elements.append(Element(octets[0], octets[2:end]))
        octets = octets[end:]
    return Header(tuple(elements))


def _read_concat(element: Element) -> Concat | None:
    wide = element.identifier == CONCAT_16
    if element.identifier not in (CONCAT_8, CONCAT_16) or len(element.data) != (4 if wide else 3):
        return None
    *reference, total, part = element.data
    if not 1 <= part <= total:
        return None
    return Concat(int.from_bytes(bytes(reference), "big"), total, part, wide)
