"""What becomes of one message of a broker: taken, refused for good, kept waiting, or lost. The rules of issue and
decisions are here; connecting is `subscription`'s business.

Taken and refused for good may be acknowledged; what cannot be promised now stays at the broker, if it keeps messages,
and is tried again until it can be.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from otppi.app.faults import report
from otppi.domain.commands import COMMAND_WORDS, Redelivery
from otppi.domain.replies import Code, Reply, Unavailable
from otppi.domain.rights import Right
from otppi.ports.store import StoreUnavailable
from otppi.wire import NotAnEnvelope, Unacceptable, read_envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.brokers.callbacks import Callbacks
    from otppi.app.brokers.counts import Standing
    from otppi.app.brokers.refusals import Refusals
    from otppi.app.brokers.turns import Turns
    from otppi.domain.pace import Pace
    from otppi.domain.rights import Caller
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Arrival
    from otppi.ports.gateway import Gateway
    from otppi.ports.vault import Vault
    from otppi.wire import Envelope

log = logging.getLogger(__name__)

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 5.0
FAILURES: Final = 3
"""So often a message is tried that makes the gateway fail, before it is put away as one that nobody can take."""
_ALONE: Final = frozenset({"block-msisdn", "unblock-msisdn"})
_NO_CODES: Final = "command is not permitted: codes are made and checked only through a subscriber with otp=true"
_NO_REQUEST: Final = "a document with a response_code is an answer, not a request"


class Later(Exception):
    """Nothing can be promised now. `seconds`: when to ask again, None for soon."""

    def __init__(self, words: str, seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.seconds = seconds


class Reception:
    """For one subscriber. `take` is its `ports.connector.Take`; `caller` gives its account as it is now, None where
    there is none that may ask."""

    def __init__(
        self,
        subscriber: Subscriber,
        *,
        gateway: Gateway,
        vault: Vault,
        caller: Callable[[], Caller | None],
        standing: Standing,
        refusals: Refusals,
        callbacks: Callbacks,
        turns: Turns,
        pace: Pace,
        now: Callable[[], float],
    ) -> None:
        self._subscriber = subscriber
        self._gateway = gateway
        self._vault = vault
        self._caller = caller
        self._standing = standing
        self._refusals = refusals
        self._callbacks = callbacks
        self._turns = turns
        self._pace = pace
        self._now = now
        self._free = asyncio.Event()
        self._free.set()
        self._closing = asyncio.Event()

    async def take(self, arrival: Arrival) -> None:
        """See `ports.connector.Take`."""
        if (seconds := self._pace.take(self._now())) > 0:
            await asyncio.sleep(seconds)
        envelope = self._envelope(arrival.body)
        alone = not isinstance(envelope, str | Unacceptable) and envelope.command in _ALONE
        async with self._turns.turn(alone=alone):
            await self._patiently(arrival, envelope)

    def room(self) -> int:
        """See `ports.connector.Room`."""
        return self._gateway.room(self._subscriber.account)

    def close(self) -> None:
        """What waits is left to the broker: it ends as cancelled."""
        self._closing.set()
        self._free.set()

    # -- again and again -----------------------------------------------------------------------------------------------

    async def _patiently(self, arrival: Arrival, envelope: Envelope | Unacceptable | str) -> None:
        await self._gate()
        again, failures, wait = arrival.repeated or arrival.id != "", 0, FIRST_WAIT
        while True:
            try:
                return await self._judge(arrival, envelope, again=again)
            except Later as later:
                if not self._subscriber.keeps:
                    return await self._lose(later, envelope)
                await self._wait(later, min(later.seconds or wait, LONGEST_WAIT))
            except Exception as error:  # noqa: BLE001 - a message that breaks us must not stop those behind it
                failures += 1
                report(error, self._subscriber.name)
                if failures >= FAILURES:
                    return await self._put_away(envelope)
                await self._wait(Later("the gateway failed at a message: see the log"), wait)
            again, wait = True, min(wait * 2, LONGEST_WAIT)

    async def _gate(self) -> None:
        """While one waits, no other is begun."""
        await self._free.wait()
        self._end_if_closing()

    async def _wait(self, later: Later, seconds: float) -> None:
        self._standing.waiting += 1
        self._standing.words = later.words
        self._free.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return
        finally:
            self._standing.waiting -= 1
            if not self._standing.waiting:
                self._standing.words = ""
                self._free.set()
        self._end_if_closing()

    def _end_if_closing(self) -> None:
        if self._closing.is_set():
            raise asyncio.CancelledError

    # -- one try -------------------------------------------------------------------------------------------------------

    def _envelope(self, body: bytes) -> Envelope | Unacceptable | str:
        """The request; or a refusal that knows its command; or why none can be read."""
        try:
            envelope = read_envelope(body)
        except NotAnEnvelope as unreadable:
            return str(unreadable)
        except Unacceptable as refusal:
            return refusal
        return _NO_REQUEST if "response_code" in envelope.document else envelope

    async def _judge(self, arrival: Arrival, envelope: Envelope | Unacceptable | str, *, again: bool) -> None:
        """Take or refuse it for good. Raises Later."""
        if isinstance(envelope, str):
            return await self._refuse(Code.INVALID, envelope)
        if isinstance(envelope, Unacceptable):
            return await self._refuse(envelope.code, envelope.error, envelope.command)
        reply = await self._reply(envelope, Redelivery(self._key(arrival), again))
        if reply.code is Code.LIMITED:
            raise Later(reply.error, reply.retry_after)
        if reply.code is Code.SUCCESS:
            self._refusals.taken()
        else:
            receiver = envelope.data.get("receiver", envelope.data.get("msisdn", ""))
            await self._refuse(reply.code, reply.error, envelope.command, receiver)
        self._callbacks.answer(envelope, reply)
        return None

    async def _reply(self, envelope: Envelope, redelivery: Redelivery) -> Reply:
        caller = self._caller()
        if caller is None:
            raise Later(f"the account {self._subscriber.account} may not ask now: see `otppi user list`")
        word = COMMAND_WORDS.get(envelope.command)
        if word is not None and word.right is Right.OTP and not self._subscriber.otp:
            return Reply(envelope.command, Code.UNKNOWN_COMMAND, error=_NO_CODES)
        try:
            return await self._gateway.handle(envelope, caller, redelivery=redelivery)
        except Unavailable:
            raise Later("the gateway can promise nothing now: its store cannot commit, or it stops") from None

    async def _refuse(self, code: Code, reason: str, command: str = "", receiver: object = "") -> None:
        try:
            await self._refusals.refuse(code.value, reason, command, receiver)
        except StoreUnavailable:
            raise Later("a refusal cannot be written down: the store cannot commit") from None

    async def _lose(self, later: Later, envelope: Envelope | Unacceptable | str) -> None:
        try:
            await self._refusals.lose(later.words, _command(envelope))
        except StoreUnavailable:
            log.error("request lost subscriber=%s: the store cannot commit", self._subscriber.name)

    async def _put_away(self, envelope: Envelope | Unacceptable | str) -> None:
        try:
            await self._refusals.refuse(Code.FAILED.value, "the gateway failed at it: see the log", _command(envelope))
        except StoreUnavailable:
            log.error("request put away subscriber=%s: the store cannot commit", self._subscriber.name)

    def _key(self, arrival: Arrival) -> str:
        """What names this message at each delivery: the broker's own name of it, or a keyed tag of its octets."""
        if arrival.id:
            return f"{self._subscriber.name}/{arrival.id}"
        return f"{self._subscriber.name}//{self._vault.tag('arrival', arrival.body.decode('latin-1')).hex()}"


def _command(envelope: Envelope | Unacceptable | str) -> str:
    return "" if isinstance(envelope, str) else envelope.command
