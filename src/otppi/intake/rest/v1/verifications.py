"""`/v1/verifications`: codes made, checked, sent again, cancelled and reported on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody

from otppi.app.v1.verification_forms import CodeRequest
from otppi.domain.secret import Secret
from otppi.intake.rest.commands import MAX_IDEMPOTENCY_KEY
from otppi.intake.rest.v1.documented import problems
from otppi.intake.rest.v1.parameters import Signed, known_length
from otppi.intake.rest.v1.verification_bodies import (
    CheckBody,
    CheckedAnswer,
    CreateBody,
    CreatedAnswer,
    FeedbackBody,
    PreviewAnswer,
    ResentAnswer,
    VerificationAnswer,
    WordingBody,
    created,
    recorded,
    resent,
)

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.app.v1.verifications import VerificationDesk

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=MAX_IDEMPOTENCY_KEY,
        description="A key of your own: the same request with it makes no second message.",
    ),
]
_TAGS = ["verifications"]
_SAME_REQUEST = ResponseSpec(
    CreatedAnswer, generate_examples=False, description="The same request came before: its record, `duplicate` true."
)


def handlers(desk: VerificationDesk) -> list[HTTPRouteHandler]:
    """The paths of this subject."""
    return [*_making(desk), *_living(desk), *_ending(desk)]


def _making(desk: VerificationDesk) -> list[HTTPRouteHandler]:
    @post(
        "/v1/verifications",
        operation_id="createVerification",
        summary="Make a code and send it",
        description="Makes a code, puts it into the text, and accepts the message. 201 once it is durable; 200 with "
        "`duplicate` where the same request came before: then nothing new was made.",
        tags=_TAGS,
        responses={200: _SAME_REQUEST, **problems(400, 403, 409, 413, 422)},
    )
    async def create_verification(
        caller: Signed, data: JSONBody[CreateBody], key: IdempotencyKey = ""
    ) -> Response[CreatedAnswer]:
        request = CodeRequest(
            to=data.to,
            wording=data.wording(),
            reference=data.reference,
            params=data.params,
            wait=data.wait,
            end_user_ip=data.end_user_ip,
            idempotency_key=key.strip(),
        )
        made = await desk.create(request, caller)
        return Response(created(made), status_code=200 if made.duplicate else 201)

    @post(
        "/v1/verifications/preview",
        operation_id="previewVerification",
        summary="Look at a text before it is sent",
        description="Counts the segments of a text with its code, and says what is unwise about it. Sends nothing.",
        tags=_TAGS,
        status_code=200,
        sync_to_thread=False,
        responses=problems(400, 403, 413, 422),
    )
    def preview_verification(caller: Signed, data: JSONBody[WordingBody]) -> PreviewAnswer:
        return msgspec.convert(desk.preview(data.wording(), caller), PreviewAnswer, from_attributes=True)

    return [create_verification, preview_verification]


def _living(desk: VerificationDesk) -> list[HTTPRouteHandler]:
    @get(
        "/v1/verifications/{verification_id:str}",
        operation_id="showVerification",
        summary="Show a code's record",
        description="The record of one of your own codes, without the code. Another account's is 404.",
        tags=_TAGS,
        responses=problems(403, 404),
    )
    async def show_verification(caller: Signed, verification_id: FromPath[str]) -> VerificationAnswer:
        return recorded(await desk.show(known_length(verification_id), caller))

    @post(
        "/v1/verifications/{verification_id:str}/check",
        operation_id="checkVerification",
        summary="Check a code",
        description="200 with `valid`, whatever the guess; 429 where too many wrong ones were made for the receiver. A "
        "guess is counted before it is compared. After five wrong ones, its life or its use none is valid.",
        tags=_TAGS,
        status_code=200,
        responses=problems(400, 403, 404, 413, 422),
    )
    async def check_verification(
        caller: Signed, verification_id: FromPath[str], data: JSONBody[CheckBody]
    ) -> CheckedAnswer:
        # A name that no row can have is looked for all the same: so that it costs what every guess costs.
        done = await desk.check(verification_id, Secret(data.code), data.params, caller)
        return msgspec.convert(done, CheckedAnswer, from_attributes=True)

    @post(
        "/v1/verifications/{verification_id:str}/resend",
        operation_id="resendVerification",
        summary="Send a code again",
        description="The same code and text once more, in a message of its own: 30, 60, 120, 240 and 240 s after the "
        "time before, five times at most, never beyond its life. 429 with Retry-After until then. While a message of "
        "it is still under way nothing new is made, and `resent` is false.",
        tags=_TAGS,
        status_code=200,
        responses=problems(403, 404, 409),
    )
    async def resend_verification(caller: Signed, verification_id: FromPath[str]) -> ResentAnswer:
        return resent(await desk.resend(known_length(verification_id), caller))

    return [show_verification, check_verification, resend_verification]


def _ending(desk: VerificationDesk) -> list[HTTPRouteHandler]:
    @post(
        "/v1/verifications/{verification_id:str}/cancel",
        operation_id="cancelVerification",
        summary="Take a code back",
        description="The code is of no more use, and what still waits of it is not sent. Twice is the same as once; a "
        "code that has ended otherwise is 422.",
        tags=_TAGS,
        status_code=200,
        responses=problems(403, 404, 409),
    )
    async def cancel_verification(caller: Signed, verification_id: FromPath[str]) -> VerificationAnswer:
        return recorded(await desk.cancel(known_length(verification_id), caller))

    @post(
        "/v1/verifications/{verification_id:str}/feedback",
        operation_id="giveVerificationFeedback",
        summary="Tell what became of a code",
        description="For those who check elsewhere. `approved` ends a pending code as approved, `abandoned` as "
        "cancelled. It is kept once: the same again changes nothing, other feedback is 409.",
        tags=_TAGS,
        status_code=200,
        responses=problems(400, 403, 404, 409, 413, 422),
    )
    async def give_feedback(
        caller: Signed, verification_id: FromPath[str], data: JSONBody[FeedbackBody]
    ) -> VerificationAnswer:
        return recorded(await desk.feedback(known_length(verification_id), data.outcome, caller))

    return [cancel_verification, give_feedback]
