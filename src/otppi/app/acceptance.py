"""Acceptance: a checked request becomes a durable message (edge a), or a refusal that changed nothing.

Order of checks after the fields: duplicate, expired, configured, block list, limits, route (decisions 2). The
duplicate check is the store's, in the same transaction as the write, so two racing requests give one message.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otppi.domain import msisdn
from otppi.domain.fraud import Ask
from otppi.domain.message import Class, Kind, Message, Policy, Segment, State
from otppi.domain.replies import Code, Refusal
from otppi.pdu.split import count_segments
from otppi.ports.store import Accepted, Conflict, Duplicate, Entry, KeyClaim, NoResend

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.alarms import Alarms
    from otppi.app.book import Book
    from otppi.app.configuration import Configuration
    from otppi.app.delivery import Delivery
    from otppi.app.fleet import Fleet
    from otppi.app.limits import Limits
    from otppi.domain.life import Life
    from otppi.domain.rights import Caller
    from otppi.domain.secret import Secret
    from otppi.ports.clock import Clock
    from otppi.ports.store import NewVerification, Outbox
    from otppi.ports.vault import Vault

NO_MODEM_SECONDS: Final = 60.0
"""An otp on a door that cannot hold it back is refused when no modem of its route was ready for this long."""
_WAITING: Final = Segment()


class Key(NamedTuple):
    """A key by which a request may be known again, for so many seconds. `strict`: other content under it is a conflict.
    `first`: whatever is remembered of it is about an older request (`ports.store.KeyClaim`)."""

    name: str
    value: str
    strict: bool
    seconds: float
    first: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A request whose fields are right. `keys` that are empty count for nothing; `content` are the fields that make two
    requests the same; `answer` the reply's data less what acceptance adds. `life` counts from `not_before`
    (gateway seconds) where there is one. `policy` goes before the account's. `objection`: what is wrong with it,
    unless it is a duplicate. `resend_of`: the verification whose code it carries once more; `until`: gateway time that
    it must not outlive."""

    kind: Kind
    klass: Class
    receiver: str
    text: Secret[str]
    life: Life
    keys: tuple[Key, ...]
    content: tuple[str, ...]
    answer: dict[str, Any]
    wait: float = 0.0
    pinned: str = ""
    email: bool = False
    not_before: float = 0.0
    policy: Policy | None = None
    objection: Refusal | None = None
    resend_of: str = ""
    until: float = math.inf


