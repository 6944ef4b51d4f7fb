"""`/v1/openapi.json` and `/v1/docs`: what our own paths are, for programs and for people, without a password.

Both files are made at build time (`python -m otppi.cli.reference`) and lie beside this module; nothing is fetched.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from litestar import MediaType, Response, get

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

OPENAPI_FILE: Final = "openapi.json"
PAGE_FILE: Final = "docs.html"
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""The page has its styles in itself and nothing that runs."""


def handlers() -> list[HTTPRouteHandler]:
    """The paths of this subject."""

    @get("/v1/openapi.json", include_in_schema=False, sync_to_thread=True)
    def show_openapi() -> Response[bytes]:
        return Response(_content(OPENAPI_FILE), media_type="application/vnd.oai.openapi+json;version=3.1")

    @get("/v1/docs", include_in_schema=False, sync_to_thread=True)
    def show_docs() -> Response[bytes]:
        return Response(_content(PAGE_FILE), media_type=MediaType.HTML, headers={"content-security-policy": _POLICY})

    return [show_openapi, show_docs]


def _content(name: str) -> bytes:
    return (files("otppi.intake.rest.v1") / name).read_bytes()
