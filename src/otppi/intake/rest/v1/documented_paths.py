"""The documented paths as OpenAPI: one path item for each, all alike, since any command works on any of them.

The schemas are those of `otppi.wire.schemas`; the fields of each command stand in docs/reference/api.md.
"""

from __future__ import annotations

from typing import Any, Final

from otppi.intake.rest.settings import DEFAULT_PATHS
from otppi.wire import schemas as documented


def path_items() -> dict[str, Any]:
    """By path."""
    return {path: {method: _operation(path, method) for method in ("post", "put")} for path in DEFAULT_PATHS}


def schemas() -> dict[str, Any]:
    """What the path items refer to."""
    return {"Envelope": _envelope(), "Reply": dict(documented.REPLY)}


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
            "200": _answer("A reply.", {"anyOf": [{"$ref": "#/components/schemas/Reply"}, dict(documented.ECHO)]}),
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
    return {"anyOf": [documented.request(command) for command in documented.FIELDS]}
