"""Errors of our own paths as problem+json (RFC 9457): status, title, and the response code of the documented paths.

`code` is the same as in the documented protocol, so that both can be looked up in one table.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from otppi.app.faults import report
from otppi.app.sign_in import NotSignedIn, TooBusy
from otppi.app.v1.promising import TooLate
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.intake.rest.answers import REALM, RETRY_SECONDS, SECURITY_HEADERS, retry_after
from otppi.intake.rest.body import BodyTooLarge, BodyTooSlow
from otppi.ports.store import NotFound, StoreUnavailable
from otppi.wire.document import NotJson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.intake.rest.asgi import Send

PROBLEM: Final = "application/problem+json"
CHALLENGES: Final = f'{REALM.decode()}, Bearer realm="OTP-Pi"'
"""What our own paths take, in one header: tokens are for these only."""

STATUS_OF: Final[Mapping[Code, int]] = {
    Code.NO_SUCH_MODEM: 404,
    Code.UNAUTHORISED: 401,
    Code.NO_ROUTE: 503,
    Code.FAILED: 422,
    Code.INVALID: 422,
    Code.BLOCKED: 403,
    Code.LIMITED: 429,
    Code.UNKNOWN_COMMAND: 403,
    Code.DUPLICATE: 409,
    Code.WRONG_OTP: 409,
    Code.EXPIRED: 409,
    Code.EXHAUSTED: 409,
}
"""What a refusal is in HTTP: 422 where the request must change, 409 where the state of things is against it, 503 where
the same one may be sent again later."""


_VALUE: Final = re.compile(r"Invalid enum value .*?(?= - at `\$|\Z)", re.DOTALL)


_TITLES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}
"""RFC 9110 has renamed these; what Python calls them depends on its version."""


def title_of(status: int) -> str:
    """A status in the words of RFC 9110."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


@dataclass(frozen=True, slots=True)
class Problem:
    """One error. `detail` is one sentence that names field and rule, never a value."""

    status: int
    detail: str = ""
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The members of the answer."""
        members: dict[str, Any] = {
            "type": "about:blank",
            "title": title_of(self.status),
            "status": self.status,
        }
        return members | {name: text for name, text in (("detail", self.detail), ("code", self.code)) if text}

    def response(self) -> Response[dict[str, Any]]:
        """For a handler's error."""
        return Response(self.body(), status_code=self.status, media_type=PROBLEM, headers=dict(self.headers))

    async def send(self, send: Send, *, close: bool = False) -> None:
        """For what never reached a handler."""
        octets = json.dumps(self.body()).encode()
        headers = [
            (b"content-type", PROBLEM.encode()),
            (b"content-length", b"%d" % len(octets)),
            *SECURITY_HEADERS,
            *((name.encode(), text.encode()) for name, text in self.headers.items()),
            *([(b"connection", b"close")] if close else []),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": octets})


def problem_of(error: Exception) -> Problem:
    """What is told about an error. A defect is logged and told as 500, without its text."""
    match error:
        case Refusal():
            return _refused(error)
        case NotSignedIn():
            return Problem(401, "valid credentials are needed", headers={"www-authenticate": CHALLENGES})
        case TooBusy():
            return Problem(429, "too many sign-ins are waiting", headers=_retry(error.retry_after))
        case NotFound():
            return Problem(404, "there is nothing of that name")
        case TooLate():
            return Problem(409, str(error))
        case Unavailable() | StoreUnavailable():
            told = str(error) if isinstance(error, Unavailable) else ""
            return Problem(503, told or "the gateway takes no requests at the moment", headers=_retry(RETRY_SECONDS))
        case NotJson():
            return Problem(400, str(error), Code.INVALID)
        case BodyTooLarge():
            return Problem(413, "the body is too large", Code.INVALID)
        case BodyTooSlow():
            return Problem(408, "the body did not arrive in time", Code.INVALID)
        case ValidationException():
            return Problem(422, _fields(error), Code.INVALID)
        case HTTPException() if error.status_code < 500:
            unreadable = "the request cannot be read" if error.status_code == 400 else ""
            return Problem(error.status_code, unreadable, headers={} if error.headers is None else dict(error.headers))
        case _:
            report(error, "rest")
            return Problem(500, "the gateway failed, see its log")


def _refused(refusal: Refusal) -> Problem:
    status = STATUS_OF[refusal.code]
    seconds = refusal.retry_after if refusal.retry_after is not None else RETRY_SECONDS if status == 503 else None
    return Problem(status, refusal.error, refusal.code, {} if seconds is None else _retry(seconds))


def _fields(error: ValidationException) -> str:
    """The fields that are wrong and their rules; the validator never shows values."""
    found = error.extra if isinstance(error.extra, list) else []
    told = [_field(each) for each in found if isinstance(each, dict) and "message" in each]
    return "; ".join(told) or "a field of the request is not as it must be"


def _field(told: Mapping[str, Any]) -> str:
    key = str(told.get("key", "")).removeprefix("$").strip(".")
    if (key, told["message"]) == ("data", "'data'"):
        return "a body is needed"
    rule = without_value(str(told["message"]))
    return f"{key}: {rule}" if key else rule


def without_value(rule: str) -> str:
    """A validator's sentence, fit to be answered: of a word that is none of those allowed it would show the word."""
    return _VALUE.sub("Not one of the words that are allowed", rule)


def _retry(seconds: float) -> dict[str, str]:
    name, value = retry_after(seconds)
    return {name.decode(): value.decode()}
