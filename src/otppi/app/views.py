"""What others see of a message or a modem: plain JSON values, numbers masked, no text anywhere. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otppi.domain import msisdn
from otppi.domain.message import State

if TYPE_CHECKING:
    from otppi.domain.message import Message
    from otppi.ports.modem import LineStatus
    from otppi.ports.store import ModemEntry


def message(message: Message, *, claimed: str = "", waiting: str = "") -> dict[str, Any]:
    """The record of `GET /v1/messages/{id}` and of `otppi message show` (decisions 8)."""
    shown = State.CLAIMED if claimed and message.shown is State.QUEUED else message.shown
    return {
        "id": message.id,
        "status": shown.value,
        "held": message.held,
        "class": message.klass.value,
        "receiver": msisdn.masked(message.receiver),
        "segments": len(message.segments),
        "created": message.created,
        "send_at": message.not_before or None,
        "deadline": message.deadline,
        "modem": claimed or next((s.modem for s in reversed(message.segments) if s.modem), None),
        "attempts": message.attempts,
        "possible_duplicate": message.possible_duplicate,
        "outcome_unknown": message.outcome_unknown,
        "sent_late": message.sent_late,
        "route": message.route or None,
        "waiting": waiting or None,
        "error": message.error or None,
    }


def modem(entry: ModemEntry, status: LineStatus, *, full: bool) -> dict[str, Any]:
    """One entry of `get-modem-list`, in the released server's words. Without `full`, identities are masked."""
    identity = status.identity
    connected = status.state.value in ("ready", "busy", "slow")
    return {
        "id": entry.name,
        "name": entry.name,
        "active": entry.active,
        "connected": connected,
        "state": status.state.value,
        "internetAccess": entry.internet,
        "internetConnected": False,
        "copsOperator": status.operator,
        "imei": _shown(identity.imei or entry.imei, full=full),
        "imsi": _shown(identity.imsi or entry.imsi, full=full),
        "iccid": _shown(identity.iccid or entry.iccid, full=full),
        "msisdn": _shown(entry.msisdn, full=full),
        "port": entry.port if full else "",
        "smsCenter": entry.smsc,
        "defaultModem": entry.default,
        "signalStrength": _signal(status.signal),
    }


def _shown(value: str, *, full: bool) -> str:
    return (
        value
        if full or not value
        else ("X" * max(0, len(value) - 4) + value[-4:] if len(value) > 4 else "X" * len(value))
    )


def _signal(value: int | None) -> dict[str, Any]:
    """+CSQ as dBm and a word (3GPP TS 27.007 8.5: dBm = 2 x value - 113)."""
    if value is None:
        return {"value": 99, "rssi": None, "condition": "Unknown"}
    words = ("Marginal", "OK", "Good", "Excellent")
    return {"value": value, "rssi": 2 * value - 113, "condition": words[sum(value >= limit for limit in (10, 15, 20))]}
