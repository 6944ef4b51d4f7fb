"""The command: what was found, one line each, and the exit status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from otppi.cli.output import AsJson, print_json, safe
from otppi.cli.target import Target

if TYPE_CHECKING:
    from otppi.app.diagnosis.finding import Finding

Gateway = Annotated[Target, Parameter(name="*")]
BootFile = Annotated[Path | None, Parameter(help="Boot file (TOML); by default /etc/otppi/otppi.toml if it is there.")]


def doctor(*, target: Gateway, config: BootFile = None, json: AsJson = False) -> int:
    """Look at everything the gateway needs, and say what is wrong and what to do.

    Exit status 0: all well, or warnings only; 1: there is a problem.
    """
    from otppi.app.diagnosis.finding import worst
    from otppi.cli.doctor.examination import examined

    findings = []
    for finding in examined(target.data_dir, target.key_file, config):
        findings.append(finding)
        if not json:
            _print(finding)
    verdict = worst(findings)
    if json:
        print_json({"verdict": verdict, "checks": [_row(finding) for finding in findings]})
    return 1 if verdict == "problem" else 0


def _row(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "verdict": finding.verdict,
        "says": finding.says,
        "remedy": finding.remedy,
    }


def _print(finding: Finding) -> None:
    word = "ok" if finding.verdict == "ok" else finding.verdict.upper()
    print(f"{word:<8} {safe(finding.check)}: {safe(finding.says)}", flush=True)
    if finding.remedy:
        print(f"{'':<8} -> {safe(finding.remedy)}", flush=True)
