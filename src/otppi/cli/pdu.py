"""`otppi pdu decode` and `otppi pdu encode` as functions of their arguments; printing and exiting are the caller's.

Must not import anything but the codec: these commands answer at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from otppi.pdu.decode import Message, decode
from otppi.pdu.deliver import Deliver
from otppi.pdu.errors import PduError
from otppi.pdu.report import StatusReport
from otppi.pdu.submit import Submit, encode_submits, tpdu_length, with_smsc
from otppi.pdu.udh import CONCAT_8, CONCAT_16

if TYPE_CHECKING:
    from datetime import datetime

    from otppi.pdu.userdata import UserData

Json = str | int | bool | None | Mapping[str, "Json"] | Sequence["Json"]
Output = tuple[list[str], list[str], int]
"""Lines for standard output, lines for standard error, exit code."""

_DONE, _REFUSED = 0, 1


def decode_lines(hexes: Sequence[str], as_json: bool) -> Output:
    """Each full PDU (SMS centre in front, `00` for none) on one JSON line, or as `name: value` lines.

    An invalid one: one line on standard error and exit 1; among several and as JSON, `{"error": ...}` in its place
    instead, so that lines and arguments stay in step, and exit 1 after the last.
    """
    fields = [_decoded(text) for text in hexes]
    errors = [str(each["error"]) for each in fields if "error" in each]
    code = _REFUSED if errors else _DONE
    if as_json and len(hexes) > 1:
        return [_json_line(each) for each in fields], [], code
    good = [each for each in fields if "error" not in each]
    blocks = [[_json_line(each)] if as_json else _plain_lines(each) for each in good]
    return _separated(blocks), errors, code


def encode_lines(number: str, text: str, as_json: bool) -> Output:
    """The PDUs that carry `text` to `number` (digits, `+` allowed), each with its length for AT+CMGS.

    PDUs begin with `00`, the SIM's own SMS centre; the length leaves that octet out.
    """
    try:
        tpdus = encode_submits(number, text, concat_reference=0, validity_seconds=None, report=False)
    except PduError as error:
        return [], [str(error)], _REFUSED
    segments: list[Mapping[str, Json]] = [{"pdu": with_smsc(tpdu, None), "length": tpdu_length(tpdu)} for tpdu in tpdus]
    if as_json:
        return [_json_line({"segments": segments})], [], _DONE
    return [f"{each['length']} {each['pdu']}" for each in segments], [], _DONE


def _decoded(text: str) -> dict[str, Json]:
    try:
        return _fields(decode(text))
    except PduError as error:
        return {"error": str(error)}


def _fields(message: Message) -> dict[str, Json]:
    match message:
        case Deliver():
            return _deliver_fields(message)
        case Submit():
            return _submit_fields(message)
        case StatusReport():
            return _report_fields(message)
        case _:
            assert_never(message)


def _deliver_fields(message: Deliver) -> dict[str, Json]:
    return {
        "type": "deliver",
        "number": str(message.sender),
        "text": message.text,
        "smsc": _smsc(message),
        "timestamp": _time(message.timestamp),
        "reference": None,
        **_content_fields(message),
    }


def _submit_fields(message: Submit) -> dict[str, Json]:
    return {
        "type": "submit",
        "number": str(message.recipient),
        "text": message.text,
        "smsc": _smsc(message),
        "timestamp": None,
        "reference": message.reference,
        **_content_fields(message),
        "validity_seconds": message.validity.seconds,
        "validity_until": _time(message.validity.until),
        "report": message.report,
    }


def _report_fields(message: StatusReport) -> dict[str, Json]:
    return {
        "type": "status-report",
        "number": str(message.recipient),
        "text": None,
        "smsc": _smsc(message),
        "timestamp": _time(message.timestamp),
        "reference": message.reference,
        "udh": None,
        "status": message.status,
        "outcome": message.outcome.value,
        "discharge": _time(message.discharge),
    }


def _content_fields(message: Deliver | Submit) -> dict[str, Json]:
    data = message.user_data
    fields: dict[str, Json] = {
        "udh": _concat(data),
        "alphabet": data.alphabet.value,
        "class": message.coding.message_class,
        "protocol": message.protocol,
    }
    if message.text is None:
        fields["data"] = data.payload.hex()
    if data.truncated:
        fields["truncated"] = True
    if message.coding.compressed:
        fields["compressed"] = True
    if (waiting := message.coding.waiting) is not None:
        fields["waiting"] = {"for": waiting.kind.value, "active": waiting.active, "store": waiting.store}
    others = [each for each in data.header.elements if each.identifier not in (CONCAT_8, CONCAT_16)]
    if others:
        fields["elements"] = [{"id": each.identifier, "data": each.data.hex()} for each in others]
    return fields


def _concat(data: UserData) -> Json:
    concat = data.concat
    if concat is None:
        return None
    return {"ref": concat.reference, "total": concat.total, "part": concat.part}


def _smsc(message: Message) -> str | None:
    return None if message.smsc is None else str(message.smsc)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _json_line(value: Json) -> str:
    """ASCII, so that no text can break the line or depends on the encoding of the terminal."""
    return json.dumps(value)


def _plain_lines(fields: Mapping[str, Json]) -> list[str]:
    shown = ((name, value) for name, value in fields.items() if value is not None)
    return [f"{name}: {_plain(value)}" for name, value in shown]


def _plain(value: Json) -> str:
    """Text as it is, but quoted where it would move the cursor or break the line: anybody can send a message."""
    return value if isinstance(value, str) and value.isprintable() else _json_line(value)


def _separated(blocks: Sequence[list[str]]) -> list[str]:
    return [line for index, block in enumerate(blocks) for line in ([""] if index and len(block) > 1 else []) + block]
