"""The owner's view of the alarms that stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.app.operations.context import Context


async def listed(context: Context) -> object:
    """Every alarm, oldest first; `since` in Unix seconds."""
    alarms = sorted(await context.store.registry.alarms(), key=lambda alarm: alarm.since)
    return [
        {"kind": a.kind, "object": a.object, "since": a.since, "severity": a.severity, "remedy": a.remedy}
        for a in alarms
    ]
