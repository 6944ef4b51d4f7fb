"""The errors of the AT island. They mean our own mistakes only: nothing a modem sends raises.

AtError
 +-- OutOfStep          a step was executed in a state that does not allow it
 +-- ProfileConflict    two vendor profiles claim one modem
"""

from __future__ import annotations


class AtError(Exception):
    """Root of this package's errors."""


class OutOfStep(AtError):
    """The caller broke the engine's order, as by handing over a body while no prompt is open."""


class ProfileConflict(AtError):
    """More than one vendor profile matches; the table must be mended, guessing would misdrive the modem."""
