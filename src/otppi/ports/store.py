"""The store as the application sees it: a handful of subjects, each with a few atomic operations.

Every method is one transaction: when it returns, what it did is durable (synchronous=FULL on the embedded store);
when it raises, nothing was changed. Operations that wait at the same time may share a commit. No method needs
more of a database than an atomic read-modify-write of named rows, so PostgreSQL can implement it.

Texts, codes, passwords and PINs come in sealed or hashed: a store never sees one in clear.
Implementation: `otppi.store.SqliteStore`. All times are gateway seconds (see `ports.clock`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from otppi.domain.message import Change, Message, State
    from otppi.domain.otp import VerificationState
    from otppi.ports.history import History
    from otppi.ports.limits import Limits
    from otppi.ports.listing import Listing
    from otppi.ports.subscribers import Subscribers
    from otppi.ports.tokens import Tokens


class StoreUnavailable(Exception):
    """The store cannot commit (disk full, I/O error, closed). Nothing was changed; try again later."""


class NotFound(Exception):
    """The row named does not exist, or belongs to another account."""


class AlreadyExists(Exception):
    """A row of that name is already there; nothing was changed."""


# ---- messages -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """One duplicate key of a request. `tag` and `content` are keyed 16-octet tags (`domain.otp.tag`), never plain
    hashes. `strict`: the same key with other content is a conflict; otherwise it is a new message and replaces
    the remembered one. `first`: the caller knows that the key was not used before for this request; what is remembered
    is replaced. The key is remembered until `until`."""

    tag: bytes
    content: bytes
    strict: bool
    until: float
    first: bool = False


@dataclass(frozen=True, slots=True)
class NewVerification:
    """A code to be checked later. Its id is the id of the message that first carries it. `sealed` is the sealed text,
    kept until the verification ends, for a resend. `reference` is the caller's own name of it, maybe empty.
    `source_tag` stands for account and end user's address, empty where that is not known."""

    account: str
    receiver_tag: bytes
    salt: bytes
    verifier: bytes
    key_id: str
    created: float
    expires: float
    sealed: bytes
    reference: str = ""
    source_tag: bytes = b""


@dataclass(frozen=True, slots=True)
class Entry:
    """All that one accepted request writes, in one transaction. `answer` is the first answer's data as JSON,
    given back for a duplicate; it holds no text and no code. `resend_of` is the id of the verification whose code the
    message carries once more."""

    message: Message
    sealed: bytes
    keys: tuple[KeyClaim, ...]
    answer: str
    verification: NewVerification | None = None
    resend_of: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Edge a: the message is durable. `replaced` says a documented id was used again with other content."""

    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same key and content came before: no second message. `answer` is the first one's, `message_id` its id."""

    message_id: str
    answer: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The key is taken: other content, or a reference that has ended. Nothing was written."""

    reason: Literal["content", "ended"]


@dataclass(frozen=True, slots=True)
class NoResend:
    """The code is not sent again now: it has ended, its cool-down lasts, or it was sent as often as it may be.
    `retry_after` is the seconds of the cool-down, or those until the code ends. Nothing was written."""

    reason: Literal["ended", "cooling", "used_up"]
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a listing goes on: strictly before this id (ids grow with time)."""

    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class SimUse:
    """One use of a SIM that has limits, at gateway time `at`. `sim` is its name (`domain.sim`)."""

    sim: str = field(repr=False)
    at: float


class Outbox(Protocol):
    """Messages. The store keeps a claim as `queued`: claims live in the memory of the one gateway (decisions 4)."""

    async def accept(
        self, entry: Entry, *, now: float, write: bool = True
    ) -> Accepted | Duplicate | Conflict | NoResend:
        """Edge a. Looks up every key first (expired keys count as absent): the first key in order that makes it a
        Duplicate or a Conflict ends it there. Raises AlreadyExists for a message id that is taken.

        With `write` False nothing is written where neither applies (Accepted then means "would be new"): so that
        a request that will be refused for another reason still gets its first answer, and leaves its key free.

        A key of an otp whose verification has ended is a Conflict("ended"); but if its message ended without ever
        being handed, the reference is free: the old rows are replaced.

        An entry with `resend_of` is a NoResend unless that verification is pending, within its life, and may be sent
        again by `domain.otp.resend_wait`; else it is counted among its sends. Raises NotFound for no such verification.
        """

    async def settle(self, message_id: str, changes: Sequence[Change], *, use: SimUse | None = None) -> Message:
        """Apply `changes` in order by `domain.message.apply_all`, atomically, and give the message after them.

        `use` is counted in the same transaction (`Sims.uses` gives it back), or not at all.

        The sealed text is wiped in the same transaction once no segment needs it; if the message has ended
        without ever having been handed, its verification (if pending) becomes `failed` and its text is wiped.
        Raises IllegalEdge (nothing changed) or NotFound.
        """

    async def open_messages(self) -> list[Message]:
        """Every message with a segment that may still go on the air, oldest first. Asked once, at start."""

    async def sealed_text(self, message_id: str) -> bytes | None:
        """The sealed text, None once it is wiped. Raises NotFound."""

    async def without_text(self) -> set[str]:
        """The open messages whose text is gone because the code they carry has ended. Asked once, at start."""

    async def get(self, message_id: str) -> Message:
        """One message. Raises NotFound."""

    async def find(self, *, account: str | None, state: State | None, cursor: Cursor) -> list[Message]:
        """Newest first. `account` None means all accounts."""


