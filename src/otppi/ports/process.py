"""What the gateway tells of its own process. Implementation: `otppi.host.process.process_use`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """`memory` is what is resident, in octets; `files` the open descriptors; `started` Unix seconds."""

    memory: int
    files: int
    started: float
