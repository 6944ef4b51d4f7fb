"""The documented paths as OpenAPI: one path item for each, all alike, since any command works on any of them.

Written from the same table of commands that the wire reads; the fields of each command stand in docs/reference/api.md.
"""

from __future__ import annotations

from typing import Any, Final

from otppi.domain.commands import COMMAND_WORDS
from otppi.intake.rest.settings import DEFAULT_PATHS

_NUMBER_OR_TEXT: Final = {"type": ["string", "integer", "number"]}
_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "create-otp": {
        "reference": "text256",
        "receiver": "receiver",
        "message": "template",
        **dict.fromkeys(("param1", "param2", "param3", "param4"), "text256"),
        "date_time": "moment",
        "expiration": "moment",
    },
    "validate-otp": {
        "reference": "text256",
        "receiver": "receiver",
        "otp": "code",
        **dict.fromkeys(("param1", "param2", "param3", "param4"), "text256"),
        "date_time": "moment",
    },
    "send-sms": {
        "id": "text256",
        "receiver": "receiver",
        "message": "text",
        "date_time": "moment",
        "expiration": "moment",
    },
    "block-msisdn": {"receiver": "receiver", "date_time": "moment"},
    "unblock-msisdn": {"receiver": "receiver", "date_time": "moment"},
    "echo": {},
    "get-modem-list": {},
}
"""Commands whose fields are shown, and the schema of each; the others share the envelope."""

_REPLY: Final = {
    "type": "object",
    "required": ["command", "response_code", "data"],
    "properties": {
        "command": {"type": "string"},
        "response_code": {"type": "string", "pattern": "^[0-9]{3,4}$"},
        "data": {"type": "object"},
        "error": {"type": "string", "description": "One sentence that names field and rule; not beside a success."},
    },
}
_ECHO: Final = {"type": "object", "required": ["command"], "description": "`echo` gives the request back."}


def path_items() -> dict[str, Any]:
    """By path."""
    return {path: {method: _operation(path, method) for method in ("post", "put")} for path in DEFAULT_PATHS}


def schemas() -> dict[str, Any]:
    """What the path items refer to."""
    return {"Envelope": _envelope(), "Reply": _REPLY}


def _operation(path: str, method: str) -> dict[str, Any]:
    name = "".join(part.title() for part in path.strip("/").split("/"))
    return {
        "operationId": f"{method}{name}",
        "summary": "Any command of the documented protocol",
        "tags": ["documented protocol"],
        "description": "The path makes no difference. 200 is every reply whose body could be read; what came of it is"
        " the `response_code`.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}},
        },
        "responses": {
            "200": _answer("A reply.", {"anyOf": [{"$ref": "#/components/schemas/Reply"}, _ECHO]}),
            **{status: _answer(words, {"$ref": "#/components/schemas/Reply"}) for status, words in _ERRORS.items()},
        },
    }


_ERRORS: Final = {
    "400": "No JSON object, or one without `command` or `data`.",
    "401": "Name or password is not right.",
    "408": "The body did not arrive in time.",
    "413": "The body is larger than 64 KiB.",
    "429": "Too many sign-ins wait.",
    "503": "The gateway is stopping, or cannot commit.",
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _envelope() -> dict[str, Any]:
    shown = [_command(name, fields) for name, fields in _FIELDS.items()]
    others = [name for name in COMMAND_WORDS if name not in _FIELDS]
    rest = {
        "type": "object",
        "required": ["command", "data"],
        "properties": {"command": {"enum": others}, "data": {"type": "object"}},
    }
    return {"anyOf": [*shown, rest]}


def _command(name: str, fields: dict[str, str]) -> dict[str, Any]:
    data = {"type": "object", "properties": {field: _SCHEMAS[kind] for field, kind in fields.items()}}
    return {
        "type": "object",
        "required": ["command", "data"],
        "properties": {"command": {"const": name}, "data": data},
    }


_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "text256": {**_NUMBER_OR_TEXT, "maxLength": 256},
    "receiver": {**_NUMBER_OR_TEXT, "maxLength": 256, "examples": ["081200001234"]},
    "text": {"type": "string", "examples": ["Hello"]},
    "template": {"type": "string", "pattern": "%s", "examples": ["Your code is %s"]},
    "moment": {**_NUMBER_OR_TEXT, "description": "Unix seconds; milliseconds from 10^11 on."},
    "code": {**_NUMBER_OR_TEXT, "examples": ["123456"]},
}
