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
    1: Registration.HOME,
    5: Registration.ROAMING,
    # 6 and 7 are "SMS only": all we need. 8 and 11 are emergency calls only. 9 and 10 are on LTE and would rather not
    # fall back to older radios for calls.
    6: Registration.HOME,
    7: Registration.ROAMING,
    9: Registration.HOME,
    10: Registration.ROAMING,
    2: Registration.SEARCHING,
    3: Registration.DENIED,
}


_INTERNATIONAL = 0x10
"""The type of number "international" among the bits of an octet like 145."""


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
    name = _plain_letters(fields[2].strip().strip('"')) if len(fields) > 2 else ""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:40]


def operators(line: str) -> tuple[str, ...]:
    """The numeric names (MCC and MNC) of the networks in a +COPS test answer, without repeats (TS 27.007 7.3)."""
    return tuple(dict.fromkeys(re.findall(r"\(\d,\s*\"[^\"]*\",\s*\"[^\"]*\",\s*\"(\d{5,6})\"", line)))


def own_number(line: str) -> str:
    """The number in `+CNUM: [alpha],number,type` (3GPP TS 27.007 7.1): 3 to 15 digits, with `+` where it is
    international (by its sign or its type, TS 24.008 10.5.4.7); "" where the line has none that can be read."""
    found = re.match(r'(?:"[^"]*")?\s*,\s*"(\+?)(\d{3,15})"\s*(?:,\s*(\d{1,3}))?', _value(line))
    if found is None:
        return ""
    international = bool(found[1]) or (found[3] is not None and int(found[3]) & 0x70 == _INTERNATIONAL)
    return ("+" if international else "") + found[2]


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


def open_store(line: str) -> tuple[str, int, int] | None:
    """Name, messages and places of the first store in `+CPMS: "SM",3,10,...` (3GPP TS 27.005 3.2.2, read form)."""
    found = re.match(r"\"?([A-Z]{2})\"?\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})", _value(line))
    return (found[1], int(found[2]), int(found[3])) if found is not None else None


def receiving_store(line: str) -> tuple[int, int] | None:
    """Messages and places of the store for received ones, in an answer to AT+CPMS? or AT+CPMS=.

    It is the third; modems that know but two receive into the first. None where the line has no counts.
    """
    numbers = [int(number) for number in re.findall(r"\d{1,4}", re.sub(r"[\"A-Z]+", "", _value(line)))]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    return pairs[2] if len(pairs) > 2 else pairs[0] if pairs else None


def stored_news(line: str) -> tuple[str, int] | None:
    """Store and index in `+CMTI: "SM",3` or `+CDSI: "SR",5` (3GPP TS 27.005 3.4.1); None where the line has none."""
    found = re.fullmatch(r"\+C(?:MT|DS)I:\s*\"?([A-Z]{2})\"?\s*,\s*(\d{1,5})\s*(?:,.*)?", line)
    return (found[1], int(found[2])) if found is not None else None


def listed_index(header: str) -> int:
    """The index in `+CMGL: index,stat,[alpha],length` (3GPP TS 27.005 3.4.2)."""
    return int(_value(header).split(",")[0])


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


def iccid(line: str) -> str:
    """The ICCID in an answer, as the card has it printed: without filler, its halves of octets in order.

    It begins with 89 (ITU-T E.118); some modems tell the octets of the card, which then begin with 98. "" for none.
    """
    found = re.search(r"([0-9Ff]{18,22})\"?$", line)
    digits = found[1].upper() if found is not None else ""
    if digits.startswith("98"):
        digits = "".join(digits[at + 1 : at + 2] + digits[at] for at in range(0, len(digits), 2))
    return digits.rstrip("F")


class SimNews(StrEnum):
    """What an unsolicited line says of the SIM."""

    READY = "ready"
    LOCKED = "locked"
    ABSENT = "absent"
    TOUCHED = "touched"  # it may be another, or in another state: ask


def sim_news(line: str) -> SimNews | None:
    """The SIM's state in an unsolicited line that tells of it; None for every other line.

    +CPIN and makers' own: ^SIMST (Huawei), +QUSIM and +QSIMSTAT (Quectel), +CSMINS (SIMCom), #QSS (Telit), ^SCKS
    (Cinterion), +WIND: 0 and 1 (Wavecom), +ZUSIMR (ZTE).
    """
    name = line.partition(":")[0]
    if name == "+CPIN":
        return _pin_news(pin_state(line))
    return _SIM_LINES.get(line.replace(" ", ""), SimNews.TOUCHED if name in _SIM_NAMES else None)


def _pin_news(word: str) -> SimNews:
    if word in ("READY", "SIM PIN2", "SIM PUK2"):
        return SimNews.READY
    if word in ("SIM PIN", "SIM PUK"):
        return SimNews.LOCKED
    return SimNews.ABSENT if word in ("NOT INSERTED", "SIM REMOVED") else SimNews.TOUCHED


_SIM_NAMES = frozenset({"^SIMST", "+QUSIM", "+QSIMSTAT", "+CSMINS", "#QSS", "^SCKS", "+ZUSIMR"})
_SIM_LINES = {
    "^SIMST:1": SimNews.READY,
    "^SIMST:1,0": SimNews.READY,
    "^SIMST:255": SimNews.ABSENT,  # but not 255,1: a SIM that the maker's lock keeps out
    "^SIMST:255,0": SimNews.ABSENT,
    "+QSIMSTAT:1,0": SimNews.ABSENT,
    "+CSMINS:1,0": SimNews.ABSENT,
    "#QSS:0": SimNews.ABSENT,
    "#QSS:3": SimNews.READY,
    "^SCKS:0": SimNews.ABSENT,
    "+WIND:0": SimNews.ABSENT,
    "+WIND:1": SimNews.TOUCHED,
}


def reference(line: str) -> int | None:
    """The message reference of +CMGS; None when above 255."""
    value = int(_value(line).split(",")[0])
    return value if value <= 255 else None


def _numbers(group: str) -> frozenset[int]:
    numbers: set[int] = set()
    for low, high in re.findall(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?", group):
        numbers.update(range(int(low), int(high or low) + 1))
    return frozenset(numbers)


def _plain_letters(name: str) -> str:
    """A name in clear: one that is UCS2 in hexadecimal digits (AT+CSCS="UCS2") is read, any other stays as it is."""
    if len(name) < 8 or len(name) % 4 or re.fullmatch(r"[0-9A-Fa-f]+", name) is None:
        return name
    try:
        read = bytes.fromhex(name).decode("utf-16-be")
    except UnicodeDecodeError:
        return name
    return read if read.isprintable() else name


def _value(line: str) -> str:
    return line.partition(":")[2].strip()
