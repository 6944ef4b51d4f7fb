"""The page of metrics, from the table in `otppi.app.metering.families`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from otppi.app.metering.families import FAMILIES, Family

PAGE: Final = Path("docs/reference/metrics.md")

_HEAD: Final = """# Metrics

<!-- Written by `python -m otppi.cli.reference` from src/otppi/app/metering/families.py. Do not edit by hand. -->

`GET /metrics` gives these in Prometheus' text format to an account with the right `modems`, or to anybody where the
setting `metrics.open` says so; `metrics.enabled` false switches it off. How to use it:
[watch the gateway](../how-to/monitor.md).

Counters start at zero with the process. Times are seconds. No label names a receiver, a reference or a caller; accounts
are named only with the setting `metrics.accounts`.

| Metric | Kind | Labels | What it tells |
| --- | --- | --- | --- |
"""


def render() -> str:
    """The page."""
    return _HEAD + "\n".join(map(_line, FAMILIES)) + "\n"


def _line(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    bounds = f" Buckets up to {', '.join(f'{bound:g}' for bound in family.buckets)}." if family.buckets else ""
    return f"| `{family.name}` | {family.kind} | {labels} | {family.help}{bounds} |"
