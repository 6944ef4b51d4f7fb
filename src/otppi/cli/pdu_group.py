"""`otppi pdu`: the codec at the command line. What it prints is decided in `otppi.cli.pdu`."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.pdu import decode_lines, encode_lines

app = App(name="pdu", help="SMS PDUs (3GPP TS 23.040), decoded and encoded without a modem.")

Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]


@app.command
def decode(
    hexes: Annotated[list[str], Parameter(name="HEX", help="PDUs, SMS centre in front.")], /, *, json: Json = False
) -> int:
    """Decode PDUs; with --json and several of them, one JSON line each."""
    return _print(*decode_lines(hexes, json))


@app.command
def encode(
    number: Annotated[str, Parameter(help="The receiver; + marks an international number.")],
    text: Annotated[str, Parameter(allow_leading_hyphen=True, help="The text.")],
    /,
    *,
    json: Json = False,
) -> int:
    """Encode a text into the PDUs that carry it."""
    return _print(*encode_lines(number, text, json))


def _print(lines: list[str], complaints: list[str], code: int) -> int:
    for line in lines:
        print(line)
    for complaint in complaints:
        print(f"otppi: {complaint}", file=sys.stderr)
    return code
