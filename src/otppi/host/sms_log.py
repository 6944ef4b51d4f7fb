"""The daily files of outgoing SMS: `YYYY-MM-DD.csv` by the local day, CRLF, no header, written by a thread of their
own.

Columns: milliseconds since 1970, modem, the modem's own number, receiver (masked), characters of the text. A line is
one write and not synced: after a power cut the last seconds may be missing here, though never in the store.
"""

from __future__ import annotations

import csv
import io
import os
import re
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from otppi.domain.spreadsheet import safe_cell

if TYPE_CHECKING:
    from pathlib import Path

    from otppi.ports.sms_log import SentSms

_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d\.csv")


class SmsFiles:
    """Implements `otppi.ports.sms_log.SmsLog` in `folder`, which is made with the first line, for the owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue: SimpleQueue[SentSms | float | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._open: tuple[str, int] | None = None
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """See the port."""
        return self._trouble

    def write(self, sms: SentSms) -> None:
        """See the port."""
        self._put(sms)

    def forget(self, *, before: float) -> None:
        """See the port."""
        if self._folder.is_dir():
            self._put(before)

    def close(self) -> None:
        """Write what waits, and come back when that is done. Blocks."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _put(self, item: SentSms | float) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="otppi-sms-log", daemon=True)
            self._thread.start()
        self._queue.put(item)

    def _serve(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                if isinstance(item, float):
                    self._delete(_day(item))
                else:
                    self._append(_day(item.at), _line(item))
                self._trouble = ""
            except OSError as error:
                self._trouble = error.strerror or type(error).__name__
                self._close()
        self._close()

    def _append(self, day: str, line: bytes) -> None:
        if self._open is None or self._open[0] != day:
            self._close()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._open = day, os.open(self._folder / f"{day}.csv", flags, 0o600)
        os.write(self._open[1], line)

    def _delete(self, day: str) -> None:
        for file in sorted(self._folder.iterdir()):
            if _NAME.fullmatch(file.name) and file.stem < day:
                file.unlink()

    def _close(self) -> None:
        if self._open is not None:
            os.close(self._open[1])
            self._open = None


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))


def _line(sms: SentSms) -> bytes:
    cells = (sms.modem, sms.msisdn, sms.receiver)
    text = io.StringIO(newline="")
    csv.writer(text).writerow((round(sms.at * 1000), *map(safe_cell, cells), sms.characters))
    return text.getvalue().encode()
