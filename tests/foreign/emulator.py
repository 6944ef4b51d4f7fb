"""A foreign emulator's modem behind a pty, to be run as a process of its own; it imports nothing of the product.

`python emulator.py FAKEMODEMS CLASS NOISE`: the file test/fakemodems.py of python-gsmmodem-new, a class in it, and the
chance of a ^RSSI line at each boundary of lines. The first line it prints is the pty's name, each later one a body.
The answers are the foreign class's. This file adds what that project's own tests put round it (test_modem.py there):
the prompt, `+CMGS:` with OK, and answers about the network, for which the classes have none.
"""

from __future__ import annotations

import importlib.util
import os
import pty
import random
import sys
import tty
from typing import Any

NETWORK = {
    "AT+CREG?\r": ["+CREG: 0,1\r\n", "OK\r\n"],
    "AT+CSQ\r": ["+CSQ: 20,99\r\n", "OK\r\n"],
}
PROMPT = ["> \r\n"]


class Peer:
    """One foreign modem, octets in and lines out."""

    def __init__(self, modem: Any, noise: float) -> None:
        self._modem = modem
        self._modem.responses = NETWORK | modem.responses
        self._noise = noise
        self._random = random.Random(1)  # noqa: S311  noise, no secret
        self._typed = b""
        self._prompted = False
        self._reference = 0

    def hear(self, data: bytes) -> bytes:
        """What it answers to these octets."""
        self._typed += data
        lines: list[str] = []
        while (piece := self._piece()) is not None:
            lines += self._body(piece) if self._prompted else self._command(piece)
        return "".join(self._noisy(line) for line in lines).encode()

    def _piece(self) -> bytes | None:
        """Up to a CR outside the prompt, up to Ctrl-Z or ESC in it; an ESC outside it means nothing to these."""
        ends = b"\x1a\x1b" if self._prompted else b"\r"
        at = next((place for place, octet in enumerate(self._typed) if octet in ends), None)
        if at is None:
            return None
        piece, self._typed = self._typed[: at + 1], self._typed[at + 1 :]
        return piece

    def _command(self, typed: bytes) -> list[str]:
        command = typed.decode("ascii").strip("\x1a\x1b\n")
        if command == "\r":
            return []
        if command.startswith("AT+CMGS="):
            self._prompted = True
            return PROMPT
        return list(self._modem.getResponse(command))

    def _body(self, typed: bytes) -> list[str]:
        self._prompted = False
        if typed.endswith(b"\x1b"):
            return ["OK\r\n"]
        print(typed[:-1].decode("ascii"), flush=True)
        self._reference += 1
        return [f"+CMGS: {self._reference}\r\n", "OK\r\n"]

    def _noisy(self, line: str) -> str:
        return f"^RSSI:{self._random.randrange(32)}\r\n{line}" if self._random.random() < self._noise else line


def main(path: str, name: str, noise: str) -> None:
    """Serve until the terminal side is gone for good."""
    spec = importlib.util.spec_from_file_location("fakemodems", path)
    assert spec is not None
    assert spec.loader is not None
    fakemodems = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fakemodems)
    peer = Peer(getattr(fakemodems, name)(), float(noise))
    master, slave = pty.openpty()
    tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    while True:
        os.write(master, peer.hear(os.read(master, 4096)))


if __name__ == "__main__":
    main(*sys.argv[1:])
