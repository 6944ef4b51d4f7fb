"""Which exceptions are the reason of a refusal (exit 1, one line on stderr). All others are defects and show as such.

Only packages that are loaded already can have raised: none is imported for being asked about.
"""

from __future__ import annotations

import sys
from typing import Final

_REASONS: Final = (
    ("otppi.ports.operations", "Refused"),
    ("otppi.control.client", "ControlError"),
    ("otppi.bootstrap", "CannotStart"),
    ("otppi.simulator.errors", "SimulatorError"),
)


def reasons() -> tuple[type[BaseException], ...]:
    """The exceptions that are reasons, of the packages loaded so far."""
    loaded = ((sys.modules[module], name) for module, name in _REASONS if module in sys.modules)
    return tuple(getattr(module, name) for module, name in loaded)
