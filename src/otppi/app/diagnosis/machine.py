"""Verdicts on the machine: its clock, what runs the program, the programs that get in the way, and its ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.app.diagnosis.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

    from otppi.ports.diagnosis import CertificateFacts, ClockFacts, PortFacts, ProgramFacts

OLDEST_PYTHON: Final = (3, 11)
OLDEST_SQLITE: Final = (3, 37)
"""STRICT tables."""
SOON_SECONDS: Final = 21 * 86_400.0
_SLACK_SECONDS: Final = 2.0
_MEDDLERS: Final = {
    "ModemManager": "it talks to modems on its own: `sudo systemctl disable --now ModemManager`",
    "brltty": "it takes USB serial adapters for Braille displays: `sudo apt remove brltty`",
}


def clock(facts: ClockFacts) -> Finding:
    """Whether the time of day can be right, and whether somebody keeps it so."""
    set_it = "set the time, or `sudo timedatectl set-ntp true`"
    if facts.wall < facts.built:
        return Finding("clock", "problem", "the clock is earlier than this program was built", set_it)
    if facts.wall < facts.newest - _SLACK_SECONDS:
        return Finding("clock", "problem", "the clock is earlier than the newest record in the store", set_it)
    if not facts.synchronised:
        remedy = "`sudo timedatectl set-ntp true`; a Pi without a network needs a clock module (RTC)"
        return Finding("clock", "warning", "nothing keeps the clock right", remedy)
    return Finding("clock", "ok", "synchronised")


def program(facts: ProgramFacts) -> Finding:
    """Python, SQLite and the libraries."""
    versions = [("Python", ".".join(map(str, facts.python))), ("SQLite", ".".join(map(str, facts.sqlite)))]
    says = ", ".join(f"{name} {version}" for name, version in (*versions, *facts.libraries))
    if facts.python[:2] < OLDEST_PYTHON or facts.sqlite[:2] < OLDEST_SQLITE:
        return Finding("program", "problem", says, "Python 3.11 and SQLite 3.37 are the oldest that will do")
    if facts.bits < 64:
        return Finding("program", "warning", f"{says}, 32 bits", "install a 64-bit system: only that is tested")
    return Finding("program", "ok", says)


def meddlers(running: Collection[str], *, usb_ports: bool) -> Finding:
    """Programs that open modems' ports by themselves. `running` are the names of all processes."""
    found = [name for name in _MEDDLERS if name in running]
    if found and usb_ports:
        return Finding(
            "other programs", "warning", f"{' and '.join(found)} runs", "; ".join(_MEDDLERS[n] for n in found)
        )
    return Finding("other programs", "ok", "none that opens modems by itself")


def serial_port(modem: str, facts: PortFacts, *, user: str) -> Finding:
    """The port of a modem: there, ours to open, and nobody else's. `user` is who asks."""
    name = f"port of {modem}"
    if not facts.there:
        remedy = "plug it in; the gateway looks for it on the other ports too: `otppi modem detect` shows what is there"
        return Finding(name, "warning", f"{facts.path} is not there", remedy)
    if not facts.usable and not facts.in_group:
        remedy = f"sudo usermod -aG {facts.group} {user}, then sign in anew or restart the gateway"
        return Finding(name, "problem", f"{facts.path} is for the group {facts.group}, and {user} is not of it", remedy)
    if not facts.usable:
        return Finding(name, "problem", f"{facts.path} may not be opened by {user}", f"ls -l {facts.path}")
    if facts.holder:
        remedy = f"stop {facts.holder}: two programs on one port break each other's talk"
        return Finding(name, "problem", f"{facts.path} is open in {facts.holder}", remedy)
    return Finding(name, "ok", facts.path)


def api_port(port: int, *, running: bool, taken: bool) -> Finding:
    """The port of the API: answered by our gateway, or free for it. `taken`: somebody listens there."""
    if running and not taken:
        return Finding("API port", "problem", f"the gateway runs, but nobody listens on port {port}", "see its log")
    if not running and taken:
        remedy = "stop that program (`ss -ltnp`), or `otppi settings set api.http_port PORT`"
        return Finding("API port", "problem", f"another program listens on port {port}", remedy)
    return Finding("API port", "ok", f"{port}, {'answered' if running else 'free'}")


def certificate(facts: CertificateFacts, now: float) -> Finding:
    """The certificate of HTTPS."""
    if facts.error:
        return Finding("certificate", "problem", f"{facts.path} cannot be used: {facts.error}", "give a PEM file")
    days = (facts.until - now) / 86_400
    if days < 0:
        return Finding("certificate", "problem", f"{facts.path} has expired", "renew it")
    if facts.until - now < SOON_SECONDS:
        return Finding("certificate", "warning", f"{facts.path} expires in {days:.0f} days", "renew it")
    if facts.open_key:
        words = f"the key in {facts.open_key} is open to others on this machine"
        return Finding("certificate", "warning", words, f"chmod 600 {facts.open_key}")
    return Finding("certificate", "ok", f"{facts.path}, good for {days:.0f} days")
