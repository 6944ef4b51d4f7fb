"""`otppi serve`: the gateway itself. The web stack is imported by the bootstrap, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from otppi.cli.target import Target

Gateway = Annotated[Target, Parameter(name="*")]
Port = Annotated[int | None, Parameter(validator=Number(gte=0, lte=65_535))]
BootFile = Annotated[Path | None, Parameter(help="Boot file (TOML); by default /etc/otppi/otppi.toml if it is there.")]


def serve(
    *,
    target: Gateway,
    host: Annotated[str | None, Parameter(help="Address to listen on; by default 127.0.0.1.")] = None,
    api_port: Annotated[Port, Parameter(help="Port of the API; by default 8899, 0 for a free one.")] = None,
    admin_port: Annotated[Port, Parameter(help="Port of the console; by default 8888, 0 for a free one.")] = None,
    config: BootFile = None,
) -> int:
    """Run the gateway until SIGTERM or SIGINT.

    The ports in use are written to run/ports.json in the data directory once the gateway listens.
    """
    from otppi import bootstrap
    from otppi.config import ServeOptions

    options = ServeOptions(target.data_dir, host, api_port, admin_port, target.key_file, config)
    return bootstrap.serve(options)
