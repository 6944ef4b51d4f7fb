"""The errors of this package.

ModemError
 +-- PortUnavailable     the port cannot be opened now; it may be later
"""

from __future__ import annotations


class ModemError(Exception):
    """Root of this package's errors."""


class PortUnavailable(ModemError):
    """Opening failed. The message is one plain sentence for the owner."""
