"""The control socket: who is heard, how long a path may be, and what either end says when the other misbehaves."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import uvloop

from otppi.control.address import NAME, REQUEST_LIMIT, short_address
from otppi.control.client import NoAnswer, NotRunning, call
from otppi.control.server import ControlServer, is_admitted
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

pytestmark = pytest.mark.process


async def gateway(name: str, params: Mapping[str, object]) -> object:
    """Does what its operations are called."""
    if name == "refuse":
        raise Refused("there is no modem 'm9'")
    if name == "fail":
        raise RuntimeError("Canary")
    if name == "hang":
        await asyncio.Event().wait()
    return {"name": name, **params}


async def ask(run_dir: Path, name: str, patience: float = 10.0, **params: object) -> object:
    return await asyncio.to_thread(call, run_dir, name, params, timeout=patience)


async def test_an_operation_goes_there_and_its_result_comes_back(tmp_path: Path) -> None:
    async with ControlServer(tmp_path / "run", gateway):
        assert await ask(tmp_path / "run", "modem.show", modem="é") == {"name": "modem.show", "modem": "é"}


async def test_a_refusal_comes_back_as_one(tmp_path: Path) -> None:
    async with ControlServer(tmp_path, gateway):
        with pytest.raises(Refused, match=r"^there is no modem 'm9'$"):
            await ask(tmp_path, "refuse")


async def test_an_operation_that_breaks_is_named_by_kind_only_and_the_next_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with ControlServer(tmp_path, gateway):
        with pytest.raises(NoAnswer, match="RuntimeError") as failure:
            await ask(tmp_path, "fail")
        assert await ask(tmp_path, "next") == {"name": "next"}
    assert "Canary" not in str(failure.value) + caplog.text
    assert "RuntimeError" in caplog.text


async def test_any_length_of_path_is_bound_and_reached(tmp_path: Path) -> None:
    run_dir = tmp_path.joinpath(*["a-rather-long-directory-name"] * 12, "run")
    assert len(os.fspath(run_dir)) > 300
    async with ControlServer(run_dir, gateway):
        assert await ask(run_dir, "here") == {"name": "here"}


async def test_only_the_owner_may_open_socket_and_directory(tmp_path: Path) -> None:
    async with ControlServer(tmp_path / "run", gateway):
        assert stat.S_IMODE((tmp_path / "run" / NAME).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_the_owner_and_root_are_heard_and_nobody_else() -> None:
    assert is_admitted(os.geteuid())
    assert is_admitted(0)
    assert not is_admitted(os.geteuid() + 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
async def test_another_user_is_not_heard_even_on_an_open_socket(tmp_path: Path) -> None:
    program = (
        "import os, socket\n"
        "os.setresuid(65534, 65534, 65534)\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "s.connect('control.sock')\n"
        "try:\n"
        '    s.sendall(b\'{"operation": "x", "params": {}}\\n\')\n'
        "    print(s.recv(100))\n"
        "except ConnectionError:\n"
        "    print(b'')\n"
    )
    async with ControlServer(tmp_path, gateway):
        await asyncio.to_thread(open_to_all, tmp_path)
        command = [sys.executable, "-c", program]
        done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"b''\n"


def open_to_all(run_dir: Path) -> None:
    run_dir.chmod(0o755)
    (run_dir / NAME).chmod(0o666)


async def test_a_leftover_socket_is_replaced_and_the_end_takes_it_away(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as leftover, short_address(tmp_path) as address:
        leftover.bind(address)
    with pytest.raises(NotRunning):
        await ask(tmp_path, "x")
    async with ControlServer(tmp_path, gateway):
        assert await ask(tmp_path, "x") == {"name": "x"}
    assert not (tmp_path / NAME).exists()
    with pytest.raises(NotRunning):
        await ask(tmp_path, "x")


def test_no_directory_is_no_gateway(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        call(tmp_path / "nowhere", "x", {})


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[]", b"{}", b'{"operation": 1, "params": {}}', b'{"operation": "x", "params": []}']
)
async def test_what_is_no_request_is_refused(tmp_path: Path, line: bytes) -> None:
    async with ControlServer(tmp_path, gateway):
        answer = await raw(tmp_path, line + b"\n")
    assert answer == {"refused": "a request is an object with operation and params"}


async def test_several_requests_may_follow_on_one_connection(tmp_path: Path) -> None:
    async with ControlServer(tmp_path, gateway):
        with short_address(tmp_path) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        for name in ("first", "second"):
            writer.write(json.dumps({"operation": name, "params": {}}).encode() + b"\n")
            assert json.loads(await reader.readline()) == {"result": {"name": name}}
        writer.close()


async def test_a_request_over_the_limit_is_refused_at_either_end(tmp_path: Path) -> None:
    async with ControlServer(tmp_path, gateway):
        with pytest.raises(Refused, match="longer than 1048576 octets"):
            await ask(tmp_path, "x", text="x" * REQUEST_LIMIT)
        long_line = b'"' + b"x" * (REQUEST_LIMIT + 1) + b'"\n'
        assert await raw(tmp_path, long_line) == {"refused": "a request is at most 1048576 octets long"}
        assert await ask(tmp_path, "x", text="x" * (REQUEST_LIMIT - 100)) is not None


async def raw(run_dir: Path, line: bytes) -> object:
    with short_address(run_dir) as address:
        reader, writer = await asyncio.open_unix_connection(address)
    writer.write(line)
    answer = await reader.readline()
    writer.close()
    return json.loads(answer)


async def test_a_gateway_that_takes_too_long_is_no_answer(tmp_path: Path) -> None:
    async with ControlServer(tmp_path, gateway):
        with pytest.raises(NoAnswer, match=r"within 0\.2 s"):
            await ask(tmp_path, "hang", patience=0.2)


async def test_a_gateway_that_stops_breaks_off(tmp_path: Path) -> None:
    async with ControlServer(tmp_path, gateway):
        asked = asyncio.create_task(ask(tmp_path, "hang"))
        await asyncio.sleep(0.2)
    with pytest.raises(NoAnswer, match="broke off"):
        await asked


def test_it_serves_on_uvloop_too(tmp_path: Path) -> None:
    async def serve_once() -> object:
        async with ControlServer(tmp_path, gateway):
            return await ask(tmp_path, "x")

    assert uvloop.run(serve_once()) == {"name": "x"}
    assert not (tmp_path / NAME).exists()


def test_a_peer_that_is_no_gateway_is_no_answer(tmp_path: Path) -> None:
    with rogue(tmp_path, lambda peer: peer.close()), pytest.raises(NoAnswer, match="broke off"):
        call(tmp_path, "x", {})


class rogue:  # noqa: N801 - used as a context manager, like a function
    """Listens once on the socket in a directory and does `behave` with who comes."""

    def __init__(self, run_dir: Path, behave: Callable[[socket.socket], None]) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        with short_address(run_dir) as address:
            self._listening.bind(address)
        self._listening.listen()
        self._thread = threading.Thread(target=lambda: behave(self._listening.accept()[0]))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._listening.close()


def test_the_client_imports_no_event_loop() -> None:
    program = "import sys, otppi.control.client; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_an_ordinary_user_that_hid_its_memory_can_still_bind_and_reach_it(tmp_path: Path) -> None:
    """/proc/self belongs to root once a process is not dumpable; the socket is named through it all the same."""
    program = (
        "import asyncio, concurrent.futures.thread, os\n"
        "from pathlib import Path\n"
        "from otppi.control.client import call\n"
        "from otppi.control.server import ControlServer\n"
        "from otppi.host import harden\n"
        "harden()\n"
        "os.setresuid(65534, 65534, 65534)\n"
        "harden()\n"
        "async def answer(name, params):\n"
        "    return name\n"
        "async def main():\n"
        "    async with ControlServer(Path('.'), answer):\n"
        "        print(await asyncio.to_thread(call, Path('.'), 'heard', {}))\n"
        "asyncio.run(main())\n"
    )
    os.chown(tmp_path, 65_534, 65_534)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("heard\n", "")
