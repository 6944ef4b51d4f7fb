"""The profile of a modem nobody knows: the standards, and tolerance for what all makes are known to do."""

from __future__ import annotations

from otppi.at.profile import ModemProfile

GENERIC = ModemProfile("generic")
