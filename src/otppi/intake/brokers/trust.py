"""Whose certificate is believed: the system's authorities or the owner's file, always with the host's name."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber


def trust(subscriber: Subscriber) -> ssl.SSLContext | None:
    """The TLS side of a subscriber, None where it has none. Verification cannot be turned off. Reads the file at each
    call. Raises Trouble `tls` where the file of authorities cannot be used."""
    if not subscriber.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=subscriber.tls_ca or None)
    except (OSError, ssl.SSLError):
        raise Trouble("tls", f"the file of authorities tls.ca={subscriber.tls_ca} cannot be read as PEM") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
