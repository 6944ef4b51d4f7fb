"""The bodies of `/v1/messages`: what a client writes and what it is answered, each member with its rule."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

from otppi.intake.rest.v1.documented import ProblemBody
from otppi.wire.fields import MAX_WAIT_SECONDS, SHORT

MAX_BATCH: Final = 1000
"""Messages of one batch."""
MAX_TEXT: Final = 39_015
"""Characters of 255 segments (3GPP TS 23.040 9.2.3.24.1), which is all that a message can ever have."""

ClassWord = Literal["otp", "normal", "bulk"]
PolicyWord = Literal["hold", "resend_once_if_fresh", "resend"]
StatusWord = Literal[
    "queued", "claimed", "handed", "sent", "delivered", "undelivered", "expired", "failed", "cancelled", "in_doubt"
]

_Seconds = Annotated[float, Meta(gt=0)]
_MOMENT: Final = "Unix seconds, or a date and time of RFC 3339 with its offset."
_ID: Final = "01M81G9SQ5X4CH42F4B66Z89CV"
_WAITING: Final = "waits for modem east, busy, 3 before it, about 9 s"

Text = Annotated[
    str,
    Meta(
        max_length=MAX_TEXT,
        description="The text, at most `sms.max_segments` segments; of control characters only LF and CR. Blanks and"
        " line ends around it are dropped.",
        examples=["Your order is ready"],
    ),
]


class NewMessage(Struct, forbid_unknown_fields=True, kw_only=True):
    """A message to send."""

    to: Annotated[
        str,
        Meta(
            max_length=SHORT,
            description="The receiver's telephone number, international with `+` or `00`, or national.",
            examples=["+6281200001234"],
        ),
    ]
    text: Text
    klass: Annotated[
        ClassWord | None,
        Meta(
            description="How urgent it is. Without it: `otp` where it lives at most 10 minutes, else `normal`. `otp` is"
            " refused for a longer life, and means 10 minutes where no life is given.",
            examples=["normal"],
        ),
    ] = field(default=None, name="class")
    send_at: Annotated[
        float | str | None,
        Meta(
            description=f"Not before this moment, at most `message.max_ahead` away. {_MOMENT}",
            examples=["2026-11-25T08:00:00Z"],
        ),
    ] = None
    expires_in: Annotated[
        _Seconds | None,
        Meta(
            description="Seconds from `send_at`, or from now, after which it is not sent any more; cut to"
            " `message.max_life`.",
            examples=[3600],
        ),
    ] = None
    expires_at: Annotated[
        float | str | None,
        Meta(
            description=f"Instead of `expires_in`: the moment after which it is not sent any more. {_MOMENT}",
            examples=["2026-11-25T20:00:00Z"],
        ),
    ] = None
    policy: Annotated[
        PolicyWord | None,
        Meta(
            description="What happens where a modem gives no answer; without it the account's policy, or that of the"
            " class.",
            examples=["hold"],
        ),
    ] = None
    reference: Annotated[
        str,
        Meta(
            max_length=SHORT,
            description="Your own name for it, also a duplicate key: the same reference and content make no second"
            " message.",
            examples=["order-1842"],
        ),
    ] = ""
    wait: Annotated[
        Annotated[float, Meta(ge=0, le=MAX_WAIT_SECONDS)],
        Meta(description="Seconds to wait for the modem's answer before this one.", examples=[0]),
    ] = 0.0


class NewBatch(Struct, forbid_unknown_fields=True):
    """Messages to send."""

    messages: Annotated[
        list[Any],
        Meta(
            min_length=1,
            max_length=MAX_BATCH,
            description="Each as the body of `POST /v1/messages`, without `wait`.",
            examples=[[{"to": "+6281200001234", "text": "Your order is ready"}]],
        ),
    ]


class MessageRecord(Struct, kw_only=True):
    """One message. Its text is never shown."""

    id: Annotated[str, Meta(description="Its name in these paths.", examples=[_ID])]
    status: Annotated[StatusWord, Meta(description="Where it is on its way.", examples=["queued"])]
    held: Annotated[bool, Meta(description="In doubt, and waiting for the owner or a late answer.", examples=[False])]
    klass: Annotated[ClassWord, Meta(description="How urgent it is.", examples=["normal"])] = field(name="class")
    receiver: Annotated[str, Meta(description="The number, its last three digits as XXX.", examples=["6281200001XXX"])]
    segments: Annotated[int, Meta(description="How many SMS on the air.", examples=[1])]
    created: Annotated[float, Meta(description="When it was accepted, in Unix seconds.", examples=[1795346982.63])]
    send_at: Annotated[
        float | None, Meta(description="It is not sent before this time, in Unix seconds.", examples=[1795593600.0])
    ]
    deadline: Annotated[float, Meta(description="When its life is over, in Unix seconds.", examples=[1795433382.63])]
    modem: Annotated[str | None, Meta(description="The modem that has it, or had it last.", examples=["east"])]
    attempts: Annotated[int, Meta(description="How often a segment was handed to a modem.", examples=[0])]
    possible_duplicate: Annotated[bool, Meta(description="It was in doubt and was sent again.", examples=[False])]
    outcome_unknown: Annotated[
        bool, Meta(description="It was in doubt and nobody knows whether it went out.", examples=[False])
    ]
    sent_late: Annotated[bool, Meta(description="It went out after its deadline.", examples=[False])]
    route: Annotated[str | None, Meta(description="Why this modem.", examples=["prefix 62812: east"])]
    waiting: Annotated[str | None, Meta(description="In one sentence what it waits for.", examples=[_WAITING])]
    error: Annotated[str | None, Meta(description="In one sentence why it ended.", examples=[None])]


class TakenMessage(MessageRecord, kw_only=True):
    """A message that is durable."""

    expected_in: Annotated[
        float, Meta(description="Seconds until it is likely on the air, an estimate.", examples=[2.7])
    ]
    duplicate: Annotated[
        bool,
        Meta(description="Nothing new was made: this is the message of an earlier request.", examples=[False]),
    ]
    clock: Annotated[
        Literal["trusted", "untrusted"],
        Meta(description="Whether the gateway trusts its clock now.", examples=["trusted"]),
    ]


class BatchResult(Struct, omit_defaults=True):
    """What became of one message of a batch."""

    index: Annotated[int, Meta(description="Its place in the list, from 0.", examples=[0])]
    status: Annotated[
        int, Meta(description="The HTTP status it would have had alone; 201 and 200 are success.", examples=[201])
    ]
    message: Annotated[TakenMessage | None, Meta(description="The message, where there is one.")] = None
    problem: Annotated[ProblemBody | None, Meta(description="Why there is none.")] = None


class BatchResults(Struct):
    """What became of a batch, in the order of its list."""

    results: Annotated[list[BatchResult], Meta(description="One for each message.")]


class MessagePage(Struct):
    """Some of your messages, newest first."""

    items: Annotated[list[MessageRecord], Meta(description="Maybe fewer than `limit`, or none.")]
    next: Annotated[str | None, Meta(description="The `cursor` of what follows; null at the end.", examples=[None])]


class TimelineEntry(Struct):
    """One step of a message."""

    time: Annotated[float, Meta(description="When, in Unix seconds.", examples=[1795346982.63])]
    edge: Annotated[str, Meta(description="The letter of the step.", examples=["c"])]
    meaning: Annotated[str, Meta(description="The step in words.", examples=["sent: the network took it"])]
    segment: Annotated[int | None, Meta(description="Which segment, from 1; null for all of them.", examples=[1])]
    modem: Annotated[str | None, Meta(description="Through which modem.", examples=["east"])]
    detail: Annotated[
        str | None, Meta(description="What else is known, such as the words of a modem.", examples=[None])
    ]


class MessageTimeline(Struct):
    """What happened to a message."""

    id: Annotated[str, Meta(description="The message.", examples=[_ID])]
    status: Annotated[StatusWord, Meta(description="Where it is on its way.", examples=["queued"])]
    waiting: Annotated[str | None, Meta(description="In one sentence what it waits for.", examples=[_WAITING])]
    entries: Annotated[list[TimelineEntry], Meta(description="Oldest first.")]


class PreviewText(Struct, forbid_unknown_fields=True):
    """A text to look at."""

    text: Text


class ForcingCharacter(Struct):
    """A character that is not in the GSM alphabet."""

    character: Annotated[str, Meta(description="The character.", examples=["\u2019"])]
    code_point: Annotated[str, Meta(description="Its number in Unicode.", examples=["U+2019"])]


class TextPreview(Struct):
    """What a text becomes on the air."""

    encoding: Annotated[Literal["gsm7", "ucs2"], Meta(description="The alphabet.", examples=["gsm7"])]
    characters: Annotated[int, Meta(description="Characters of the text.", examples=[19])]
    segments: Annotated[int, Meta(description="How many SMS it takes.", examples=[1])]
    units_used: Annotated[
        int,
        Meta(description="Septets (gsm7) or 16-bit units (ucs2) of the last segment.", examples=[19]),
    ]
    units_left: Annotated[int, Meta(description="How many more fit into it.", examples=[141])]
    parts: Annotated[list[int], Meta(description="Characters of each segment.", examples=[[19]])]
    forcing: Annotated[
        list[ForcingCharacter],
        Meta(description="The first 100 different characters that force ucs2, which halves what fits."),
    ]
    fits: Annotated[bool, Meta(description="Whether `sms.max_segments` allows it.", examples=[True])]
