"""The bodies and answers of `/v1/verifications`, as JSON has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from otppi.app.v1.verification_forms import Created, SentAgain, VerificationView, WordingRequest
from otppi.domain.secret import Secret

Meta = msgspec.Meta
Status = Literal["pending", "approved", "expired", "exhausted", "cancelled", "failed"]
Params = Annotated[
    tuple[Annotated[str, Meta(max_length=256)], ...],
    Meta(max_length=4, description="Up to four texts that a check must repeat.", examples=[["order 17"]]),
]

TemplateText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1600,
        description="The text: `{code}` exactly once, `{brand}` and `{ttl}` (whole minutes) as often as wanted.",
        examples=["{code} is your {brand} code. It ends in {ttl} minutes."],
    ),
]
BrandText = Annotated[
    str,
    Meta(max_length=40, description="What `{brand}` reads as; else the gateway's name.", examples=["Example Shop"]),
]
Seconds = Annotated[
    int,
    Meta(
        ge=30,
        le=86_400,
        description="Seconds the code lives, at most `otp.max_life` (600); else `otp.expiration` (300).",
        examples=[300],
    ),
]
Digits = Annotated[int, Meta(ge=4, le=12, description="Digits of the code; else `otp.length`.", examples=[6])]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request carries; its repr shows nothing of it."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class WordingBody(_Body, frozen=True, kw_only=True):
    """How the SMS reads."""

    template: TemplateText | None = None
    brand: BrandText | None = None
    ttl: Seconds | None = None
    length: Digits | None = None
    app_hash: Annotated[
        str,
        Meta(
            max_length=11,
            description="For Android's SMS Retriever: the app's 11 characters, put on the last line.",
            examples=["FA+9qCX9VSu"],
        ),
    ] = ""
    origin: Annotated[
        str,
        Meta(
            max_length=253,
            description="For an origin-bound code: the host whose last line `@host #code` is added.",
            examples=["example.com"],
        ),
    ] = ""

    def wording(self) -> WordingRequest:
        """The same for the use case."""
        return WordingRequest(
            template=None if self.template is None else Secret(self.template),
            brand=self.brand,
            ttl=self.ttl,
            length=self.length,
            app_hash=self.app_hash,
            origin=self.origin,
        )


class CreateBody(WordingBody, frozen=True, kw_only=True):
    """A code to be made and sent."""

    to: Annotated[
        str, Meta(min_length=1, max_length=256, description="The receiver's number.", examples=["+6281200000001"])
    ]
    reference: Annotated[
        str,
        Meta(
            max_length=256,
            description="Your own name of the code, unique for a day; also for validate-otp and resend-otp.",
            examples=["order-17"],
        ),
    ] = ""
    params: Params = ()
    wait: Annotated[
        float, Meta(ge=0, le=60, description="Wait so many seconds for the modem's answer.", examples=[0])
    ] = 0.0
    end_user_ip: Annotated[
        str,
        Meta(
            max_length=45,
            description="IPv4 or IPv6 address of the end user who asked for the code, where you know it. Only a keyed"
            " tag of it is kept, for the fraud rule `fraud.source_10min`.",
            examples=["192.0.2.17"],
        ),
    ] = ""


class CheckBody(_Body, frozen=True, kw_only=True):
    """A guess."""

    code: Annotated[
        str, Meta(min_length=1, max_length=64, description="The code as the user typed it.", examples=["482913"])
    ]
    params: Params = ()


class FeedbackBody(_Body, frozen=True, kw_only=True):
    """What became of a code that is checked elsewhere."""

    outcome: Annotated[
        Literal["approved", "abandoned"],
        Meta(description="The user has proved the number, or has given up.", examples=["approved"]),
    ]


class RemarkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is unwise about a text."""

    kind: Annotated[str, Meta(description="For programs.", examples=["segments"])]
    detail: Annotated[str, Meta(description="One sentence.", examples=["it takes 2 SMS"])]


class PreviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a text will be on the air; the text itself is not given back."""

    alphabet: Annotated[
        Literal["gsm7", "ucs2"], Meta(description="160 or 70 characters in one SMS.", examples=["gsm7"])
    ]
    segments: Annotated[int, Meta(description="How many SMS.", examples=[1])]
    characters: Annotated[int, Meta(description="Of the whole text, code and last line included.", examples=[52])]
    octets: Annotated[int, Meta(description="The same in UTF-8.", examples=[52])]
    outside_gsm: Annotated[list[str], Meta(description="The characters that make it ucs2.", examples=[[]])]
    warnings: Annotated[list[RemarkAnswer], Meta(description="What is unwise about it.", examples=[[]])]


class CarrierAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A message that carries the code."""

    id: Annotated[str, Meta(description="For `/v1/messages/{id}`.", examples=["01M81G9SQ5X4CH42F4B66Z89CV"])]
    status: Annotated[str, Meta(description="The message's state.", examples=["sent"])]


class VerificationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a code."""

    id: Annotated[
        str, Meta(description="The id of the code and of its first message.", examples=["01M81G9SQ5X4CH42F4B66Z89CV"])
    ]
    status: Annotated[Status, Meta(description="Whether it may still be approved, or how it ended.")]
    to: Annotated[str, Meta(description="The receiver, masked.", examples=["6281200000XXX"])]
    reference: Annotated[str, Meta(description="Your own name of it, maybe empty.", examples=["order-17"])]
    created: Annotated[float, Meta(description="Gateway time, Unix seconds.", examples=[1795346982.63])]
    expires: Annotated[float, Meta(description="When its life is over.", examples=[1795347282.63])]
    guesses_left: Annotated[int, Meta(description="Wrong guesses it survives, 5 at first.", examples=[5])]
    sends: Annotated[int, Meta(description="How often it was sent, the first time included.", examples=[1])]
    next_resend_in: Annotated[
        int | None, Meta(description="Seconds until it may be sent again; null for never.", examples=[30])
    ]
    message: Annotated[CarrierAnswer, Meta(description="The newest message that carries it.")]
    segments: Annotated[int, Meta(description="How many SMS that message takes.", examples=[1])]
    feedback: Annotated[
        Literal["approved", "abandoned"] | None, Meta(description="What you told of it.", examples=[None])
    ]


class CreatedAnswer(VerificationAnswer, frozen=True, kw_only=True):
    """The record of a code that was just made, or was made by the same request before."""

    warnings: Annotated[list[RemarkAnswer], Meta(description="What is unwise about its text.", examples=[[]])]
    duplicate: Annotated[
        bool, Meta(description="True: the same request came before, nothing new was made.", examples=[False])
    ]


class ResentAnswer(VerificationAnswer, frozen=True, kw_only=True):
    """The record of a code after it was asked to be sent again."""

    resent: Annotated[
        bool,
        Meta(description="False: `message` is still under way, so nothing new was made.", examples=[True]),
    ]


class CheckedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a guess."""

    valid: Annotated[bool, Meta(description="True once: for the first right guess in time.", examples=[True])]
    status: Annotated[Status, Meta(description="The state of the code after it.")]
    guesses_left: Annotated[int, Meta(description="Wrong guesses it still survives.", examples=[4])]


def recorded(view: VerificationView) -> VerificationAnswer:
    """The answer of a record."""
    return msgspec.convert(view, VerificationAnswer, from_attributes=True)


def created(made: Created) -> CreatedAnswer:
    """The answer to a request for a code."""
    warnings = [RemarkAnswer(kind=remark.kind, detail=remark.detail) for remark in made.warnings]
    return CreatedAnswer(**_members(made.record), warnings=warnings, duplicate=made.duplicate)


def resent(done: SentAgain) -> ResentAnswer:
    """The answer to a request to send a code again."""
    return ResentAnswer(**_members(done.record), resent=done.resent)


def _members(view: VerificationView) -> dict[str, Any]:
    answer = recorded(view)
    return {name: getattr(answer, name) for name in answer.__struct_fields__}
