"""What only a running gateway knows or may do; the owner's operations ask it before they touch the store.

Without a running gateway (the command line holds the directory itself) there is none, and the store is all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.fraud import Block

Decision = Literal["resend", "failed", "sent"]
"""What the owner decides of a message in doubt (edge o): back to the queue, or ended as failed or as sent."""


class ModemRow(TypedDict):
    """One modem as `modem list --json` shows it (decisions 8). `signal` is 0..31 (3GPP TS 27.007 8.5), None where
    unknown; `imei` is masked; `sim` says what the SIM answers; `queue` counts messages waiting for this modem."""

    name: str
    port: str
    state: str
    operator: str
    signal: int | None
    imei: str
    sim: str
    queue: int


class ModemFacts(TypedDict):
    """What else is known of a modem that is run: the port that is open now, and the family it is driven as; each empty
    while unknown."""

    open_port: str
    profile: str


class LiveGateway(Protocol):
    """The running gateway, as far as the owner's commands reach into it."""

    def modem_rows(self) -> list[ModemRow]:
        """One row for each configured modem, in the order of the list."""

    def modem_facts(self, name: str) -> ModemFacts:
        """What else is known of this modem; all empty where it is not run."""

    async def cancel(self, message_id: str) -> None:
        """Edge i for what has not been handed. Raises NotFound, or IllegalEdge where nothing can be cancelled."""

    async def resolve(self, message_id: str, decision: Decision) -> None:
        """Edge o. Raises NotFound, or IllegalEdge where nothing is in doubt."""

    def waiting_reason(self, message_id: str) -> str:
        """One sentence on what the message waits for, or nothing where it does not wait."""

    def subscribers(self) -> Mapping[str, Mapping[str, Any]]:
        """How each configured subscriber stands, by name: `app.brokers.counts.Standing.shown`."""

    def status(self) -> dict[str, object]:
        """Facts about the process for the owner, as JSON values."""


class LiveLimits(Protocol):
    """What only a running gateway knows of limits, and may change. Counts are since its start."""

    def usage(self, account: str) -> dict[str, Any]:
        """`used` of minute, hour and day (None where no rate is set), `waiting` messages, how often each limit
        `refused` this account, and whether it has `proven` that its codes are entered (None: nobody looks)."""

    def fraud_counts(self) -> dict[str, list[dict[str, Any]]]:
        """How often each rule `refused` codes and, where it only watched, would have: account, limit, count."""

    def blocks(self) -> list[Block]:
        """The blocks of ranges that run."""

    async def pardon(self, range_: str) -> None:
        """End the block of a range, if one runs; durable when this returns. Raises StoreUnavailable."""
