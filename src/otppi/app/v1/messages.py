"""Messages as `/v1` sends, cancels and shows them. They go out through `Acceptance`, as those of every other door."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from otppi.app.acceptance import Draft, Key
from otppi.app.operations.message_rows import Happening, happenings
from otppi.app.v1.orders import Order, Plan, clean_line, clean_text, plan
from otppi.app.v1.promising import TooLate, promising
from otppi.domain.message import Kind
from otppi.domain.replies import Unavailable
from otppi.domain.rights import Right, permit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.acceptance import Acceptance
    from otppi.app.configuration import Configuration
    from otppi.app.delivery import Delivery
    from otppi.app.gateway import Gateway
    from otppi.domain.rights import Caller
    from otppi.ports.clock import Clock
    from otppi.ports.vault import Vault

CANCEL_SECONDS: Final = 5.0
"""How long a cancellation may wait for the store."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is durable: its public record, with `expected_in` (seconds), `duplicate` and `clock`."""

    record: Mapping[str, Any]

    @property
    def duplicate(self) -> bool:
        """Whether nothing new was made."""
        return bool(self.record["duplicate"])


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to a message, oldest first, and in one sentence what it waits for."""

    id: str
    status: str
    waiting: str
    entries: tuple[Happening, ...]


class Messages:
    """The use cases of `/v1/messages` on one message."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        acceptance: Acceptance,
        delivery: Delivery,
        configuration: Configuration,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._gateway = gateway
        self._acceptance = acceptance
        self._delivery = delivery
        self._configuration = configuration
        self._vault = vault
        self._clock = clock

    async def send(self, order: Order, caller: Caller) -> Taken:
        """Accept a message. Raises Refusal, Unavailable."""
        return await self.taken(await self.accept(order, caller), caller)

    async def accept(self, order: Order, caller: Caller) -> Mapping[str, Any]:
        """The first half of `send`: the message is durable. Raises as it does; what it gives is for `taken`."""
        permit(caller, Right.SMS)
        with promising(self._gateway):
            draft = self._draft(self._cleaned(order), caller)
            return await self._acceptance.accept(draft, caller, self._vault.identifier(self._clock.now()))

    async def taken(self, data: Mapping[str, Any], caller: Caller) -> Taken:
        """The second half: how the message stands. Raises Unavailable."""
        message = await self._gateway.own_message(caller, str(data["id"]))
        more = {
            "expected_in": data["expected_in"],
            "duplicate": bool(data.get("duplicate")),
            "clock": data.get("clock", "trusted"),
        }
        return Taken(self._gateway.record(message) | more)

    async def cancel(self, message_id: str, caller: Caller) -> Mapping[str, Any]:
        """Edge i for all that waits; the record after it. Raises NotFound, Refusal, Unavailable, or TooLate where
        nothing waits any more."""
        message = await self._gateway.own_message(caller, message_id)
        permit(caller, Right.OTP if message.kind is Kind.OTP else Right.SMS)
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                settled = await self._delivery.cancel(message_id, "cancelled by its sender")
        except TimeoutError:
            raise Unavailable from None
        if settled is None:
            shown = (await self._gateway.own_message(caller, message_id)).shown
            raise TooLate(f"nothing of the message waits any more: it is {shown}")
        return self._gateway.record(settled)

    async def timeline(self, message_id: str, caller: Caller) -> Timeline:
        """What happened to one of the caller's messages. Raises NotFound, Unavailable."""
        message = await self._gateway.own_message(caller, message_id)
        record = self._gateway.record(message)
        return Timeline(message.id, record["status"], record["waiting"] or "", tuple(happenings(message)))

    def _cleaned(self, order: Order) -> Order:
        name, key = order.key
        return replace(
            order,
            text=clean_text(order.text),
            reference=clean_line("reference", order.reference),
            key=(name, clean_line("Idempotency-Key", key)),
        )

    def _draft(self, order: Order, caller: Caller) -> Draft:
        settings = self._configuration.settings
        receiver = self._acceptance.receiver(order.to, caller, field="to")
        planned: Plan = plan(order, self._clock, settings)
        return Draft(
            kind=Kind.SMS,
            klass=planned.klass,
            receiver=receiver,
            text=order.text,
            life=planned.life,
            keys=(
                Key(*order.key, strict=True, seconds=settings.dedupe_window),
                Key("reference", order.reference, strict=True, seconds=settings.dedupe_window),
            ),
            content=(receiver, order.text.reveal(), "", "", "", "", ""),
            answer=self._first_answer(order),
            wait=order.wait,
            not_before=planned.not_before,
            policy=order.policy,
            objection=planned.objection,
        )

    def _first_answer(self, order: Order) -> dict[str, Any]:
        """What the documented paths give back for a duplicate: the namespace of keys is one over all doors."""
        answer: dict[str, Any] = {"receiver": order.to, "date_time": int(self._clock.wall())}
        return answer | ({"reference": order.reference} if order.reference else {})
