"""The OpenAPI 3.1 document of the HTTP door: our own paths as Litestar reads them off the handlers, and the others.

Made at build time, never while serving.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

import otppi
from otppi.intake.rest.v1 import documented_paths
from otppi.intake.rest.v1.assembly import framework, routes

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMAS: Final = "#/components/schemas/"
_ABOUT: Final = (
    "SMS and one-time passwords through the gateway's own modems. An answer of success means that what was asked is on"
    " the disk. Errors are problem+json (RFC 9457) with the response code of the documented protocol as `code`."
)
_NUMBER: Final = {"pattern": r"^\+[1-9][0-9]{6,14}$"}
"""What is sure to be taken; spaces, dots, dashes, brackets, `00` and national numbers are taken too."""
_NO_CONTROL: Final = r"[^\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]"
_TEXT: Final = {"pattern": rf"^{_NO_CONTROL}*[!-~]{_NO_CONTROL}*$"}
_LINES: Final = {"items": {"type": "string", "maxLength": 256, "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}}
_RULES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("NewMessage", "to", _NUMBER),
    ("NewMessage", "text", _TEXT),
    ("NewBatch", "messages", {"items": {"$ref": f"{_SCHEMAS}NewMessage"}}),
    ("PreviewText", "text", _TEXT),
    ("CreateBody", "to", _NUMBER),
    ("CreateBody", "params", _LINES),
    ("CheckBody", "params", _LINES),
    ("NewBlock", "number", _NUMBER),
    ("RouteQuestion", "to", _NUMBER),
)


def document() -> dict[str, Any]:
    """The whole document, in a stable order."""
    config = OpenAPIConfig(
        title="OTP-Pi",
        version=otppi.__version__,
        description=_ABOUT,
        security=[{"basic": []}, {"token": []}],
        components=Components(
            security_schemes={
                "basic": SecurityScheme(type="http", scheme="basic", description="Name and password of an account."),
                "token": SecurityScheme(type="http", scheme="bearer", description="A token (`otppi token add`)."),
            }
        ),
    )
    # The handlers are only looked at: whom they would ask does not matter.
    app = framework(routes(cast("Any", None), cast("Any", _Nobody())), config)
    made: dict[str, Any] = json.loads(json.dumps(app.openapi_schema.to_schema()))
    made["paths"] = dict(sorted(made["paths"].items())) | documented_paths.path_items()
    made["components"]["schemas"] |= documented_paths.schemas()
    for operation in _operations(made):
        _close_body(made, operation)
    _narrow(made["components"]["schemas"])
    _open(made, "/health")
    return made


def text() -> str:
    """The document as it is served."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _narrow(schemas: dict[str, Any]) -> None:
    """Rules that a use case keeps, not the reader of the body."""
    for schema, name, rule in _RULES:
        schemas[schema]["properties"][name] |= rule


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in made["paths"].values():
        yield from item.values()


def _close_body(made: dict[str, Any], operation: dict[str, Any]) -> None:
    """Bodies refuse names they do not know; what Litestar makes of a Struct does not say so."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        name = media["schema"].get("$ref", "").removeprefix(_SCHEMAS)
        if name and name != "Envelope":
            made["components"]["schemas"][name]["additionalProperties"] = False


def _open(made: dict[str, Any], path: str) -> None:
    """A path that needs no password."""
    for operation in made["paths"][path].values():
        operation["security"] = []


class _Nobody:
    """Stands for use cases that are not asked."""

    def __getattr__(self, name: str) -> None:
        return None
