"""Reads what went on the air with a library that is not ours (smspdudecoder): the oracle of other tests.

Must not import the product's codec. The library's address and header readers are used as they are. Its text reader
is given the text alone: it reads a header as if it were text and loses its place when one looks like an escape.
"""

from __future__ import annotations

from io import StringIO
from typing import NamedTuple

from smspdudecoder.codecs import GSM, UCS2
from smspdudecoder.fields import SMSSubmit

_CONCAT_ELEMENTS = (0x00, 0x08)


class Concatenation(NamedTuple):
    """Part `part` of `total` under the reference `ref`."""

    ref: int
    total: int
    part: int


class Read(NamedTuple):
    """What a phone would show: the number with `+` if international, the text, and its place in a longer one."""

    number: str
    text: str
    udh: Concatenation | None


def decode_submit_text(tpdu_hex: str) -> Read:
    """Read an SMS-SUBMIT TPDU (hex without SMS centre). Raises on anything but a well-formed text message."""
    fields = SMSSubmit.decode(StringIO("00" + tpdu_hex))
    assert fields["header"]["mti"] == "submit"
    recipient = fields["recipient"]
    number = f"+{recipient['number']}" if recipient["toa"]["ton"] == "international" else recipient["number"]
    return Read(number, _text(tpdu_hex, fields), _concatenation(fields["user_data"]["header"]))


def _text(tpdu_hex: str, fields: dict[str, dict[str, object]]) -> str:
    recipient, header = fields["recipient"], fields["user_data"]["header"]
    digits = recipient["length"]
    assert isinstance(digits, int)
    validity = {0: 0, 1: 7, 2: 1, 3: 7}[int(str(fields["header"]["vpf"]))]
    user_data = bytes.fromhex(tpdu_hex)[4 + (digits + 1) // 2 + 2 + validity :]
    length, body = user_data[0], user_data[1:]
    skip = header["length"] + 1 if isinstance(header, dict) else 0
    if fields["dcs"]["encoding"] == "ucs2":
        assert len(body) == length, "the length octet and the user data disagree"
        return str(UCS2.decode(body[skip:].hex()))
    assert fields["dcs"]["encoding"] == "gsm"
    assert len(body) == (length * 7 + 7) // 8, "the length octet and the user data disagree"
    return _septet_text(body, skip, length)


def _septet_text(body: bytes, skip: int, length: int) -> str:
    before = (skip * 8 + 6) // 7
    aligned = int.from_bytes(body, "little") >> before * 7
    size = ((length - before) * 7 + 7) // 8
    text = str(GSM.decode(aligned.to_bytes(size, "little").hex())) if size else ""
    return text[:-1] if size * 8 - (length - before) * 7 == 7 else text


def _concatenation(header: dict[str, list[dict[str, object]]] | None) -> Concatenation | None:
    for element in header["elements"] if header else ():
        data = element["data"]
        if element["iei"] in _CONCAT_ELEMENTS and isinstance(data, dict):
            return Concatenation(data["reference"], data["parts_count"], data["part_number"])
    return None
