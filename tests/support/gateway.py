"""The real gateway and real simulated modems as processes in one folder, used as an owner and a client would.

Every process is ended by its own pid. Nothing here reaches into the product: it speaks to the command line, to HTTP,
to the simulator's control socket, and reads the ledger.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

from otppi.simulator import LedgerEntry, SimulatorControl, read_ledger, received

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

OTPPI: Final = str(Path(sys.executable).with_name("otppi"))
ACCOUNT: Final = "shop"
PASSWORD: Final = "acceptance-only-password"
UNDER_WAY: Final = frozenset({"queued", "claimed", "handed"})
FOUR_OPERATORS: Final = (
    ("telco1", ("--prefix", "62871,62872")),
    ("telco2", ("--prefix", "62835,62856,62837")),
    ("telco3", ("--prefix", "62845")),
    ("telco4", ("--default",)),
)
"""The README's example: three operators by their prefixes, the fourth takes all other numbers."""


class NotInTime(AssertionError):
    """What was waited for did not come; the text says what."""


def until(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """The first true value of `condition`, asked every few milliseconds. Raises NotInTime."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise NotInTime(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)
    return value


def basic(name: str = ACCOUNT, password: str = PASSWORD) -> dict[str, str]:
    """The header of Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@dataclass
class Site:
    """One gateway with its modems in `folder`. `modems` are (name, flags of `otppi modem add`), in the order of the
    simulator's modem0, modem1 ...; `settings` are set before the first start; `source` runs another copy of the code.
    """

    folder: Path
    modems: Sequence[tuple[str, Sequence[str]]] = FOUR_OPERATORS
    latency: float = 0.05
    settings: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.ports = self.folder / "modems"
        self.ledger = self.folder / "ledger.jsonl"
        self.log = self.folder / "gateway.log"
        self.control = SimulatorControl(self.ports / "control.sock")
        self.simulator: subprocess.Popen[bytes] | None = None
        self.gateway: subprocess.Popen[bytes] | None = None
        self.port = 0

    # -- processes -----------------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Modems, account, settings; then the gateway, with every modem ready."""
        self.start_modems()
        self.configure()

    def configure(self) -> None:
        """The same where the modems are there already."""
        self.owner("user", "add", ACCOUNT, "--password-stdin", stdin=PASSWORD)
        for number, (name, flags) in enumerate(self.modems):
            self.owner("modem", "add", name, "--port", str(self.ports / f"modem{number}"), *flags)
        for name, value in self.settings.items():
            self.owner("settings", "set", name, value)
        self.start()

    def start_modems(self) -> None:
        """`otppi simulate`, until its modems are there."""
        self.ports.mkdir(parents=True)
        self.ledger.touch()
        options = ["--modems", str(len(self.modems)), "--dir", str(self.ports), "--ledger", str(self.ledger)]
        command = [OTPPI, "simulate", *options, "--latency", str(self.latency)]
        self.simulator = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until((self.ports / "control.sock").exists, "the simulated modems")

    def start(self, *, ready: bool = True) -> None:
        """`otppi serve`, until it listens; with `ready`, until every active modem can send."""
        self.launch()
        self.listening()
        if ready:
            self.all_ready()

    def launch(self, *flags: str) -> None:
        """`otppi serve` and nothing more; its words go to the log. Without `flags` it takes a free port."""
        (self.data / "run" / "ports.json").unlink(missing_ok=True)
        command = [OTPPI, "serve", "--data-dir", str(self.data), *(flags or ("--api-port", "0"))]
        with self.log.open("ab") as log:
            self.gateway = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=self._environment())

    def listening(self) -> None:
        """Wait for run/ports.json and learn the port."""
        assert self.gateway is not None
        process, ports = self.gateway, self.data / "run" / "ports.json"
        until(lambda: ports.exists() or process.poll() is not None, "the gateway")
        assert process.poll() is None, f"the gateway ended: {self.log.read_text()}"
        self.port = int(json.loads(ports.read_text())["api"])

    def all_ready(self) -> None:
        """Wait until every modem of the gateway can send."""
        until(lambda: set(self.health()["modems"]) <= {"ready", "busy"}, "the modems")

    def stop(self, seconds: float = 40.0) -> int:
        """SIGTERM; the exit status."""
        assert self.gateway is not None
        self.gateway.send_signal(signal.SIGTERM)
        return self.gateway.wait(seconds)

    def kill(self) -> None:
        """SIGKILL, to the gateway only."""
        assert self.gateway is not None
        self.gateway.kill()
        self.gateway.wait(10)

    def close(self) -> None:
        """End what still runs."""
        for process in (self.gateway, self.simulator):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(10)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.source)} if self.source else dict(os.environ)

    # -- the owner -----------------------------------------------------------------------------------------------------

    def owner(self, *words: str, stdin: str = "") -> str:
        """One command of the owner that must succeed; what it printed."""
        command = [OTPPI, *words, "--data-dir", str(self.data)]
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False, timeout=30)
        assert done.returncode == 0, f"otppi {' '.join(words[:3])}: {done.stderr}"
        return str(done.stdout)

    def messages(self) -> dict[str, dict[str, Any]]:
        """Every message by its id, as `otppi message list --json` shows it."""
        rows: dict[str, dict[str, Any]] = {}
        older: list[str] = []
        while page := json.loads(self.owner("message", "list", "--json", "--limit", "500", *older)):
            rows |= {row["id"]: row for row in page}
            older = ["--before", page[-1]["id"]]
        return rows

    # -- clients -------------------------------------------------------------------------------------------------------

    def client(self, name: str = ACCOUNT, password: str = PASSWORD) -> httpx2.Client:
        """A client that is signed in; plain HTTP, so it loads no certificates."""
        url = f"http://127.0.0.1:{self.port}"
        return httpx2.Client(base_url=url, headers=basic(name, password), trust_env=False, verify=False, timeout=70)

    def answer(self, command: str, **data: Any) -> httpx2.Response:
        """One request on a connection of its own."""
        with self.client() as client:
            return client.post("/api/message", json={"command": command, "data": data})

    def call(self, command: str, **data: Any) -> dict[str, Any]:
        """One request; its reply."""
        reply: dict[str, Any] = self.answer(command, **data).json()
        return reply

    def message(self, message_id: str, account: str = ACCOUNT) -> dict[str, Any]:
        """`GET /v1/messages/{id}`."""
        with self.client(account) as client:
            answer = client.get(f"/v1/messages/{message_id}")
        assert answer.status_code == 200
        record: dict[str, Any] = answer.json()
        return record

    def becomes(self, message_id: str, status: str, seconds: float = 20.0, *, account: str = ACCOUNT) -> dict[str, Any]:
        """Wait until a message has this status; its record then."""
        end = time.monotonic() + seconds
        while (record := self.message(message_id, account))["status"] != status:
            if time.monotonic() > end:
                raise NotInTime(f"{status}: not within {seconds:g} s, but {record}")
            time.sleep(0.02)
        return record

    def health(self) -> dict[str, Any]:
        """`GET /health`."""
        with self.client() as client:
            health: dict[str, Any] = client.get("/health").json()
        return health

    # -- the air -------------------------------------------------------------------------------------------------------

    def aired(self, number: str = "") -> list[LedgerEntry]:
        """Everything that went on the air, or what went to one number."""
        entries = read_ledger(self.ledger)
        return [entry for entry in entries if not number or entry.number.lstrip("+") == number]

    def shown(self, number: str) -> list[str]:
        """The texts the phone of this number shows."""
        return received(self.ledger, number)

    def code(self, number: str) -> str:
        """The code in the last text the phone shows, once it has come."""
        texts = until(lambda: self.shown(number), f"an SMS to {number}")
        return str(texts[-1]).split()[-1]


