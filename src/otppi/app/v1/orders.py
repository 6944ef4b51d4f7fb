"""A message as `/v1` orders it, and what follows from it: its time, its life and its class. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.domain.commands import Stamp
from otppi.domain.durations import format_duration
from otppi.domain.life import OTP_CLASS_SECONDS, Life, life, sms_class
from otppi.domain.message import Class, Policy
from otppi.domain.moments import InvalidMoment, read_moment
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.domain.secret import Secret
from otppi.wire.fields import line_rule, text_rule, trimmed_text

if TYPE_CHECKING:
    from otppi.domain.settings import Settings
    from otppi.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Order:
    """One message to send. `send_at` and `expires_at` as `read_moment` takes them, `expires_in` in seconds from
    `send_at` or now; at most one of the last two. `key` is (name, value) of the header's duplicate key, as it is
    remembered; `wait` is 0 to 60 seconds."""

    to: str
    text: Secret[str]
    klass: Class | None = None
    send_at: float | str | None = None
    expires_in: float | None = None
    expires_at: float | str | None = None
    policy: Policy | None = None
    reference: str = ""
    key: tuple[str, str] = ("idempotency-key", "")
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """When a message goes out and how urgent it is. `not_before` is gateway time, 0 for at once; `life` counts from
    it. `objection`: its time has passed, which matters only where it is no duplicate."""

    not_before: float
    life: Life
    klass: Class
    objection: Refusal | None


def clean_text(text: Secret[str]) -> Secret[str]:
    """The text as it is sent. Raises Refusal INVALID."""
    trimmed = trimmed_text(text.reveal())
    if broken := text_rule(trimmed):
        raise _invalid("text", broken)
    return Secret(trimmed)


def clean_line(name: str, text: str) -> str:
    """A reference or key, trimmed. Raises Refusal INVALID."""
    trimmed = text.strip()
    if broken := line_rule(trimmed):
        raise _invalid(name, broken)
    return trimmed


def moment(name: str, value: float | str) -> float:
    """Unix seconds of a moment. Raises Refusal INVALID."""
    try:
        return read_moment(value)
    except InvalidMoment as broken:
        raise _invalid(name, str(broken)) from None


def plan(order: Order, clock: Clock, settings: Settings) -> Plan:
    """Time, life and class of an order. Raises Refusal INVALID, or Unavailable where a time cannot be kept."""
    send_at = None if order.send_at is None else moment("send_at", order.send_at)
    ahead = 0.0 if send_at is None else _ahead(send_at, clock, settings)
    left = _life(order, send_at, clock, settings)
    passed = send_at is not None and ahead <= 0
    return Plan(
        not_before=round(clock.now() + ahead, 3) if ahead > 0 else 0.0,
        life=left,
        klass=sms_class(left) if order.klass is None else order.klass,
        objection=Refusal(Code.EXPIRED, "send_at has passed") if passed else None,
    )


def _ahead(send_at: float, clock: Clock, settings: Settings) -> float:
    if not clock.trusted:
        raise Unavailable("send_at cannot be kept: the gateway does not trust its clock at the moment")
    ahead = send_at - clock.wall()
    if ahead > settings.message_max_ahead:
        raise _invalid("send_at", f"must lie at most {format_duration(settings.message_max_ahead)} ahead")
    return ahead


def _life(order: Order, send_at: float | None, clock: Clock, settings: Settings) -> Life:
    longest = settings.message_max_life
    left = _stated(order, send_at, clock, longest)
    if order.klass is not Class.OTP:
        return left or Life(longest, stated=False)
    if left is None:
        return Life(min(OTP_CLASS_SECONDS, longest), stated=False)
    if left.seconds > OTP_CLASS_SECONDS:
        raise _invalid("class", "otp is for messages that live at most 10 minutes")
    return left


def _stated(order: Order, send_at: float | None, clock: Clock, longest: float) -> Life | None:
    if order.expires_at is None:
        return None if order.expires_in is None else Life(min(order.expires_in, longest), stated=True)
    if order.expires_in is not None:
        raise _invalid("expires_at", "must not stand beside expires_in")
    expires_at = moment("expires_at", order.expires_at)
    if send_at is None:
        stamp = Stamp(expiration=expires_at)
        return life(stamp, wall=clock.wall(), trusted=clock.trusted, default=longest, longest=longest)
    if expires_at <= send_at:
        raise _invalid("expires_at", "must lie after send_at")
    return Life(min(expires_at - send_at, longest), stated=True)


def _invalid(name: str, rule: str) -> Refusal:
    return Refusal(Code.INVALID, f"{name} {rule}")
