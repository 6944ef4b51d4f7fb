"""The documented protocol as JSON Schema: what a request of each command holds, and what a reply is.

Only for documents (OpenAPI of the HTTP door, AsyncAPI of the doors to brokers): requests are read by
`otppi.wire.requests`, which says more than a schema can. Valid in JSON Schema draft 7 and 2020-12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otppi.domain.commands import COMMAND_WORDS
from otppi.wire.fields import MAX_WAIT_SECONDS, SHORT

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER_OR_TEXT: Final[dict[str, Any]] = {"type": ["string", "integer", "number"]}
_MOMENT: Final[dict[str, Any]] = {**_NUMBER_OR_TEXT, "description": "Unix seconds; milliseconds from 10^11 on."}
_SHORT: Final[dict[str, Any]] = {**_NUMBER_OR_TEXT, "maxLength": SHORT}
_RECEIVER: Final[dict[str, Any]] = {**_SHORT, "description": "A telephone number.", "examples": ["081200001234"]}
_TEXT: Final[dict[str, Any]] = {
    "type": "string",
    "minLength": 1,
    "description": "The text to send.",
    "examples": ["Hello"],
}
_PARAMS: Final[dict[str, Any]] = {
    f"param{number}": {**_SHORT, "description": "Bound to the code; the same when it is checked."}
    for number in (1, 2, 3, 4)
}
_WAIT: Final[dict[str, Any]] = {
    **_NUMBER_OR_TEXT,
    "minimum": 0,
    "maximum": MAX_WAIT_SECONDS,
    "description": "Seconds to wait for the modem's answer before it is replied.",
}
_REFERENCE: Final[dict[str, Any]] = {
    **_SHORT,
    "description": "The caller's name for it: the same one makes nothing twice.",
}
_CODE_REFERENCE: Final[dict[str, Any]] = {**_SHORT, "description": "The caller's name for the code."}
_ID: Final[dict[str, Any]] = {**_SHORT, "description": "The caller's id; comes back as `client_id`."}
_TIMES: Final[dict[str, Any]] = {
    "date_time": {**_MOMENT, "description": "When it was asked, Unix seconds; milliseconds from 10^11 on."},
    "expiration": {**_MOMENT, "description": "When it is of no more use, as `date_time`; 0 or absent: none."},
}
_DATE_TIME: Final[dict[str, Any]] = {"date_time": _TIMES["date_time"]}
_MESSAGE: Final[dict[str, Any]] = {
    "id": _ID,
    "reference": _REFERENCE,
    "receiver": _RECEIVER,
    "message": _TEXT,
    **_TIMES,
}
_END_USER: Final[dict[str, Any]] = {
    "type": ["string", "null"],
    "maxLength": 45,
    "description": "IPv4 or IPv6 address of the end user who asked for the code; empty or null: not known. Only a keyed"
    " tag of it is kept, for the fraud rule `fraud.source_10min`.",
    "examples": ["192.0.2.17"],
}

_NUMBER: Final[dict[str, Any]] = {
    "receiver": _RECEIVER,
    "msisdn": {**_RECEIVER, "description": "In place of `receiver`."},
    **_DATE_TIME,
}

FIELDS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "create-otp": {
        "reference": _CODE_REFERENCE,
        "receiver": _RECEIVER,
        "message": {
            "type": "string",
            "pattern": "%s",
            "description": "The text, with exactly one `%s` where the code goes.",
            "examples": ["Your code is %s"],
        },
        **_PARAMS,
        **_TIMES,
        "subject": _SHORT,
        "wait": _WAIT,
        "end_user_ip": _END_USER,
    },
    "validate-otp": {
        "reference": _CODE_REFERENCE,
        "receiver": _RECEIVER,
        "otp": {**_NUMBER_OR_TEXT, "description": "The code as it was typed.", "examples": ["123456"]},
        **_PARAMS,
        **_DATE_TIME,
    },
    "send-sms": {**_MESSAGE, "wait": _WAIT},
    "send-email": {
        **_MESSAGE,
        "receiver": {"type": "string", "maxLength": SHORT, "description": "An address of e-mail."},
        "subject": _SHORT,
    },
    "block-msisdn": _NUMBER,
    "unblock-msisdn": _NUMBER,
    "send-message": {
        **_MESSAGE,
        "receiver": {**_RECEIVER, "description": "A telephone number, or an address of e-mail."},
        "subject": _SHORT,
        "wait": _WAIT,
    },
    "resend-otp": {"reference": _CODE_REFERENCE},
    "request-ussd": {
        "ussd_code": {**_SHORT, "examples": ["*123#"]},
        "modem_id": {**_SHORT, "description": "The name of a modem."},
    },
    "get-modem-list": {},
    "echo": {},
}
"""What `data` may hold, by command; aliases are left out (`words_of`). Members that are not named are ignored."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "create-otp": ("reference", "receiver", "message"),
    "validate-otp": ("reference", "receiver", "otp"),
    "send-sms": ("receiver", "message"),
    "send-email": ("receiver", "message"),
    "send-message": ("receiver", "message"),
    "resend-otp": ("reference",),
    "request-ussd": ("ussd_code", "modem_id"),
}

REPLY: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["command", "response_code", "data"],
    "properties": {
        "command": {"type": "string"},
        "response_code": {"type": "string", "pattern": "^[0-9]{3,4}$"},
        "data": {"type": "object"},
        "error": {"type": "string", "description": "One sentence that names field and rule; not beside a success."},
    },
}
ECHO: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["command"],
    "description": "`echo` gives the request back.",
}


def words_of(command: str) -> list[str]:
    """The command and its aliases."""
    return [command, *(name for name, word in COMMAND_WORDS.items() if word.same_as == command)]


def request(command: str) -> dict[str, Any]:
    """A request of the command or one of its aliases, for a door that answers whatever is in `data`."""
    return {
        "type": "object",
        "required": ["command", "data"],
        "properties": {
            "command": {"enum": words_of(command)},
            "data": {"type": "object", "properties": {name: dict(rule) for name, rule in FIELDS[command].items()}},
        },
    }


def sound_request(command: str) -> dict[str, Any]:
    """The same with the members of `data` it must have, for a door that answers nobody."""
    made = request(command)
    data = made["properties"]["data"]
    if needed := _NEEDED.get(command):
        data["required"] = list(needed)
    if "msisdn" in FIELDS[command]:
        data["anyOf"] = [{"required": ["receiver"]}, {"required": ["msisdn"]}]
    return made
