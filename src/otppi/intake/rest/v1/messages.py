"""`/v1/messages`: send, list, show, cancel, tell the story of, and preview messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from otppi.app.v1.message_list import Question
from otppi.domain.message import Class, State
from otppi.domain.secret import Secret
from otppi.intake.rest.v1 import message_orders as between
from otppi.intake.rest.v1.documented import problems
from otppi.intake.rest.v1.message_bodies import (
    BatchResults,
    ClassWord,
    MessagePage,
    MessageRecord,
    MessageTimeline,
    NewBatch,
    NewMessage,
    PreviewText,
    StatusWord,
    TakenMessage,
    TextPreview,
)
from otppi.intake.rest.v1.parameters import IdempotencyKey, Signed, known_length

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.app.v1.desks import Desks
    from otppi.ports.gateway import Gateway

TAGS: Final = ["messages"]
_MOMENT: Final = "Unix seconds, or a date and time of RFC 3339."
_DUPLICATE: Final = ResponseSpec(
    TakenMessage, generate_examples=False, description="A duplicate: the message of the first request, as it is now."
)

_Status = Annotated[list[StatusWord] | None, QueryParameter(description="Only these states; may be given repeatedly.")]
_Class = Annotated[ClassWord | None, QueryParameter(name="class", description="Only this class.")]
_To = Annotated[str, QueryParameter(max_length=256, description="Only messages to this number.")]
_After = Annotated[str, QueryParameter(max_length=64, description=f"Only those accepted then or later. {_MOMENT}")]
_Before = Annotated[str, QueryParameter(max_length=64, description=f"Only those accepted before. {_MOMENT}")]
_Reference = Annotated[
    str,
    QueryParameter(
        max_length=256,
        description="Only the message of this reference, which is known as long as it is remembered as a duplicate key"
        " (`dedupe.window`, 24 h).",
    ),
]
_Limit = Annotated[int, QueryParameter(ge=1, le=200, description="The most messages of a page.")]
_Cursor = Annotated[str, QueryParameter(max_length=256, description="The `next` of the page before.")]


def handlers(gateway: Gateway) -> list[HTTPRouteHandler]:
    """What the gateway itself answers."""

    @get(
        "/v1/messages/{message_id:str}",
        operation_id="showMessage",
        summary="Show a message",
        description="The record of one of your own messages; the message of another account is not found.",
        tags=TAGS,
        responses=problems(404),
    )
    async def show_message(caller: Signed, message_id: FromPath[str]) -> MessageRecord:
        return between.record_of(await gateway.message(caller, known_length(message_id)))

    return [show_message]


def desk_handlers(desks: Desks) -> list[HTTPRouteHandler]:
    """What needs the use cases of `/v1`."""
    return [*_sending(desks), *_looking(desks)]


def _sending(desks: Desks) -> list[HTTPRouteHandler]:
    @post(
        "/v1/messages",
        operation_id="sendMessage",
        summary="Send a message",
        description="Accepts one SMS. When it is answered the message is on the disk and will be sent, at once or at"
        " its time. A request that comes again with the same `Idempotency-Key` or `reference` makes no second message:"
        " it gets 200 and the first one, or 409 where receiver or text differ. Needs the right `sms`.",
        tags=TAGS,
        responses={200: _DUPLICATE, **problems(400, 403, 409, 413, 422)},
    )
    async def send_message(
        caller: Signed, data: JSONBody[NewMessage], idempotency_key: IdempotencyKey = ""
    ) -> Response[TakenMessage]:
        taken = await desks.messages.send(between.order_of(data, idempotency_key), caller)
        record = between.taken_of(taken)
        where = {"location": f"/v1/messages/{record.id}"}
        return Response(record, status_code=200 if taken.duplicate else 201, headers=where)

    @post(
        "/v1/messages/batch",
        operation_id="sendMessages",
        summary="Send up to 1,000 messages",
        description="Each item is accepted or refused as if it were sent alone, in the order of the list; one that is"
        " wrong does not touch the others. The body may have 2 MiB. With an `Idempotency-Key` the same list can be sent"
        " again after a broken connection: each item has a key of its own, made of that and its place. Needs the right"
        " `sms`.",
        status_code=200,
        tags=TAGS,
        responses=problems(400, 413, 422),
    )
    async def send_messages(
        caller: Signed, data: JSONBody[NewBatch], idempotency_key: IdempotencyKey = ""
    ) -> BatchResults:
        orders = between.orders_of(data.messages)
        return between.batch_results(await desks.batches.send(orders, caller, idempotency_key))

    @post(
        "/v1/messages/{message_id:str}/cancel",
        operation_id="cancelMessage",
        summary="Cancel a message",
        description="Takes back what has not been handed to a modem yet. 409 says why nothing can be taken back any"
        " more. Needs the right `sms`, or `otp` for a message that carries a code.",
        status_code=200,
        tags=TAGS,
        responses=problems(403, 404, 409),
    )
    async def cancel_message(caller: Signed, message_id: FromPath[str]) -> MessageRecord:
        return between.record_of(await desks.messages.cancel(known_length(message_id), caller))

    return [send_message, send_messages, cancel_message]


def _looking(desks: Desks) -> list[HTTPRouteHandler]:
    @get(
        "/v1/messages",
        operation_id="listMessages",
        summary="List messages",
        description="Your own messages, newest first. New ones that come while you page are not mixed in. One page"
        " looks at 10,000 messages at most, so with filters it may hold fewer than `limit`: go on until `next` is"
        " null.",
        tags=TAGS,
        responses=problems(422),
    )
    async def list_messages(
        caller: Signed,
        status: _Status = None,
        klass: _Class = None,
        to: _To = "",
        created_after: _After = "",
        created_before: _Before = "",
        reference: _Reference = "",
        limit: _Limit = 50,
        cursor: _Cursor = "",
    ) -> MessagePage:
        question = Question(
            status=frozenset(map(State, status or ())),
            klass=None if klass is None else Class(klass),
            to=to,
            created_after=created_after,
            created_before=created_before,
            reference=reference,
            limit=limit,
            cursor=cursor,
        )
        return between.page_of(await desks.message_list.page(question, caller))

    @get(
        "/v1/messages/{message_id:str}/timeline",
        operation_id="showTimeline",
        summary="Show what happened to a message",
        description="Every step so far with its letter, its meaning, segment and modem, and in one sentence what the"
        " message waits for.",
        tags=TAGS,
        responses=problems(404),
    )
    async def show_timeline(caller: Signed, message_id: FromPath[str]) -> MessageTimeline:
        return between.timeline_of(await desks.messages.timeline(known_length(message_id), caller))

    @post(
        "/v1/messages/preview",
        operation_id="previewMessage",
        summary="See how a text is cut",
        description="How many segments a text takes and which characters make it dear. Nothing is stored or sent, and"
        " no number is needed.",
        status_code=200,
        sync_to_thread=False,
        tags=TAGS,
        responses=problems(400, 413, 422),
    )
    def preview_message(caller: Signed, data: JSONBody[PreviewText]) -> TextPreview:  # noqa: ARG001 - the guard has let it in
        return between.preview_of(desks.previews.show(Secret(data.text)))

    return [list_messages, show_timeline, preview_message]
