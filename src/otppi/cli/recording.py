"""`otppi modem record`: a masked transcript of a real modem, as a file that is a test. Needs no gateway."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from otppi.cli.asking import secret_from_stdin
from otppi.cli.handpins import HandPins
from otppi.cli.output import AsJson, notice, print_json, safe
from otppi.cli.target import KeyFile, Target
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.modems.recorder import Recording

TEXT: Final = "Test"

DataDir = Annotated[
    Path | None,
    Parameter(
        env_var="OTPPI_DATA_DIR",
        help="A gateway that may be using the modem; named when it does. That a PIN is tried is written down there.",
    ),
]


def record(
    *,
    port: str,
    baud: int = 115_200,
    out: Annotated[Path | None, Parameter(help="The file; by default named after the modem. None is replaced.")] = None,
    name: Annotated[str, Parameter(help="What to call it, in the head of the file.")] = "",
    number: Annotated[str | None, Parameter(help="Send one real SMS to this number.")] = None,
    text: Annotated[str | None, Parameter(help="Its text, at most one SMS; by default a word.")] = None,
    pin_stdin: Annotated[bool, Parameter(help="Enter the SIM PIN, read from standard input, once.")] = False,
    data_dir: DataDir = None,
    key_file: KeyFile = None,
    json: AsJson = False,
) -> None:
    """Keep a masked transcript of a talk with a modem: start-up, what is asked later, and one SMS if wished.

    Parameters
    ----------
    port
        Where it is: /dev/tty..., another absolute path, or tcp://host:port.
    baud
        Speed of the serial line.
    """
    from otppi.modems.errors import PortUnavailable
    from otppi.modems.recorder import record as talk
    from otppi.ports.modem import LineSettings, Sent

    tpdu = _tpdu(number, text)
    if out is not None and out.exists():
        raise Refused(f"{out} is there already")
    _refuse_if_used(port, data_dir)
    pin = secret_from_stdin("PIN") if pin_stdin else None
    settings = LineSettings("recording", port, baud, pin=_checked(pin))
    pins = None if data_dir is None else HandPins(Target(data_dir, key_file))
    try:
        recording = asyncio.run(talk(settings, _progress, tpdu=tpdu, pins=pins))
    except PortUnavailable as unavailable:
        raise Refused(f"{unavailable} Whatever uses it must let it go first: `otppi modem disable NAME`") from None
    if not recording.answered:
        raise Refused(f"{recording.trouble or 'The modem said nothing.'} Nothing was written")
    file = _written(recording, out, name)
    _report(recording, file, json=json)
    if recording.withheld:
        hint = "" if pins is not None else "; name the gateway with --data-dir, so that the try is written down"
        raise Refused(f"the PIN was not entered{hint}")
    if tpdu is not None and not isinstance(recording.outcome, Sent):
        raise Refused(f"the SMS was not sent for certain; {file} shows why")


def _tpdu(number: str | None, text: str | None) -> str | None:
    from otppi.pdu.errors import PduError
    from otppi.pdu.submit import encode_submits

    if number is None:
        if text is not None:
            raise Refused("a text needs --number")
        return None
    try:
        tpdus = encode_submits(
            number.removeprefix("+"), text or TEXT, concat_reference=0, validity_seconds=None, report=False
        )
    except PduError as error:
        raise Refused(str(error)) from None
    if len(tpdus) > 1:
        raise Refused("the text is longer than one SMS")
    return tpdus[0]


def _checked(pin: str | None) -> str | None:
    if pin is not None and re.fullmatch(r"[0-9]{4,8}", pin) is None:
        raise Refused("a SIM PIN has 4 to 8 digits")
    return pin


def _refuse_if_used(port: str, data_dir: Path | None) -> None:
    """A port that a running gateway works with: two at one modem would hear each other's answers."""
    from otppi.control.client import ControlError, call

    if data_dir is None:
        return
    try:
        rows: list[dict[str, Any]] = call(data_dir / "run", "modem.list", {})
    except ControlError:
        return
    for row in rows:
        if row["state"] != "disabled" and _same(str(row["port"]), port):
            raise Refused(f"the gateway uses it as {row['name']}: `otppi modem disable {row['name']}` first")


def _same(one: str, other: str) -> bool:
    return one == other or ("://" not in one + other and os.path.realpath(one) == os.path.realpath(other))


def _progress(step: str) -> None:
    print(f"otppi: {safe(step)}", file=sys.stderr, flush=True)


def _written(recording: Recording, out: Path | None, name: str) -> Path:
    """Writes the transcript, masked as it is, to a file that was not there."""
    file = out or Path(f"{_slug(name or f'{recording.plate.manufacturer} {recording.plate.model}')}.at")
    content = recording.text(title=" ".join(safe(name).split()), date=datetime.now(UTC).date().isoformat())
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(content)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}") from None
    return file


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "modem"


def _report(recording: Recording, file: Path, *, json: bool) -> None:
    from otppi.modems import wording

    outcome = None if recording.outcome is None else wording.told(recording.outcome)
    if json:
        print_json(_summary(recording, file, outcome))
    else:
        print(f"{file}: {len(recording.exchanges)} exchanges, {_counted(recording)} masked")
    if recording.trouble:
        notice(recording.trouble)


def _counted(recording: Recording) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in recording.masked.items()) or "nothing"


def _summary(recording: Recording, file: Path, outcome: str | None) -> dict[str, Any]:
    readiness, plate = recording.readiness, recording.plate
    return {
        "file": str(file),
        "manufacturer": plate.manufacturer,
        "model": plate.model,
        "revision": plate.revision,
        "profile": recording.profile,
        "sim": readiness.sim.value if readiness is not None else None,
        "registration": readiness.registration.value if readiness is not None else None,
        "operator": readiness.operator if readiness is not None else None,
        "signal": readiness.signal if readiness is not None else None,
        "exchanges": len(recording.exchanges),
        "masked": dict(recording.masked),
        "sent": outcome,
        "trouble": recording.trouble or None,
    }