class Acceptance:
    """One door for every message, whatever asked for it."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        outbox: Outbox,
        vault: Vault,
        clock: Clock,
        fleet: Fleet,
        book: Book,
        delivery: Delivery,
        alarms: Alarms,
        limits: Limits,
    ) -> None:
        self._configuration = configuration
        self._outbox = outbox
        self._vault = vault
        self._clock = clock
        self._fleet = fleet
        self._book = book
        self._delivery = delivery
        self._alarms = alarms
        self._limits = limits
        self._concat = vault.salt()[0]
        self.on_duplicate: Callable[[Kind], None] = lambda _kind: None

    def receiver(self, text: str, caller: Caller, *, field: str = "receiver") -> str:
        """The MSISDN a receiver means for this caller. Raises Refusal INVALID that names `field`."""
        country = self._configuration.settings.country_code
        try:
            return msisdn.normalise(text, country, short_codes=caller.short_codes)
        except msisdn.InvalidNumber as wrong:
            raise Refusal(Code.INVALID, f"{field} {wrong}") from None

    async def accept(
        self, draft: Draft, caller: Caller, message_id: str, verification: NewVerification | None = None
    ) -> dict[str, Any]:
        """The reply's data once the message is durable. Raises Refusal, or StoreUnavailable."""
        segments = self._segments(draft)
        ask = None
        if (code := verification) is not None:
            ask = Ask(caller.account, draft.receiver, code.receiver_tag, code.source_tag)
        claim = self._limits.claim(caller.account, ask)
        refusal = self._refusal(draft, caller, claim.refusal)
        message = self._message(draft, caller, message_id, segments)
        answer = {"id": message_id, **draft.answer}
        entry = Entry(
            message=message,
            sealed=self._vault.seal(draft.text, "message", message_id),
            keys=self._keys(draft, caller),
            answer=json.dumps(answer, ensure_ascii=False),
            verification=verification,
            resend_of=draft.resend_of,
        )
        with claim.held(refusal, message.created):
            outcome = await self._outbox.accept(entry, now=self._clock.now(), write=refusal is None)
            claim.new = isinstance(outcome, Accepted)
        return await self._conclude(outcome, entry, refusal, answer, draft.wait)

    async def _conclude(
        self,
        outcome: Accepted | Duplicate | Conflict | NoResend,
        entry: Entry,
        refusal: Refusal | None,
        answer: dict[str, Any],
        wait: float,
    ) -> dict[str, Any]:
        match outcome:
            case Duplicate(first_id, first):
                self.on_duplicate(entry.message.kind)
                message = self._book.get(first_id) or await self._outbox.get(first_id)
                return await self._report(message, {**json.loads(first), "duplicate": True}, wait)
            case Conflict(reason):
                raise Refusal(Code.DUPLICATE, _CONFLICTS[reason])
            case NoResend(why, seconds):
                code, error = _NO_RESENDS[why]
                raise Refusal(code, error, retry_after=seconds or None)
            case Accepted(replaced):
                if refusal is not None:
                    raise refusal
                if replaced:
                    self._notice_reuse(entry.message.account)
        self._delivery.admit(entry.message)
        return await self._report(entry.message, answer, wait)

    async def _report(self, message: Message, answer: dict[str, Any], wait: float) -> dict[str, Any]:
        expected = self._delivery.placing.expected_in(message)
        seen = message
        if wait > 0:
            seen = await self._book.watch(message.id, wait) or self._book.get(message.id) or message
        if not self._clock.trusted:
            answer["clock"] = "untrusted"
        return {**answer, "status": seen.shown.value, "expected_in": 0 if seen.shown is State.SENT else expected}

    def _segments(self, draft: Draft) -> int:
        most = self._configuration.settings.max_segments
        segments = 1 if draft.email else count_segments(draft.text.reveal())
        if segments > most:
            raise Refusal(Code.INVALID, f"message must fit into {most} segments, this one needs {segments}")
        return segments

    def _refusal(self, draft: Draft, caller: Caller, limited: Refusal | None) -> Refusal | None:
        """The first of the later checks that fails; it counts only if the request is no duplicate. `limited` is what
        the limits say."""
        if draft.objection is not None:
            return draft.objection
        if draft.life.over and not self._may_be_late(draft):
            return Refusal(Code.EXPIRED, "expiration has passed")
        if draft.email:
            return Refusal(Code.FAILED, "e-mail is not configured")
        if self._configuration.blocked(draft.receiver):
            return Refusal(Code.BLOCKED, "receiver is on the block list")
        return limited or self._no_route(draft, caller)

    def _no_route(self, draft: Draft, caller: Caller) -> Refusal | None:
        table = self._configuration.routes
        modems = (table.pinned(draft.pinned) if draft.pinned else table.route(draft.receiver)).modems
        if not modems:
            return Refusal(Code.NO_ROUTE, "no modem may take a message to this receiver")
        patient = draft.klass is not Class.OTP or caller.holds_back or draft.not_before > self._clock.now()
        if patient or self._fleet.any_ready_within(modems, NO_MODEM_SECONDS):
            return None
        return Refusal(Code.NO_ROUTE, "no modem that may take it has been ready for a minute")

    def _may_be_late(self, draft: Draft) -> bool:
        return draft.kind is Kind.SMS and not self._configuration.settings.drop_expired

    def _message(self, draft: Draft, caller: Caller, message_id: str, segments: int) -> Message:
        now = self._clock.now()
        self._concat = (self._concat + 1) % 256
        default = Policy.RESEND_ONCE_IF_FRESH if draft.klass is Class.OTP else Policy.HOLD
        return Message(
            id=message_id,
            account=caller.account,
            kind=draft.kind,
            klass=draft.klass,
            receiver=draft.receiver,
            created=now,
            deadline=min(max(now, draft.not_before) + draft.life.seconds, draft.until),
            policy=draft.policy or (Policy(caller.policy) if caller.policy else default),
            segments=(_WAITING,) * segments,
            concat_reference=self._concat,
            pinned=draft.pinned,
            late_ok=self._may_be_late(draft),
            verification=draft.resend_of or (message_id if draft.kind is Kind.OTP else ""),
            door=caller.door,
            not_before=draft.not_before,
            characters=len(draft.text.reveal()),
        )

    def _keys(self, draft: Draft, caller: Caller) -> tuple[KeyClaim, ...]:
        now = self._clock.now()
        content = self._vault.tag("content", draft.kind, *draft.content)
        return tuple(
            KeyClaim(
                key_tag(self._vault, caller.account, draft.kind, key.name, key.value),
                content,
                key.strict,
                now + key.seconds,
                key.first,
            )
            for key in draft.keys
            if key.value
        )

    def _notice_reuse(self, account: str) -> None:
        remedy = "make every id unique, or set strict_ids for the account"
        self._alarms.set("id_used_again", account, "notice", remedy)


def key_tag(vault: Vault, account: str, kind: Kind, name: str, value: str) -> bytes:
    """The tag a duplicate key is remembered under; one namespace over all doors."""
    return vault.tag("key", account, kind, name, value)


_CONFLICTS: Final = {
    "content": "this key was used before with other content",
    "ended": "this reference was used before and has ended",
}
_NO_RESENDS: Final = {
    "ended": (Code.EXPIRED, "the code has ended"),
    "cooling": (Code.LIMITED, "the code was sent a moment ago: wait before it is sent again"),
    "used_up": (Code.LIMITED, "the code was sent again as often as it may be"),
}
