"""The gateway a command is about, and the way to it: its control socket while it runs, else its directory.

Must not import the store or the event loop unless no gateway runs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from otppi.control.client import NotRunning
from otppi.control.client import call as ask

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE_SECONDS: Final = 5.0
"""How long a command waits for a directory that is locked by a gateway which does not listen (yet, or any more), or
by another command."""
_PAUSE_SECONDS: Final = 0.1

DataDir = Annotated[Path, Parameter(env_var="OTPPI_DATA_DIR", help="The gateway's data directory.")]
KeyFile = Annotated[
    Path | None,
    Parameter(env_var="OTPPI_KEY_FILE", help="The gateway's key file; by default beside the data directory."),
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Target:
    """Where the gateway has its data and its key."""

    data_dir: DataDir
    key_file: KeyFile = None


def call(target: Target, name: str, params: Mapping[str, object]) -> Any:
    """The result of one operation. Raises what `refusals` lists."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return ask(target.data_dir / "run", name, params)
        except NotRunning:
            found, result = _offline(target, name, params, last=time.monotonic() >= until)
        if found:
            return result
        time.sleep(_PAUSE_SECONDS)


def _offline(target: Target, name: str, params: Mapping[str, object], *, last: bool) -> tuple[bool, Any]:
    """Whether the directory could be had, and the result. The `last` time, not getting it is a refusal."""
    import asyncio

    from otppi import bootstrap
    from otppi.host.directory import AlreadyRunning

    async def once() -> object:
        async with bootstrap.offline(target.data_dir, target.key_file) as operations:
            return await operations.call(name, params)

    try:
        return True, asyncio.run(once())
    except bootstrap.CannotStart as reason:
        if last or not isinstance(reason.__cause__, AlreadyRunning):
            raise
        return False, None
