"""The registry of profiles and the choice among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.at.errors import ProfileConflict
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.huawei import HUAWEI
from otppi.at.profiles.quectel import QUECTEL
from otppi.at.profiles.simcom import SIM800, SIM7600
from otppi.at.profiles.wavecom import WAVECOM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.at.profile import ModemProfile

VENDORS: tuple[ModemProfile, ...] = (HUAWEI, SIM800, SIM7600, QUECTEL, WAVECOM)
"""All profiles that claim modems. The generic profile serves every modem that none of them claims."""


def choose_profile(
    manufacturer: str, model: str, revision: str, vendors: Iterable[ModemProfile] = VENDORS
) -> ModemProfile:
    """The one profile that claims the modem, or the generic one. Raises ProfileConflict when two do."""
    maker = f"{manufacturer} / {model} / {revision}"
    claims = [profile for profile in vendors if profile.claims(maker)]
    if len(claims) > 1:
        raise ProfileConflict(f"claimed by {', '.join(sorted(profile.name for profile in claims))}")
    return claims[0] if claims else GENERIC
