"""What the broker is told. Its limits that cannot be told are constants where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """`port` speaks TLS where there is a certificate and no `tls_port`; with one, `port` is plain and `tls_port` speaks
    TLS, and both serve the same topics. Port 0 is a free one. `path`: what is served with all below it. `rate`:
    messages a second from one client, 0 for no limit."""

    users: Path
    host: str = "127.0.0.1"
    port: int = 9000
    tls_port: int | None = None
    certificate: Path | None = None
    key: Path | None = None
    path: str = "/"
    rate: int = 1000
    json: bool = False
