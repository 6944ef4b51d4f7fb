"""A PIN that the owner enters by hand, written down in the gateway's directory before it leaves.

Implements `otppi.ports.pins.Pins`: the rules for entries do not bind the owner, who enters it now; but the gateway
will not try the same PIN in the same SIM again by itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from otppi.cli.output import notice
from otppi.cli.refusals import reasons
from otppi.cli.target import call

if TYPE_CHECKING:
    from otppi.cli.target import Target


class HandPins:
    """For one run of a command."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def may_try(self, entry: str, pin: str, sim: str = "") -> bool:  # noqa: ARG002 - the owner enters it now
        """See the port."""
        return True

    async def spend(self, entry: str, pin: str, sim: str = "") -> bool:  # noqa: ARG002 - no entry: it is by hand
        """See the port."""
        return bool((await self._ask("pin.spend", pin, sim)).get("kept"))

    async def prove(self, entry: str, pin: str, sim: str = "") -> None:  # noqa: ARG002 - as for `spend`
        """See the port."""
        await self._ask("pin.prove", pin, sim)

    async def _ask(self, operation: str, pin: str, sim: str) -> dict[str, Any]:
        """In a thread: without a running gateway it is a loop of its own. {} where the directory cannot be had."""
        try:
            found: dict[str, Any] = await asyncio.to_thread(call, self._target, operation, {"pin": pin, "sim": sim})
        except Exception as reason:
            if not isinstance(reason, reasons()):
                raise
            notice(str(reason))
            return {}
        return found
