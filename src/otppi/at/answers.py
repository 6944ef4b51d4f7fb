"""Reads the lines of replies into values. Each reader takes a line of the shape its command asks for."""

from __future__ import annotations

import re
from enum import StrEnum


class Registration(StrEnum):
    """Where the modem stands with the network (3GPP TS 27.007 7.2)."""

    HOME = "home"
    ROAMING = "roaming"
    SEARCHING = "searching"
    DENIED = "denied"
    NONE = "none"

    @property
    def may_send(self) -> bool:
        """Whether SMS can go out."""
        return self in (Registration.HOME, Registration.ROAMING)


_REGISTRATION = {
    # 6 and 7 are "SMS only": all we need. 8 is emergency calls only.
    1: Registration.HOME,
    5: Registration.ROAMING,
    6: Registration.HOME,
    7: Registration.ROAMING,
    2: Registration.SEARCHING,
    3: Registration.DENIED,
}


def registration(line: str) -> Registration:
    """The state in an answer (`+CREG: n,stat`)."""
    return _REGISTRATION.get(int(_value(line).split(",")[1]), Registration.NONE)


def registration_news(line: str) -> Registration:
    """The state in an unsolicited line (`+CREG: stat`)."""
    return _REGISTRATION.get(int(_value(line).split(",")[0]), Registration.NONE)


def signal(line: str) -> int | None:
    """0..31 of +CSQ (3GPP TS 27.007 8.5); None for 99 and for anything out of range."""
    strength = int(_value(line).split(",")[0])
    return strength if strength <= 31 else None


def unasked_signal(line: str) -> int | None:
    """The strength in a line whose shape nobody checked; None where it is none."""
    found = re.match(r"\+CSQ:\s*(\d{1,2})\s*(?:,|$)", line)
    return int(found[1]) if found is not None and int(found[1]) <= 31 else None


def operator(line: str) -> str:
    """The operator of +COPS (3GPP TS 27.007 7.3), without controls, at most 40 characters; "" when not registered."""
    fields = re.findall(r'"[^"]*"|[^,]+', _value(line))
    name = fields[2].strip().strip('"') if len(fields) > 2 else ""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:40]


def radio_level(line: str) -> int:
    """The functionality level of +CFUN."""
    return int(_value(line).split(",")[0])


def pin_state(line: str) -> str:
    """The word of +CPIN, in capitals and without quotes: READY, SIM PIN, SIM PUK..."""
    return _value(line).replace('"', "").strip().upper()


def pin_tries(lines: tuple[str, ...], pattern: re.Pattern[str]) -> int | None:
    """Tries left for the SIM PIN: group 1 of the first line that has it, None where the modem does not say."""
    for line in lines:
        found = pattern.fullmatch(line)
        if found is not None and found[1] is not None:
            return int(found[1])
    return None


def message_service(line: str) -> int:
    """The service of +CSMS (3GPP TS 27.005 3.2.1): 1 obliges to acknowledge reports."""
    return int(_value(line).split(",")[0])


def stores_on_offer(line: str) -> tuple[tuple[str, ...], ...]:
    """The store names of each group in `+CPMS: ("SM","ME"),(...),(...)`."""
    return tuple(tuple(re.findall(r'"([A-Z]{2})"', group)) for group in re.findall(r"\(([^)]*)\)", line))


def store_counts(line: str) -> tuple[tuple[str, int, int], ...]:
    """Name, messages and places of each store in `+CPMS: "SM",3,10,"SM",3,10` (3GPP TS 27.005 3.2.2, read form)."""
    found = re.findall(r"\"?([A-Z]{2})\"?\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})", _value(line))
    return tuple((name, int(used), int(total)) for name, used, total in found)


def stored_news(line: str) -> tuple[str, int] | None:
    """Store and index in `+CMTI: "SM",3` or `+CDSI: "SR",5` (3GPP TS 27.005 3.4.1); None where the line has none."""
    found = re.fullmatch(r"\+C(?:MT|DS)I:\s*\"?([A-Z]{2})\"?\s*,\s*(\d{1,5})\s*(?:,.*)?", line)
    return (found[1], int(found[2])) if found is not None else None


def whole_pdu(header: str, pdu: str) -> str | None:
    """The PDU as upper-case hex with its SMSC octets first; None where it has not the TPDU octets the header counts.

    The header is that of +CMGR, +CMT or +CDS in PDU mode, its last field the count (3GPP TS 27.005 3.4.1). Where a
    modem leaves the SMSC out altogether, 00 stands for it.
    """
    count = re.search(r"(?<!\d)(\d{1,3})\s*$", header)
    tpdu = without_smsc(pdu)
    if count is None or not int(count[1]):
        return None
    digits = 2 * int(count[1])
    if tpdu is not None and len(tpdu) == digits:
        return pdu.upper()
    return "00" + pdu.upper() if len(pdu) == digits else None


def without_smsc(pdu: str) -> str | None:
    """What follows the SMSC octets of a PDU in hex, in capitals; None where nothing does."""
    rest = pdu[2 + 2 * int(pdu[:2], 16) :] if len(pdu) > 2 else ""
    return rest.upper() or None


def numbers_on_offer(line: str) -> tuple[frozenset[int], ...]:
    """The values of each group in a test answer such as `+CNMI: (0-2),(0,1),(),(0)`; a bare list is one group."""
    groups = re.findall(r"\(([^()]*)\)", line) or [_value(line)]
    return tuple(_numbers(group) for group in groups)


def bare(line: str) -> str:
    """A bare answer without a `+CGMI:` some modems put before it, and without quotes."""
    return re.sub(r"^\+\w+:\s*", "", line).strip('" ')


def reference(line: str) -> int | None:
    """The message reference of +CMGS; None when above 255."""
    value = int(_value(line).split(",")[0])
    return value if value <= 255 else None


def _numbers(group: str) -> frozenset[int]:
    numbers: set[int] = set()
    for low, high in re.findall(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?", group):
        numbers.update(range(int(low), int(high or low) + 1))
    return frozenset(numbers)


def _value(line: str) -> str:
    return line.partition(":")[2].strip()
