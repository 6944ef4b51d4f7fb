"""The gateway: one door for every intake. Permission first, then the fields, then one closed match.

A request's path: door -> `handle` -> `Acceptance` or `Codes` -> store. Nothing is promised before the store's commit.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from otppi.app import views
from otppi.app.acceptance import Draft, Key
from otppi.domain import commands as c
from otppi.domain.life import life, sms_class
from otppi.domain.message import Kind
from otppi.domain.replies import Code, Refusal, Reply, Unavailable
from otppi.domain.rights import Right
from otppi.ports.store import NotFound, StoreUnavailable
from otppi.wire.requests import read_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.acceptance import Acceptance
    from otppi.app.alarms import Alarms
    from otppi.app.blocking import Blocking
    from otppi.app.book import Book
    from otppi.app.codes import Codes
    from otppi.app.configuration import Configuration
    from otppi.app.delivery import Delivery
    from otppi.app.fleet import Fleet
    from otppi.app.limits import Limits
    from otppi.app.resending import Resending
    from otppi.domain.life import Life
    from otppi.domain.message import Message
    from otppi.domain.rights import Caller
    from otppi.ports.clock import Clock
    from otppi.ports.gateway import Health
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault
    from otppi.wire.envelope import Envelope

log = logging.getLogger(__name__)


class Gateway:
    """Implements `ports.gateway.Gateway`. `ready_to_promise` is False while the disk is full or the store is down."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        configuration: Configuration,
        book: Book,
        fleet: Fleet,
        delivery: Delivery,
        acceptance: Acceptance,
        codes: Codes,
        resending: Resending,
        blocking: Blocking,
        alarms: Alarms,
        limits: Limits,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._configuration = configuration
        self._book = book
        self._fleet = fleet
        self._delivery = delivery
        self._acceptance = acceptance
        self._codes = codes
        self._resending = resending
        self._blocking = blocking
        self._alarms = alarms
        self._limits = limits
        self.stopping = False
        self.store_works = True
        self.disk_full = False

    async def handle(
        self,
        envelope: Envelope,
        caller: Caller,
        *,
        idempotency_key: str = "",
        redelivery: c.Redelivery | None = None,
    ) -> Reply:
        """Answer one request (see the port)."""
        if self.stopping or self.disk_full:
            raise Unavailable
        try:
            return await self._answer(envelope, caller, idempotency_key, redelivery)
        except StoreUnavailable:
            self.store_works = False
            raise Unavailable from None

    def room(self, account: str) -> int:
        """Places for more messages of this account (see the port)."""
        return 0 if self.stopping or self.disk_full or not self.store_works else self._limits.room(account)

    async def message(self, caller: Caller, message_id: str) -> Mapping[str, Any]:
        """The public record of one of the caller's own messages. Raises NotFound, Unavailable."""
        return self.record(await self.own_message(caller, message_id))

    async def own_message(self, caller: Caller, message_id: str) -> Message:
        """One of the caller's own messages, as committed last. Raises NotFound, Unavailable."""
        try:
            message = self._book.get(message_id) or await self._store.outbox.get(message_id)
        except StoreUnavailable:
            raise Unavailable from None
        if message.account != caller.account:
            raise NotFound
        return message

    def record(self, message: Message) -> dict[str, Any]:
        """The public record of a message (decisions 8), with the modem that has claimed it and why it waits."""
        claimed = self._delivery.claimed_by(message.id)
        return views.message(message, claimed=claimed, waiting=self._delivery.why_waiting(message.id))

    def health(self) -> tuple[Health, Mapping[str, Any]]:
        """How the gateway is, in words fit for anybody."""
        details = {"alarms": len(self._alarms.standing), "queue": len(self._book), "modems": self._modem_counts()}
        if not self.store_works or self.disk_full:
            return "unavailable", details
        serious = any(alarm.severity != "notice" for alarm in self._alarms.standing)
        able = any(view.cannot_since is None for view in self._fleet.views().values())
        return ("degraded" if serious or not able else "ok"), details

    def _modem_counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for name in self._fleet.names:
            state = self._fleet.status(name).state.value
            counts[state] = counts.get(state, 0) + 1
        return counts

    async def _answer(self, envelope: Envelope, caller: Caller, key: str, redelivery: c.Redelivery | None) -> Reply:
        data: Mapping[str, Any] = {}
        try:
            _permit(envelope, caller)
            command = read_command(envelope, idempotency_key=key)
            if redelivery is not None and isinstance(command, c.SendSms):
                command = replace(command, redelivery=redelivery)
            data = self._echo(command)
            return Reply(envelope.command, Code.SUCCESS, await self._do(command, caller))
        except Refusal as refusal:
            return Reply(envelope.command, refusal.code, data, refusal.error, refusal.retry_after)

    def _echo(self, command: c.Command) -> Mapping[str, Any]:
        """What a refusal says back; never anything secret."""
        return self._codes.echo(command) if isinstance(command, (c.CreateOtp, c.ValidateOtp)) else {}

    async def _do(self, command: c.Command, caller: Caller) -> Mapping[str, Any]:
        match command:
            case c.CreateOtp():
                return await self._codes.create(command, caller)
            case c.ValidateOtp():
                return await self._codes.validate(command, caller)
            case c.SendSms():
                return await self._send_sms(command, caller)
            case c.SendEmail():
                return await self._send_email(command, caller)
            case c.BlockNumber():
                return await self._block(command, caller, active=True)
            case c.UnblockNumber():
                return await self._block(command, caller, active=False)
            case c.ListModems():
                return {"modem_list": self._modem_list(caller)}
            case c.Echo():
                return command.document
            case c.RequestUssd():
                return self._ussd(command)
            case c.ResendOtp():
                return await self._resending.command(command, caller)
            case _:
                assert_never(command)

    async def _send_sms(self, command: c.SendSms, caller: Caller) -> dict[str, Any]:
        settings = self._configuration.settings
        receiver = self._acceptance.receiver(command.receiver, caller)
        left = self._life(command.stamp)
        draft = Draft(
            kind=Kind.SMS,
            klass=sms_class(left),
            receiver=receiver,
            text=command.message,
            life=left,
            keys=(
                Key("idempotency-key", command.idempotency_key, strict=True, seconds=settings.dedupe_window),
                Key("reference", command.reference, strict=True, seconds=settings.dedupe_window),
                Key("id", command.client_id, strict=caller.strict_ids, seconds=settings.dedupe_id_window),
                *_redelivered(command.redelivery, settings.dedupe_window),
            ),
            content=(receiver, command.message.reveal(), "", "", "", "", ""),
            answer=self._sms_answer(command.receiver, command.client_id, command.reference, command.stamp),
            wait=command.wait,
        )
        return await self._acceptance.accept(draft, caller, self._vault.identifier(self._clock.now()))

    async def _send_email(self, command: c.SendEmail, caller: Caller) -> dict[str, Any]:
        left = self._life(command.stamp)
        if left.over:
            raise Refusal(Code.EXPIRED, "expiration has passed")
        log.info("e-mail refused account=%s: not configured", caller.account)
        raise Refusal(Code.FAILED, "e-mail is not configured")

    async def _block(self, command: c.BlockNumber | c.UnblockNumber, caller: Caller, *, active: bool) -> dict[str, Any]:
        receiver = self._acceptance.receiver(command.receiver, caller)
        await self._blocking.put(receiver, caller.account, active=active)
        return {"receiver": command.receiver, "date_time": self._moment(command.date_time)}

    def _modem_list(self, caller: Caller) -> dict[str, Any]:
        full = Right.MODEMS in caller.rights
        return {
            entry.name: views.modem(entry, self._fleet.status(entry.name), full=full)
            for entry in self._configuration.modems
        }

    def _ussd(self, command: c.RequestUssd) -> Mapping[str, Any]:
        if command.modem not in {entry.name for entry in self._configuration.modems}:
            raise Refusal(Code.NO_SUCH_MODEM, "modem_id names no modem")
        raise Refusal(Code.FAILED, "USSD is not available in this version")

    def _life(self, stamp: c.Stamp) -> Life:
        longest = self._configuration.settings.message_max_life
        wall, trusted = self._clock.wall(), self._clock.trusted
        return life(stamp, wall=wall, trusted=trusted, default=longest, longest=longest)

    def _sms_answer(self, receiver: str, client_id: str, reference: str, stamp: c.Stamp) -> dict[str, Any]:
        answer: dict[str, Any] = {"receiver": receiver, "date_time": self._moment(stamp.date_time)}
        if client_id:
            answer["client_id"] = client_id
        if reference:
            answer["reference"] = reference
        return answer

    def _moment(self, sent: float | None) -> int:
        return int(self._clock.wall() if sent is None else sent)


def _redelivered(redelivery: c.Redelivery | None, window: float) -> tuple[Key, ...]:
    if redelivery is None:
        return ()
    return (Key("redelivery", redelivery.key, strict=False, seconds=window, first=not redelivery.again),)


def _permit(envelope: Envelope, caller: Caller) -> None:
    word = c.COMMAND_WORDS.get(envelope.command)
    if word is None:
        raise Refusal(Code.UNKNOWN_COMMAND, "command is not known")
    right = word.right
    if envelope.command == "send-message" and "@" in str(envelope.data.get("receiver", "")):
        right = Right.MAIL
    if right is not None and right not in caller.rights:
        raise Refusal(Code.UNKNOWN_COMMAND, f"command is not permitted: the account has no right {right}")
