"""Verdicts on the gateway and its modems, as they tell of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.app.diagnosis.finding import Finding, Verdict
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.ports.live import ModemRow

WEAK_SIGNAL: Final = 6
"""Of +CSQ, about -101 dBm (3GPP TS 27.007 8.5)."""

_STATES: Final[Mapping[str, tuple[Verdict, str]]] = {
    ModemState.ABSENT: ("problem", "check cable and power; `otppi modem detect` shows what is there"),
    ModemState.PIN_NEEDED: ("problem", "`otppi modem set {0} --pin-stdin`"),
    ModemState.DEGRADED: ("problem", "`otppi modem show {0}`, then check its SIM, power and cable"),
    ModemState.QUARANTINED: ("problem", "ask the operator, or change the SIM; then `otppi modem enable {0}`"),
    ModemState.SEARCHING: ("warning", "check antenna, coverage and whether the SIM is active"),
    ModemState.SLOW: ("warning", "a send takes very long: check signal and power"),
    ModemState.RESETTING: ("warning", "it stopped answering and is being brought back: check power and cable"),
}
_SEVERITIES: Final[Mapping[str, Verdict]] = {"notice": "ok", "warning": "warning", "critical": "problem"}


def running(pid: object) -> Finding:
    """Whether a gateway works in the directory; `pid` is None where none does."""
    if pid is None:
        return Finding("gateway", "ok", "it does not run; the directory is looked at as it lies")
    return Finding("gateway", "ok", f"it runs with process id {pid}")


def modem(row: ModemRow) -> Finding:
    """One modem of a running gateway."""
    name = f"modem {row['name']}"
    verdict, remedy = _STATES.get(row["state"], ("ok", ""))
    signal = row["signal"]
    says = row["state"] if signal is None else f"{row['state']}, signal {signal} of 31"
    if verdict == "ok" and signal is not None and signal < WEAK_SIGNAL:
        return Finding(name, "warning", says, "the signal is weak: move the antenna, or use a better one")
    return Finding(name, verdict, says, remedy.format(row["name"]))


def no_modem() -> Finding:
    """Nothing is configured."""
    return Finding("modems", "warning", "no modem is configured", "`otppi modem detect --add`")


def alarm(kind: str, object_: str, severity: str, remedy: str, *, stands: bool) -> Finding:
    """An alarm that stands, or that stood when the gateway ended."""
    if not stands:
        return Finding("alarm of the last run", "warning", f"{kind} {object_}", remedy)
    return Finding("alarm", _SEVERITIES.get(severity, "warning"), f"{kind} {object_}", remedy)


def log_level(level: str) -> Finding:
    """How much is logged."""
    if level == "debug":
        remedy = "`otppi settings set log.level info` once you have seen enough: it costs time and disk"
        return Finding("log level", "warning", "debug", remedy)
    return Finding("log level", "ok", level)