# ---- verifications --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticket:
    """One guess, counted and committed before anything is compared. `salt` and `verifier` are what to compare
    against; for a reference that is unknown they are None, and the caller does the same work on dummies.

    `reference` and `receiver` are what the code is bound to, where the guess named it by its id alone."""

    id: str
    salt: bytes | None
    verifier: bytes | None
    key_id: str
    guesses_left: int
    reference: str = ""
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class NoGuess:
    """The guess was not admitted; nothing may be compared. `retry_after` seconds for `limited`.

    `ended` is any verification that is no longer pending and is neither expired nor exhausted."""

    reason: Literal["expired", "exhausted", "ended", "limited"]
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Verification:
    """A code's public record: no code, no text. `sends` counts its messages, the newest is `newest`, asked for at
    `last_sent`. `feedback` is what the caller told of it, empty for nothing."""

    id: str
    account: str
    state: VerificationState
    created: float
    expires: float
    guesses_left: int
    sends: int
    receiver: str
    reference: str
    feedback: str
    last_sent: float
    newest: str


Feedback = Literal["approved", "abandoned"]
"""What a caller who checks elsewhere tells of a code: its user proved the number, or gave up."""


class Verifications(Protocol):
    """Codes that wait to be checked, and the guess budgets of their receivers."""

    async def begin_guess(self, tag: bytes, *, account: str, receiver_tag: bytes, now: float) -> Ticket | NoGuess:
        """Count one guess against the verification of reference `tag` and against the receiver the caller names
        (only the right one can be approved, so only its budget protects anything), then commit.

        Order: unknown reference -> Ticket without verifier (counts nothing, but commits as every guess does);
        ended; expired (marks it, wipes its text); exhausted; receiver budget (10 an hour, 20 in a row: limited);
        else count and give the Ticket. The fifth wrong guess leaves the verification exhausted: counting it makes
        guesses_left 0, and its text is wiped then, as at every end: here and in the messages that carry it.
        """

    async def begin_guess_of(self, verification_id: str, *, account: str, now: float) -> Ticket | NoGuess:
        """`begin_guess` for a verification named by its id; the receiver's budget is that of its own receiver."""

    async def approve(self, verification_id: str, *, now: float) -> bool:
        """End it as approved if it is still unused and alive (one conditional update): True exactly once.

        A verification exhausted by the very guess that is approved counts as alive. Wipes its text, also in all
        messages that carry it, and clears the receiver's guess budget.
        """

    async def end(self, verification_id: str, state: VerificationState, *, now: float) -> bool:
        """Cancel, fail or expire a pending one and wipe its text, as `approve`. False if it was not pending."""

    async def note_feedback(self, verification_id: str, feedback: Feedback, *, now: float) -> bool:
        """Keep what the caller told of it; True the first time only, else nothing changes. One that is pending and
        within its life ends: `approved`, or `cancelled` where it was abandoned."""

    async def sweep(self, *, now: float, limit: int = 500) -> int:
        """Mark pending ones past their life as expired and wipe their text; the number done. Also forgets
        duplicate keys past their time. Called often."""

    async def get(self, verification_id: str) -> Verification:
        """One verification. Raises NotFound."""

    async def find(self, tag: bytes, *, account: str, now: float) -> Verification:
        """The verification of the reference `tag`. Raises NotFound."""

    async def sealed_text(self, verification_id: str) -> bytes | None:
        """The sealed text of its message, None once it has ended. Raises NotFound."""

    async def unlock(self, *, account: str | None, receiver_tag: bytes | None, now: float) -> int:
        """Forget guess budgets (all where None); the number of those that were locked at `now`."""


