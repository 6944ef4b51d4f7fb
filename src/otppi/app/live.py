"""The running gateway as the owner's operations reach into it. Implements `ports.live.LiveGateway`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from otppi.app.operations.modem_rows import masked_imei
from otppi.domain.message import IllegalEdge, State
from otppi.ports.live import Decision, ModemFacts, ModemRow
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.application import Application
    from otppi.ports.store import ModemEntry, Outbox

_TARGETS: Final = {"resend": State.QUEUED, "failed": State.FAILED, "sent": State.SENT}
_SIM: Final = {ModemState.PIN_NEEDED: "pin needed", ModemState.QUARANTINED: "refused by the network"}
_SIM_UNKNOWN: Final = frozenset({ModemState.ABSENT, ModemState.PROBING, ModemState.STARTING, ModemState.DISABLED})


class Live:
    """Made by the composition root, for the control socket only."""

    def __init__(self, application: Application, outbox: Outbox) -> None:
        self._application = application
        self._outbox = outbox

    def modem_rows(self) -> list[ModemRow]:
        """See the port."""
        return [self._row(entry) for entry in self._application.configuration.modems]

    def modem_facts(self, name: str) -> ModemFacts:
        """See the port."""
        status = self._application.fleet.status(name)
        return ModemFacts(open_port=status.port, profile=status.profile)

    async def cancel(self, message_id: str) -> None:
        """See the port."""
        settled = await self._application.delivery.cancel(message_id, "cancelled by the operator")
        if settled is None:
            await self._refuse(message_id, "nothing of it waits any more")

    async def resolve(self, message_id: str, decision: Decision) -> None:
        """See the port."""
        note = f"the operator decided: {decision}"
        settled = await self._application.delivery.resolve(message_id, _TARGETS[decision], note)
        if settled is None:
            await self._refuse(message_id, "nothing of it is in doubt")

    def waiting_reason(self, message_id: str) -> str:
        """See the port."""
        return self._application.delivery.why_waiting(message_id)

    def subscribers(self) -> Mapping[str, Mapping[str, Any]]:
        """See the port."""
        return self._application.subscriptions.status()

    def status(self) -> dict[str, object]:
        """See the port."""
        health, details = self._application.gateway.health()
        return {"pid": os.getpid(), "health": health, **details}

    def _row(self, entry: ModemEntry) -> ModemRow:
        status = self._application.fleet.status(entry.name)
        sim = _SIM.get(status.state, "unknown" if status.state in _SIM_UNKNOWN else "ready")
        return ModemRow(
            name=entry.name,
            port=entry.port,
            state=status.state.value,
            operator=status.operator,
            signal=status.signal,
            imei=masked_imei(status.identity.imei or entry.imei),
            sim=sim,
            queue=self._application.delivery.placing.depth(entry.name),
        )

    async def _refuse(self, message_id: str, why: str) -> None:
        message = await self._outbox.get(message_id)
        raise IllegalEdge(f"{why}: it is {message.shown}")
