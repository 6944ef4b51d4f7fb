"""Asks a running gateway to do one operation: one connection, one line of JSON there, one back. Blocking.

Must not import asyncio: commands are to answer at once.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any, Final

from otppi.control.address import REQUEST_LIMIT, short_address
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIMEOUT_SECONDS: Final = 60.0


class ControlError(Exception):
    """The base of what goes wrong on the way to the gateway."""


class NotRunning(ControlError):
    """No gateway listens in this directory."""


class NoAnswer(ControlError):
    """The gateway listens, but broke off, took too long, or failed; whether the operation was done is not known."""


def call(run_dir: Path, name: str, params: Mapping[str, object], *, timeout: float = TIMEOUT_SECONDS) -> Any:
    """The result of the operation `name`, as the gateway whose sockets are in `run_dir` gives it.

    Raises NotRunning, NoAnswer, or Refused with the gateway's reason.
    """
    request = json.dumps({"operation": name, "params": params}).encode() + b"\n"
    if len(request) > REQUEST_LIMIT:
        raise Refused(f"the request is longer than {REQUEST_LIMIT} octets: split it, or stop the gateway first")
    with _connected(run_dir, timeout) as connection:
        try:
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                line = answers.readline()
        except TimeoutError:
            raise NoAnswer(f"the gateway gave no answer within {timeout:g} s") from None
        except OSError as broken:
            raise NoAnswer(f"the gateway broke off: {broken.strerror}") from None
    return _result(line)


def _connected(run_dir: Path, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        with short_address(run_dir) as address:
            connection.connect(address)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        connection.close()
        raise NotRunning from None
    except OSError as broken:
        connection.close()
        raise NoAnswer(f"the gateway's control socket cannot be used: {broken.strerror}") from None
    return connection


def _result(line: bytes) -> Any:
    if not line.endswith(b"\n"):
        raise NoAnswer("the gateway broke off before it answered")
    answer = json.loads(line)
    if "result" in answer:
        return answer["result"]
    if "refused" in answer:
        raise Refused(answer["refused"])
    raise NoAnswer(f"the gateway failed: {answer.get('failed', 'it did not say why')}")
