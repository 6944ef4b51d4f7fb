"""Between the bodies of `/v1/messages` and its use cases: what a body orders, and how what became of it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from otppi.app.v1.orders import Order
from otppi.domain.message import Class, Policy
from otppi.domain.replies import Code, Refusal
from otppi.domain.secret import Secret
from otppi.intake.rest.v1.documented import ProblemBody
from otppi.intake.rest.v1.message_bodies import (
    BatchResult,
    BatchResults,
    ForcingCharacter,
    MessagePage,
    MessageRecord,
    MessageTimeline,
    NewMessage,
    StatusWord,
    TakenMessage,
    TextPreview,
    TimelineEntry,
)
from otppi.intake.rest.v1.problems import problem_of, without_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from otppi.app.v1.message_list import Page
    from otppi.app.v1.messages import Taken, Timeline
    from otppi.app.v1.preview import Preview


def order_of(body: NewMessage, key: str = "") -> Order:
    """What a body orders, with the header's key."""
    return Order(
        to=body.to,
        text=Secret(body.text),
        klass=None if body.klass is None else Class(body.klass),
        send_at=body.send_at,
        expires_in=body.expires_in,
        expires_at=body.expires_at,
        policy=None if body.policy is None else Policy(body.policy),
        reference=body.reference,
        key=("idempotency-key", key),
        wait=body.wait,
    )


def orders_of(items: Sequence[Any]) -> Iterator[Order | Refusal]:
    """What the items of a batch order, each read as its turn comes; a Refusal for one that is no message."""
    return map(_item_order, items)


def _item_order(item: Any) -> Order | Refusal:
    try:
        body = msgspec.convert(item, NewMessage)
    except msgspec.ValidationError as wrong:
        return Refusal(Code.INVALID, without_value(str(wrong)))
    if body.wait:
        return Refusal(Code.INVALID, "wait is not for batches")
    return order_of(body)


def record_of(record: Mapping[str, Any]) -> MessageRecord:
    """A public record as a body."""
    return msgspec.convert(record, MessageRecord)


def taken_of(taken: Taken) -> TakenMessage:
    """The record of a message that is durable, as a body."""
    return msgspec.convert(taken.record, TakenMessage)


def batch_results(outcomes: Sequence[Taken | Exception]) -> BatchResults:
    """What became of each item, with the status it would have had alone."""
    return BatchResults([_result(index, outcome) for index, outcome in enumerate(outcomes)])


def _result(index: int, outcome: Taken | Exception) -> BatchResult:
    if isinstance(outcome, Exception):
        problem = problem_of(outcome)
        return BatchResult(index, problem.status, problem=ProblemBody(**problem.body()))
    return BatchResult(index, 200 if outcome.duplicate else 201, message=taken_of(outcome))


def page_of(page: Page) -> MessagePage:
    """A page as a body."""
    return MessagePage([record_of(item) for item in page.items], page.next)


def timeline_of(timeline: Timeline) -> MessageTimeline:
    """A message's story as a body."""
    entries = [
        TimelineEntry(e.time, e.edge, e.meaning, e.part, e.modem or None, e.note or None) for e in timeline.entries
    ]
    status: StatusWord = msgspec.convert(timeline.status, StatusWord)
    return MessageTimeline(timeline.id, status, timeline.waiting or None, entries)


def preview_of(preview: Preview) -> TextPreview:
    """A preview as a body."""
    return TextPreview(
        encoding=preview.encoding,
        characters=preview.characters,
        segments=preview.segments,
        units_used=preview.units_used,
        units_left=preview.units_left,
        parts=list(preview.parts),
        forcing=[ForcingCharacter(char, f"U+{ord(char):04X}") for char in preview.forcing],
        fits=preview.fits,
    )