# ---- SIMs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UsedMinute:
    """How often a SIM was used in one minute of gateway time, and when last."""

    sim: str = field(repr=False)
    uses: int
    last: float


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A SIM that its network has blocked, the modem it was in when that was seen, and since when."""

    sim: str = field(repr=False)
    modem: str
    since: float


class Sims(Protocol):
    """What is remembered of SIMs, whichever modem they are in."""

    async def uses(self, *, since: float) -> list[UsedMinute]:
        """Every minute with a use at `since` or later, by its last use."""

    async def forget_uses(self, *, before: float) -> None:
        """Forget the minutes whose last use was before that."""

    async def quarantines(self) -> list[Quarantine]: ...
    async def quarantine(self, quarantine: Quarantine) -> None:
        """Keep it; a SIM that is in quarantine already stays as it is."""

    async def pardon(self, modem: str, sim: str) -> int:
        """End the quarantine of this SIM, and of those that got into it in this modem; how many there were."""


# ---- what the owner configures --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """An API user. `password_hash` is an argon2 string. `rights` as `domain.rights`; `ussd_patterns` belong to
    the right `ussd`; `networks` is the address allow-list (CIDR), empty for any. `rate_minute`, `rate_hour` and
    `rate_day` are the most messages it may make in such a time, 0 for no limit; `queue` the most that may wait, 0 for
    the setting's. `countries` are the calling codes it may send codes to, empty for the setting's."""

    name: str
    password_hash: str
    email: str = ""
    phone: str = ""
    rights: frozenset[str] = frozenset()
    ussd_patterns: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    active: bool = True
    strict_ids: bool = False
    short_codes: bool = False
    policy: str = ""
    created: float = 0.0
    updated: float = 0.0
    rate_minute: int = 0
    rate_hour: int = 0
    rate_day: int = 0
    queue: int = 0
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModemEntry:
    """A configured modem. `prefixes` are stored normalised (62871). `pin` is sealed. `number` orders the list.

    What modem and SIM said of themselves: `manufacturer`, `model`, `revision`, `imei`, `iccid`, `imsi`, `operator`,
    `msisdn`; empty where they did not say. `limit_minute`, `limit_hour`, `limit_day`: the most SMS its SIM sends in
    such a time, 0 for no limit.
    """

    name: str
    port: str
    number: int = 0
    prefixes: tuple[str, ...] = ()
    default: bool = False
    api: bool = True
    internet: bool = False
    active: bool = True
    baud: int = 115_200
    parity: str = "N"
    stop_bits: int = 1
    pin: bytes | None = None
    smsc: str = ""
    imei: str = ""
    iccid: str = ""
    imsi: str = ""
    manufacturer: str = ""
    model: str = ""
    revision: str = ""
    operator: str = ""
    msisdn: str = ""
    limit_minute: int = 0
    limit_hour: int = 0
    limit_day: int = 0


@dataclass(frozen=True, slots=True)
class BlockEntry:
    """A number on the block list; unblocked rows stay, inactive."""

    msisdn: str
    active: bool
    changed: float
    by: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the owner should know. `kind` and `object` name it; it is raised and cleared by the same code."""

    kind: str
    object: str
    since: float
    severity: Literal["notice", "warning", "critical"]
    remedy: str


class Accounts(Protocol):
    """The API users."""

    async def all(self) -> list[Account]: ...
    async def add(self, account: Account) -> None:
        """Raises AlreadyExists."""

    async def change(self, name: str, change: Callable[[Account], Account]) -> Account:
        """Read, change, write. `change` may run twice and in another thread: it only computes. Raises NotFound."""

    async def remove(self, name: str) -> None:
        """Its bearer tokens go with it. Raises NotFound."""


class Modems(Protocol):
    """The configured modems."""

    async def all(self) -> list[ModemEntry]: ...

    async def add(self, modem: ModemEntry) -> ModemEntry:
        """`number` is assigned. Raises AlreadyExists for a name or port that is taken."""

    async def change(self, name: str, change: Callable[[ModemEntry], ModemEntry]) -> ModemEntry:
        """Read, change, write; `change` as for accounts. Raises NotFound, or AlreadyExists for a port that is taken."""

    async def remove(self, name: str) -> None:
        """Raises NotFound."""


class Registry(Protocol):
    """Block list, settings, alarms, and the small facts the gateway remembers about itself."""

    async def blocks(self) -> list[BlockEntry]: ...
    async def put_block(self, entry: BlockEntry) -> None: ...
    async def remove_block(self, msisdn: str) -> None:
        """Raises NotFound."""

    async def settings(self) -> Mapping[str, str]:
        """Only the values that were set, as their canonical text."""

    async def put_setting(self, name: str, value: str | None) -> None:
        """None goes back to the default."""

    async def alarms(self) -> list[Alarm]: ...
    async def raise_alarm(self, alarm: Alarm) -> bool:
        """True if it was not there before; `since` of one that was stays."""

    async def clear_alarm(self, kind: str, object_: str) -> bool:
        """True if it was there."""

    async def fact(self, name: str) -> str | None: ...
    async def put_fact(self, name: str, value: str) -> None: ...
    async def newest_time(self) -> float:
        """The latest time stamp anywhere in the store; 0 in an empty one."""


class Store(Protocol):
    """All subjects of one store."""

    @property
    def outbox(self) -> Outbox: ...
    @property
    def listing(self) -> Listing: ...
    @property
    def verifications(self) -> Verifications: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def modems(self) -> Modems: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def sims(self) -> Sims: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def history(self) -> History: ...
    @property
    def subscribers(self) -> Subscribers: ...
    async def close(self) -> None:
        """Settle what waits, checkpoint, close. Later calls raise StoreUnavailable."""
