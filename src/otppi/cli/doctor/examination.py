"""The doctor's round: which facts are gathered, in which order, and which verdict is asked for each.

What depends on something that is broken is not looked at: the first finding says why.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from otppi.app.diagnosis import gateway as about_gateway
from otppi.app.diagnosis import ground as about_ground
from otppi.app.diagnosis import machine as about_machine
from otppi.app.diagnosis.finding import Finding
from otppi.bootstrap import STORE_FILE
from otppi.cli.doctor import ground, machine
from otppi.config import DEFAULT_HOST, BootFile, InvalidBootFile, read_boot_file
from otppi.control.client import ControlError, NotRunning
from otppi.control.client import call as ask
from otppi.domain.settings import Settings
from otppi.host import disk_use, harden
from otppi.security import default_key_file
from otppi.store.examine import examine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.ports.diagnosis import KnownModem, StoreFacts

_USB: Final = ("ttyUSB", "ttyACM", "/serial/by-")


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at. `pid` is the running gateway's, None where none runs."""

    data_dir: Path
    key_file: Path
    boot: BootFile
    pid: int | None

    def ask(self, operation: str) -> Any:
        """What the running gateway says."""
        return ask(self.data_dir / "run", operation, {})


def examined(data_dir: Path, key_file: Path | None, config: Path | None) -> Iterator[Finding]:
    """All findings, as they are made. `config` None: the default boot file, if it is there."""
    harden()
    found = ground.folder(data_dir)
    yield about_ground.directory(found)
    yield about_machine.program(machine.program())
    if not found.there or found.owner != found.us:
        return
    try:
        boot = read_boot_file(config)
        pid = _gateway(data_dir)
    except InvalidBootFile as error:
        yield Finding("boot file", "problem", str(error), "correct it: the gateway will not start with it")
        return
    except ControlError as error:
        yield Finding("gateway", "problem", str(error), "see its log; end it and start it anew if it stays so")
        return
    yield about_gateway.running(pid)
    yield from _rounds(Patient(data_dir, key_file or boot.key_file or default_key_file(data_dir), boot, pid))


def _gateway(data_dir: Path) -> int | None:
    try:
        return int(ask(data_dir / "run", "status", {})["pid"])
    except NotRunning:
        return None


def _rounds(patient: Patient) -> Iterator[Finding]:
    yield about_ground.disk_space(disk_use(patient.data_dir).share)
    yield about_ground.disk_speed(ground.sync(patient.data_dir))
    path = patient.data_dir / STORE_FILE
    if not path.exists():
        yield Finding("store", "warning", "there is none yet", "start the gateway, or give it a first command")
        return
    store = examine(path, in_use=patient.pid is not None)
    yield from _store(patient, store)
    if store.error or store.found > store.known:
        return
    yield about_machine.clock(machine.clock(store.newest))
    yield from _network(patient, store)
    yield from _modems(patient, store)
    yield about_gateway.log_level(store.settings.get(Settings.log_level.name, Settings.log_level.default))
    yield from _alarms(patient, store)


def _store(patient: Patient, facts: StoreFacts) -> Iterator[Finding]:
    yield about_ground.key_file(ground.key(patient.key_file, patient.data_dir), facts)
    yield about_ground.store(facts)
    if not facts.error:
        yield about_ground.store_version(facts)


def _network(patient: Patient, store: StoreFacts) -> Iterator[Finding]:
    port = _api_port(patient, store)
    if port:
        taken = machine.listens(patient.boot.host or DEFAULT_HOST, port)
        yield about_machine.api_port(port, running=patient.pid is not None, taken=taken)
    own = store.settings.get("api.https_certificate")
    for path in [Path(own)] if own else sorted((patient.data_dir / "tls").glob("*.pem")):
        if own or b"BEGIN CERTIFICATE" in path.read_bytes():
            key = store.settings.get("api.https_key") if own else None
            facts = machine.certificate(path, Path(key) if key else None)
            yield about_machine.certificate(facts, time.time())


def _api_port(patient: Patient, store: StoreFacts) -> int:
    """The port the gateway listens on, or will; 0 for none or any."""
    said = patient.data_dir / "run" / "ports.json"
    if patient.pid is not None:
        return int(json.loads(said.read_text("utf-8"))["api"] or 0) if said.exists() else 0
    default = Settings.http_port.default_text
    return patient.boot.api_port or int(store.settings.get(Settings.http_port.name, default))


def _modems(patient: Patient, store: StoreFacts) -> Iterator[Finding]:
    if not store.modems:
        yield about_gateway.no_modem()
    wired = [modem for modem in store.modems if not modem.port.startswith("tcp://")]
    usb = any(mark in modem.port for modem in wired for mark in _USB)
    yield about_machine.meddlers(machine.processes(), usb_ports=usb)
    places = {row["name"]: row for row in patient.ask("modem.list")} if patient.pid is not None else {}
    for modem in wired:
        facts = machine.serial_port(_place(modem, patient), patient.pid)
        yield about_machine.serial_port(modem.name, facts, user=ground.us())
    for modem in store.modems:
        if modem.name in places:
            yield about_gateway.modem(places[modem.name])


def _place(modem: KnownModem, patient: Patient) -> str:
    """Where the gateway found the modem, which may be another port than the configured one."""
    if patient.pid is None:
        return modem.port
    open_port: str = ask(patient.data_dir / "run", "modem.show", {"name": modem.name})["open_port"]
    return open_port or modem.port


def _alarms(patient: Patient, store: StoreFacts) -> Iterator[Finding]:
    if patient.pid is None:
        alarms = list(store.alarms)
    else:
        alarms = [tuple(row[k] for k in ("kind", "object", "severity", "remedy")) for row in patient.ask("alarm.list")]
    for kind, object_, severity, remedy in alarms:
        yield about_gateway.alarm(kind, object_, severity, remedy, stands=patient.pid is not None)
    if not alarms:
        yield Finding("alarms", "ok", "none stands")
