"""JSON on the outside, commands and replies on the inside. Pure: no sockets, no clock, no files.

`read_envelope` and `read_command` take a request apart, `encode_reply` writes the answer. No sentence made here
ever holds a value a caller sent.
"""

from __future__ import annotations

from otppi.wire.envelope import MAX_BODY, Envelope, NotAnEnvelope, Unacceptable, read_envelope
from otppi.wire.requests import read_command
from otppi.wire.responses import encode_reply

__all__ = ["MAX_BODY", "Envelope", "NotAnEnvelope", "Unacceptable", "encode_reply", "read_command", "read_envelope"]
