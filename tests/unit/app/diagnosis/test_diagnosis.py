"""The doctor's verdicts, one table each: what is well, what is not, and that whatever is not has a remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from otppi.app.diagnosis import gateway, ground, machine
from otppi.app.diagnosis.finding import Finding, worst
from otppi.ports.diagnosis import (
    CertificateFacts,
    ClockFacts,
    FolderFacts,
    KeyFacts,
    PortFacts,
    ProgramFacts,
    StoreFacts,
    SyncFacts,
)
from otppi.ports.live import ModemRow
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from otppi.app.diagnosis.finding import Verdict

NOW = 1_800_000_000.0
DAY = 86_400.0
FOLDER = FolderFacts("/data", owner="otppi", us="otppi")
STORE = StoreFacts(known=8, found=8, octets=3_000_000, damage="", key_id="abc")
CLOCK = ClockFacts(wall=NOW, built=NOW - DAY, newest=NOW - 1, synchronised=True)
PROGRAM = ProgramFacts((3, 11, 7), (3, 40, 1), 64)
PORT = PortFacts("/dev/ttyUSB0")
ROW = ModemRow(name="m1", port="/dev/ttyUSB0", state="ready", operator="", signal=20, imei="", sim="", queue=0)


def check(found: Finding, verdict: Verdict, words: str) -> None:
    assert found.verdict == verdict, found
    assert words in f"{found.says} {found.remedy}"
    assert bool(found.remedy) is (verdict != "ok")


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (FOLDER, "ok", "/data, for otppi only"),
        (replace(FOLDER, there=False), "problem", "is not there"),
        (replace(FOLDER, us="root"), "problem", "sudo -u otppi"),
        (replace(FOLDER, writable=False), "problem", "read-only"),
        (replace(FOLDER, open_to_others=True), "warning", "chmod 700 /data"),
    ],
)
def test_the_data_directory(facts: FolderFacts, verdict: Verdict, words: str) -> None:
    check(ground.directory(facts), verdict, words)


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (KeyFacts("/data.key", "abc"), "ok", "key abc"),
        (KeyFacts("/data.key", "xyz"), "problem", "belongs to abc"),
        (KeyFacts("/data.key", error="the key file /data.key is open to others: chmod 600 it"), "problem", "chmod 600"),
    ],
)
def test_the_key_file(facts: KeyFacts, verdict: Verdict, words: str) -> None:
    check(ground.key_file(facts, STORE), verdict, words)


def test_the_key_of_a_store_that_could_not_be_read_is_taken_as_it_is() -> None:
    check(ground.key_file(KeyFacts("/data.key", "xyz"), StoreFacts(known=8, error="broken")), "ok", "key xyz")


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.0, "ok"), (0.799, "ok"), (0.8, "warning"), (0.949, "warning"), (0.95, "problem")]
)
def test_the_space_of_the_disk(share: float, verdict: Verdict) -> None:
    check(ground.disk_space(share), verdict, "% used")


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (SyncFacts(0.004, 0.02), "ok", "4.0 ms, 20 ms at worst"),
        (SyncFacts(0.06, 0.1), "warning", "use an SSD"),
        (SyncFacts(0.004, 1.5), "warning", "1500 ms at worst"),
        (SyncFacts(error="Read-only file system"), "warning", "Read-only file system"),
    ],
)
def test_the_speed_of_the_disk(facts: SyncFacts, verdict: Verdict, words: str) -> None:
    check(ground.disk_speed(facts), verdict, words)


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (STORE, "ok", "3.0 MB, whole"),
        (replace(STORE, damage=None), "ok", "too large to be checked while the gateway works"),
        (replace(STORE, damage="row 5 missing from index"), "problem", "row 5 missing"),
        (replace(STORE, error="Permission denied"), "problem", "Permission denied"),
    ],
)
def test_the_store(facts: StoreFacts, verdict: Verdict, words: str) -> None:
    check(ground.store(facts), verdict, words)


@pytest.mark.parametrize(("found", "verdict"), [(8, "ok"), (3, "ok"), (9, "problem")])
def test_the_version_of_the_store(found: int, verdict: Verdict) -> None:
    check(ground.store_version(replace(STORE, found=found)), verdict, f"version {found}, this program knows 8")


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (CLOCK, "ok", "synchronised"),
        (replace(CLOCK, newest=NOW + 1.9), "ok", "synchronised"),
        (replace(CLOCK, synchronised=False), "warning", "set-ntp"),
        (replace(CLOCK, built=NOW + 1), "problem", "earlier than this program was built"),
        (replace(CLOCK, newest=NOW + 60), "problem", "earlier than the newest record"),
    ],
)
def test_the_clock(facts: ClockFacts, verdict: Verdict, words: str) -> None:
    check(machine.clock(facts), verdict, words)


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (PROGRAM, "ok", "Python 3.11.7, SQLite 3.40.1"),
        (replace(PROGRAM, libraries=(("uvloop", "0.23"),)), "ok", "uvloop 0.23"),
        (replace(PROGRAM, python=(3, 10, 9)), "problem", "3.11"),
        (replace(PROGRAM, sqlite=(3, 36, 0)), "problem", "3.37"),
        (replace(PROGRAM, bits=32), "warning", "64-bit"),
    ],
)
def test_the_program(facts: ProgramFacts, verdict: Verdict, words: str) -> None:
    check(machine.program(facts), verdict, words)


def test_programs_that_take_modems_matter_only_beside_usb_ports() -> None:
    check(machine.meddlers({"ModemManager", "sshd"}, usb_ports=True), "warning", "disable --now ModemManager")
    check(machine.meddlers({"brltty", "ModemManager"}, usb_ports=True), "warning", "ModemManager and brltty runs")
    check(machine.meddlers({"ModemManager"}, usb_ports=False), "ok", "none")
    check(machine.meddlers({"sshd"}, usb_ports=True), "ok", "none")


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (PORT, "ok", "/dev/ttyUSB0"),
        (replace(PORT, there=False), "warning", "plug it in"),
        (replace(PORT, usable=False, group="dialout", in_group=False), "problem", "usermod -aG dialout otppi"),
        (replace(PORT, usable=False, group="dialout"), "problem", "ls -l /dev/ttyUSB0"),
        (replace(PORT, holder="minicom (process 7)"), "problem", "stop minicom"),
    ],
)
def test_a_serial_port(facts: PortFacts, verdict: Verdict, words: str) -> None:
    check(machine.serial_port("m1", facts, user="otppi"), verdict, words)


@pytest.mark.parametrize(
    ("running", "taken", "verdict", "words"),
    [
        (True, True, "ok", "answered"),
        (False, False, "ok", "free"),
        (True, False, "problem", "nobody listens"),
        (False, True, "problem", "another program"),
    ],
)
def test_the_port_of_the_api(*, running: bool, taken: bool, verdict: Verdict, words: str) -> None:
    check(machine.api_port(8899, running=running, taken=taken), verdict, words)


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        (CertificateFacts("a.pem", NOW + 90 * DAY), "ok", "good for 90 days"),
        (CertificateFacts("a.pem", NOW + 90 * DAY, open_key="a.key"), "warning", "a.key is open to others"),
        (CertificateFacts("a.pem", NOW + 20 * DAY), "warning", "expires in 20 days"),
        (CertificateFacts("a.pem", NOW - 1), "problem", "has expired"),
        (CertificateFacts("a.pem", error="No such file or directory"), "problem", "No such file"),
    ],
)
def test_the_certificate(facts: CertificateFacts, verdict: Verdict, words: str) -> None:
    check(machine.certificate(facts, NOW), verdict, words)


@pytest.mark.parametrize("state", ModemState)
def test_every_state_of_a_modem_has_a_verdict(state: ModemState) -> None:
    well = {ModemState.READY, ModemState.BUSY, ModemState.DISABLED, ModemState.PROBING, ModemState.STARTING}
    soon = {ModemState.SEARCHING, ModemState.SLOW, ModemState.RESETTING}
    verdict: Verdict = "ok" if state in well else "warning" if state in soon else "problem"
    row = replace_row(state=state.value)
    check(gateway.modem(row), verdict, state.value)


def replace_row(**fields: object) -> ModemRow:
    return ModemRow(**{**ROW, **fields})  # type: ignore[typeddict-item]  # the fields are those of the row


def test_a_weak_signal_is_a_warning_and_an_unknown_one_is_not() -> None:
    check(gateway.modem(replace_row(signal=5)), "warning", "ready, signal 5 of 31")
    check(gateway.modem(replace_row(signal=6)), "ok", "signal 6")
    check(gateway.modem(replace_row(signal=None)), "ok", "ready")


@pytest.mark.parametrize(("severity", "verdict"), [("warning", "warning"), ("critical", "problem")])
def test_alarms_that_stand_weigh_as_they_say(severity: str, verdict: Verdict) -> None:
    check(gateway.alarm("disk", "disk", severity, "free space", stands=True), verdict, "free space")


def test_a_notice_is_told_and_weighs_nothing_and_what_stood_once_is_a_warning() -> None:
    assert gateway.alarm("sim_changed", "m1", "notice", "nothing", stands=True).verdict == "ok"
    check(gateway.alarm("disk", "disk", "critical", "free space", stands=False), "warning", "disk disk")


def test_the_rest() -> None:
    check(gateway.running(None), "ok", "does not run")
    check(gateway.running(7), "ok", "process id 7")
    check(gateway.no_modem(), "warning", "otppi modem detect --add")
    check(gateway.log_level("debug"), "warning", "otppi settings set log.level info")
    check(gateway.log_level("info"), "ok", "info")


def test_the_worst_decides() -> None:
    def of(*verdicts: Verdict) -> Verdict:
        return worst(Finding("x", verdict, "x") for verdict in verdicts)

    assert (of(), of("ok"), of("ok", "warning", "ok"), of("warning", "problem", "ok")) == (
        *("ok", "ok"),
        *("warning", "problem"),
    )