@contextmanager
def site(folder: Path, **options: Any) -> Iterator[Site]:
    """A site that is set up, and ends with the block."""
    place = Site(folder, **options)
    try:
        place.set_up()
        yield place
    finally:
        place.close()


@dataclass
class Request:
    """One message a client wants sent; `reply` once it was answered. Its reference makes asking again safe."""

    command: str
    data: dict[str, Any]
    receiver: str
    reply: dict[str, Any] | None = None
    asked: int = 0


class Clients:
    """Client threads that go on asking while the gateway goes away and comes back; every request is asked again until
    it is answered. `make` gives the n-th request."""

    def __init__(self, place: Site, make: Callable[[int], Request], *, threads: int = 4, pause: float = 0.1) -> None:
        self._place = place
        self._make = make
        self._pause = pause
        self._lock = threading.Lock()
        self._end = threading.Event()
        self.requests: list[Request] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> list[Request]:
        """No new requests; wait until each has its answer."""
        self._end.set()
        for thread in self._threads:
            thread.join(30)
        assert all(request.reply for request in self.requests), "a request was never answered"
        return self.requests

    def _run(self) -> None:
        while not self._end.is_set():
            with self._lock:
                request = self._make(len(self.requests))
                self.requests.append(request)
            self._ask(request)
            time.sleep(self._pause)

    def _ask(self, request: Request) -> None:
        body = {"command": request.command, "data": request.data}
        end = time.monotonic() + 60
        while request.reply is None and time.monotonic() < end:
            request.asked += 1
            try:
                with self._place.client() as client:
                    answer = client.post("/api/message", json=body)
            except httpx2.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 503:
                time.sleep(0.05)
            else:
                request.reply = answer.json()
