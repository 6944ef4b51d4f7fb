"""What measurements stand on: processes in a folder of their own, a client, wrk, prepared stores, the fsync shim."""

from __future__ import annotations

import contextlib
import http.client
import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway import Site, basic, until

from benchmarks.modems import Event, read_trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE: Final = Path(__file__).parent
WRK_CORE: Final = "1"
UNBOUNDED: Final = "1000000"


@dataclass
class Place(Site):
    """A gateway on traced modems. `shim_ms` makes each sync slower by that; with `counted` syncs are counted."""

    shim_ms: int = 0
    counted: bool = False

    def start_modems(self) -> None:
        """The traced simulation."""
        self.ports.mkdir(parents=True)
        self.ledger.touch()
        command = [sys.executable, "-m", "benchmarks.modems", str(len(self.modems)), str(self.ports), str(self.latency)]
        self.simulator = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent)
        assert self.simulator.stdout is not None
        assert self.simulator.stdout.readline(), "the simulated modems did not start"

    def trace(self) -> list[Event]:
        """What the modems saw."""
        return read_trace(self.ports)

    def syncs(self) -> int:
        """How often the gateway has synced so far."""
        count: int = struct.unpack("q", (self.folder / "syncs").read_bytes()[:8])[0]
        return count

    def io_bytes(self) -> int:
        """Octets the gateway has caused to be written (page cache made dirty, /proc/PID/io)."""
        assert self.gateway is not None
        fields = dict(line.split(": ") for line in Path(f"/proc/{self.gateway.pid}/io").read_text().splitlines())
        return int(fields["write_bytes"])

    def rss(self) -> float:
        """Resident memory of the gateway in MB (10^6 octets)."""
        assert self.gateway is not None
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{self.gateway.pid}/status").read_text().splitlines())
        return int(fields["VmRSS"].split()[0]) * 1024 / 1e6

    def _environment(self) -> dict[str, str]:
        if not (self.shim_ms or self.counted):
            return super()._environment()
        counter = self.folder / "syncs"
        counter.write_bytes(bytes(mmap.PAGESIZE))
        return {
            **super()._environment(),
            "LD_PRELOAD": str(shim()),
            "OTPPI_FSYNC_MS": str(self.shim_ms),
            "OTPPI_FSYNC_COUNT": str(counter),
        }


@contextlib.contextmanager
def place(folder: Path, modems: int, latency: float, store: Path | None = None, **options: Any) -> Iterator[Place]:
    """A gateway with modems that are ready, on a copy of `store` where one is given; everything ends with the block."""
    shutil.rmtree(folder, ignore_errors=True)
    options["settings"] = {"limits.queue": UNBOUNDED, "limits.queue_per_account": UNBOUNDED}
    made = Place(folder, modems=tuple((f"m{n}", ("--default",)) for n in range(modems)), latency=latency, **options)
    try:
        made.start_modems()
        if store is not None:
            shutil.copytree(store, made.data)
            shutil.copy(f"{store}.key", f"{made.data}.key")
        made.configure()
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


class Client:
    """One keep-alive connection with little of its own time."""

    def __init__(self, port: int) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {**basic(), "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON."""
        self._link.request("POST", path, json.dumps(body), self._headers)
        answer: dict[str, Any] = json.loads(self._link.getresponse().read())
        return answer

    def send(self, number: int, **more: Any) -> dict[str, Any]:
        """A plain SMS to a number made of `number`."""
        data = {"receiver": f"62812{number:08}", "message": "Halo dunia, apa kabar?", **more}
        reply = self.post("/api/sms", {"command": "send-sms", "data": data})
        assert reply["response_code"] == "000", reply
        return reply

    def code(self, number: int, run: str) -> dict[str, Any]:
        """A code to a number made of `number`."""
        data = {"reference": f"{run}-{number}", "receiver": f"62812{number:08}", "message": "Your code is %s"}
        reply = self.post("/api/otp", {"command": "create-otp", "data": data})
        assert reply["response_code"] == "000", reply
        return reply


def wrk(
    port: int, seconds: int, run: str, script: Path | None = HERE / "create.lua", path: str = ""
) -> dict[str, float]:
    """wrk -t1 -c32 on one core; what it says, as JSON of the script, or rate and percentiles without one."""
    command = ["taskset", "-c", WRK_CORE, "wrk", "-t1", "-c32", f"-d{seconds}s"]
    environment = {**os.environ, "OTPPI_BENCH_AUTH": basic()["Authorization"], "OTPPI_BENCH_RUN": run}
    command += ["--latency"] if script is None else ["-s", str(script)]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, f"wrk: {done.stdout}{done.stderr}"
    if script is None:
        return {"rate": float(done.stdout.split("Requests/sec:")[1].split()[0])}
    told: dict[str, float] = json.loads(done.stdout.split("RESULT ")[1].splitlines()[0])
    assert not told["other"], f"{told['other']} requests were not answered with 000"
    return told


def gaps(events: Sequence[Event]) -> list[float]:
    """Seconds from each answer to the next send on the same modem."""
    last: dict[str, float] = {}
    found = []
    for event in events:
        if event.what == "answered":
            last[event.modem] = event.at
        elif event.modem in last:
            found.append(event.at - last.pop(event.modem))
    return found


def use(events: Sequence[Event], air: float) -> float:
    """The share of the time between first and last answer that the modems spent with the air, in percent."""
    answers: dict[str, list[float]] = {}
    for event in events:
        if event.what == "answered":
            answers.setdefault(event.modem, []).append(event.at)
    sends = sum(len(times) - 1 for times in answers.values())
    span = sum(times[-1] - times[0] for times in answers.values())
    return 100 * sends * air / span


def wait_for_answers(made: Place, count: int, seconds: float) -> list[Event]:
    """The trace once it has so many answers."""
    until(lambda: sum(e.what == "answered" for e in made.trace()) >= count, f"{count} answers", seconds)
    return made.trace()


def shim() -> Path:
    """The compiled shim; made at the first call."""
    library = HERE.parent / ".cache" / "fsync_shim.so"
    source = HERE / "fsync_shim.c"
    if not library.exists() or library.stat().st_mtime < source.stat().st_mtime:
        library.parent.mkdir(exist_ok=True)
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def started(made: Place) -> float:
    """Seconds from the start of the process to its first answer on /health."""
    began = time.monotonic()
    made.launch()
    made.listening()
    until(lambda: made.health()["status"], "health")
    return time.monotonic() - began
