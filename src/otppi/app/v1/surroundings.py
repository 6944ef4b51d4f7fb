"""What surrounds a message: the modems, the alarms that stand, and which modems a receiver's messages would take.

For accounts with the right `modems`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.domain import msisdn
from otppi.domain.rights import Right, permit
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from otppi.app.acceptance import Acceptance
    from otppi.app.alarms import Alarms
    from otppi.app.configuration import Configuration
    from otppi.app.fleet import Fleet
    from otppi.domain.rights import Caller
    from otppi.ports.live import LiveGateway, ModemRow
    from otppi.ports.store import Alarm


@dataclass(frozen=True, slots=True)
class RoutedModem:
    """`able`: it can send now; `why_not` says in words what keeps it from that."""

    name: str
    state: str
    able: bool
    why_not: str
    usual_seconds: float


@dataclass(frozen=True, slots=True)
class RoutedTier:
    """Modems that are equal for this receiver, and why they are asked."""

    why: str
    modems: tuple[RoutedModem, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`to` is masked; `tiers` are asked in this order; `sentence` says what would happen now."""

    to: str
    blocked: bool
    tiers: tuple[RoutedTier, ...]
    sentence: str


class Surroundings:
    """Reads what is there. Every method raises Refusal without the right `modems`."""

    def __init__(
        self,
        *,
        live: LiveGateway,
        fleet: Fleet,
        configuration: Configuration,
        acceptance: Acceptance,
        alarms: Alarms,
    ) -> None:
        self._live = live
        self._fleet = fleet
        self._configuration = configuration
        self._acceptance = acceptance
        self._alarms = alarms

    def modems(self, caller: Caller) -> list[ModemRow]:
        """Every configured modem, in the order of the list."""
        permit(caller, Right.MODEMS)
        return self._live.modem_rows()

    def modem(self, caller: Caller, name: str) -> ModemRow:
        """One modem. Raises NotFound."""
        for row in self.modems(caller):
            if row["name"] == name:
                return row
        raise NotFound

    def alarms(self, caller: Caller) -> list[Alarm]:
        """The alarms that stand, oldest first."""
        permit(caller, Right.MODEMS)
        return sorted(self._alarms.standing, key=lambda alarm: (alarm.since, alarm.kind, alarm.object))

    def explain(self, caller: Caller, to: str) -> Explanation:
        """Which modems would be asked for a message to this receiver. Raises Refusal INVALID for what is no number."""
        permit(caller, Right.MODEMS)
        receiver = self._acceptance.receiver(to, caller, field="to")
        route = self._configuration.routes.route(receiver)
        tiers = tuple(RoutedTier(tier.why, tuple(self._routed(name) for name in tier.modems)) for tier in route.tiers)
        blocked = self._configuration.blocked(receiver)
        return Explanation(msisdn.masked(receiver), blocked, tiers, _sentence(tiers, blocked=blocked))

    def _routed(self, name: str) -> RoutedModem:
        why_not = self._fleet.why_not(name)
        state = self._fleet.status(name).state.value
        return RoutedModem(name, state, not why_not, why_not, round(self._fleet.usual(name), 1))


def _sentence(tiers: tuple[RoutedTier, ...], *, blocked: bool) -> str:
    if blocked:
        return "the number is on the block list: nothing is sent to it"
    if not tiers:
        return "no modem may take a message to this number"
    for tier in tiers:
        able = [modem.name for modem in tier.modems if modem.able]
        if able:
            return f"{tier.why}: {', '.join(able)} would send it"
    return "it would wait: " + "; ".join(f"{m.name} {m.why_not}" for tier in tiers for m in tier.modems)
