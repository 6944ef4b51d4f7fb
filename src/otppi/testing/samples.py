"""Messages and accepted requests to test a store with. No real number and no real text is in them."""

from __future__ import annotations

from hashlib import sha256

from otppi.domain.message import Class, Kind, Message, Policy, Segment
from otppi.ports.store import Entry, KeyClaim, NewVerification

NOW = 1_790_000_000.0
RECEIVER = "6281200001234"


def sample_tag(word: str) -> bytes:
    """16 octets that stand for `word`, as a vault's tag would."""
    return sha256(word.encode()).digest()[:16]


def sample_id(number: int) -> str:
    """The id of sample message `number`; ids sort as their numbers do."""
    return f"01SAMPLE{number:018d}"


def sample_message(
    number: int = 1,
    *,
    account: str = "shop",
    kind: Kind = Kind.SMS,
    parts: int = 1,
    at: float = NOW,
    life: float = 300.0,
) -> Message:
    """A queued message of `parts` segments, accepted at `at`."""
    otp = kind is Kind.OTP
    return Message(
        id=sample_id(number),
        account=account,
        kind=kind,
        klass=Class.OTP if otp else Class.NORMAL,
        receiver=RECEIVER,
        created=at,
        deadline=at + life,
        policy=Policy.RESEND_ONCE_IF_FRESH if otp else Policy.HOLD,
        segments=(Segment(),) * parts,
        concat_reference=number % 256,
        verification=sample_id(number) if otp else "",
        route="prefix 62812 of modem east",
        history=(("a", 0, at, "rest"),),
    )


def sample_key(
    word: str, *, content: str = "content", strict: bool = True, at: float = NOW, life: float = 86_400.0
) -> KeyClaim:
    """The duplicate key of a request whose reference or id is `word`."""
    return KeyClaim(sample_tag(word), sample_tag(content), strict, at + life)


def sample_entry(message: Message, *keys: KeyClaim, sealed: bytes = b"sealed octets") -> Entry:
    """What accepting `message` writes: for an otp with its verification, which lives as long as the message."""
    verification = NewVerification(
        account=message.account,
        receiver_tag=sample_tag(message.receiver),
        salt=b"s" * 16,
        verifier=b"v" * 32,
        key_id="0123456789abcdef",
        created=message.created,
        expires=message.deadline,
        sealed=sealed,
    )
    answer = f'{{"date_time":{message.created}}}'
    return Entry(message, sealed, keys, answer, verification if message.kind is Kind.OTP else None)
