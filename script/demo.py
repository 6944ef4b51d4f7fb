"""The demo: four simulated modems, a gateway, one account; shows each SMS as it leaves. See script/demo."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OTPPI = ROOT / ".venv" / "bin" / "otppi"
ACCOUNT, PASSWORD = "demo", "demo-only-password"
PORT = 8899
MODEMS = (
    ("telco1", ["--prefix", "62871,62872"]),
    ("telco2", ["--prefix", "62835,62856,62837"]),
    ("telco3", ["--prefix", "62845"]),
    ("telco4", ["--default"]),
)
"""The four operators of the README's example; what no prefix names goes through the fourth."""
RECEIVER = "081200000001"
WAIT_SECONDS = 20.0


class DemoFailed(Exception):
    """The demo cannot go on; the text says why."""


class Demo:
    """The simulator and the gateway as child processes in a temporary folder; both end with it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._children: list[subprocess.Popen[bytes]] = []
        self.ledger = folder / "ledger.jsonl"
        self._data = folder / "data"
        self._wanted_port = port
        self.port = port

    def start(self) -> None:
        """Modems first, then the account and the modems' entries, then the gateway."""
        modems = self._folder / "modems"
        modems.mkdir()
        self.ledger.touch()
        options = ["--modems", str(len(MODEMS)), "--dir", str(modems), "--latency", "1.5", "--ledger", str(self.ledger)]
        self._children.append(subprocess.Popen([str(OTPPI), "simulate", *options], stdout=subprocess.DEVNULL))
        self._await(lambda: all((modems / f"modem{n}").exists() for n in range(len(MODEMS))), "the simulated modems")
        self._command("user", "add", ACCOUNT, "--password-stdin", stdin=PASSWORD)
        for number, (name, flags) in enumerate(MODEMS):
            self._command("modem", "add", name, "--port", str(modems / f"modem{number}"), *flags)
        serve = [str(OTPPI), "serve", "--data-dir", str(self._data), "--api-port", str(self._wanted_port)]
        self._children.append(subprocess.Popen(serve))
        ports = self._data / "run" / "ports.json"
        self._await(ports.exists, "the gateway")
        self.port = int(json.loads(ports.read_text())["api"])
        self._await(self._all_ready, "the modems to register")

    def stop(self) -> None:
        """End the gateway, then the modems."""
        for child in reversed(self._children):
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=40)

    def call(self, command: str, **data: Any) -> dict[str, Any]:
        """One request by HTTP."""
        body = json.dumps({"command": command, "data": data}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/otp", body, method="POST")
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode())
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - a fixed address of this machine
            reply: dict[str, Any] = json.load(answer)
        return reply

    def on_the_air(self) -> list[dict[str, Any]]:
        """Every SMS that left so far, as the simulated network saw it."""
        return [json.loads(line) for line in self.ledger.read_text(encoding="utf-8").splitlines()]

    def watch(self) -> None:
        """Show each SMS as it leaves, for as long as the gateway runs."""
        shown = 0
        while self._children[-1].poll() is None:
            for sms in self.on_the_air()[shown:]:
                moment = time.strftime("%H:%M:%S", time.localtime(sms["t"]))
                part = f" ({sms['part']}/{sms['total']})" if sms["total"] > 1 else ""
                modem = MODEMS[int(sms["modem"].removeprefix("modem"))][0]
                say(f"{moment}  {modem} -> {sms['number']}{part}: {sms['text']}")
                shown += 1
            time.sleep(0.1)

    def _all_ready(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
            health: dict[str, Any] = json.load(answer)
        ready: int = health["modems"].get("ready", 0)
        return ready == len(MODEMS)

    def _command(self, *words: str, stdin: str = "") -> None:
        subject, *rest = words
        line = [str(OTPPI), subject, *rest, "--data-dir", str(self._data)]
        done = subprocess.run(line, input=stdin, text=True, capture_output=True, check=False)
        if done.returncode:
            raise DemoFailed(f"otppi {subject} {rest[0]}: {done.stderr.strip()}")

    def _await(self, condition: Any, what: str) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise DemoFailed(f"{what} did not come up within {WAIT_SECONDS:.0f} s")
            if any(child.poll() is not None for child in self._children):
                raise DemoFailed("a process ended early; its words are above")
            time.sleep(0.05)


def say(line: str) -> None:
    """One line for the reader, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def check(demo: Demo) -> None:
    """Create, read, validate; raises DemoFailed where an answer is not as promised."""
    bound = {"receiver": RECEIVER, "reference": f"check-{time.time_ns()}", "param1": "100000"}
    now = int(time.time())
    times = {"date_time": now, "expiration": now + 60}
    created = demo.call("create-otp", message="Your OTP is %s", wait=WAIT_SECONDS, **times, **bound)
    if created["response_code"] != "000":
        raise DemoFailed(f"create-otp was answered {created}")
    code = demo.on_the_air()[-1]["text"].split()[-1]
    wrong = demo.call("validate-otp", otp=str((int(code) + 1) % 10**6).zfill(6), **bound)["response_code"]
    right = demo.call("validate-otp", otp=code, **bound)["response_code"]
    again = demo.call("validate-otp", otp=code, **bound)["response_code"]
    if (wrong, right, again) != ("1202", "000", "1202"):
        raise DemoFailed(f"validate-otp answered {wrong}, {right}, {again} to a wrong, the right and a used code")
    say(f"ok: create-otp sent through {demo.on_the_air()[-1]['modem']}, its code was validated once")


def welcome(demo: Demo) -> None:
    """What there is to try."""
    now = int(time.time())
    data = {
        "date_time": now,
        "expiration": now + 300,
        "receiver": "08126666666",
        "message": "Your OTP is %s",
        "reference": f"{now}0001",
        "param1": "100000",
    }
    request = json.dumps({"command": "create-otp", "data": data})
    say(f"""
OTP-Pi serves on http://127.0.0.1:{demo.port}   account: {ACCOUNT}   password: {PASSWORD}
four simulated modems: {", ".join(name for name, _ in MODEMS)} (prefixes as in the README; the last is the default)

try:
  curl -u {ACCOUNT}:{PASSWORD} http://127.0.0.1:{demo.port}/api/otp -d '{request}'

Each SMS shows here as it leaves. Ctrl-C ends the demo and forgets everything.
""")


def main() -> int:
    """Run the demo or its check."""
    checking = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not checking:
        sys.stderr.write("usage: script/demo [--check]\n")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="otppi-demo-") as folder:
        demo = Demo(Path(folder), 0 if checking else PORT)
        try:
            demo.start()
            if checking:
                check(demo)
            else:
                welcome(demo)
                demo.watch()
        except DemoFailed as failed:
            sys.stderr.write(f"demo: {failed}\n")
            return 1
        except KeyboardInterrupt:
            say("\nending")
        finally:
            demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
