"""The OpenAPI 3.1 document of the HTTP door: our own paths as Litestar reads them off the handlers, and the others.

Made at build time, never while serving.
"""

from __future__ import annotations

import json
from typing import Any, Final, cast

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

import otppi
from otppi.intake.rest.v1 import documented_paths
from otppi.intake.rest.v1.assembly import framework, routes

_ABOUT: Final = (
    "SMS and one-time passwords through the gateway's own modems. An answer of success means that what was asked is on"
    " the disk. Errors are problem+json (RFC 9457) with the response code of the documented protocol as `code`."
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
    _open(made, "/health")
    return made


def text() -> str:
    """The document as it is served."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _open(made: dict[str, Any], path: str) -> None:
    """A path that needs no password."""
    for operation in made["paths"][path].values():
        operation["security"] = []


class _Nobody:
    """Stands for use cases that are not asked."""

    def __getattr__(self, name: str) -> None:
        return None
