"""What the tests of the command line share, and those of the doors to brokers."""

from __future__ import annotations

import io
import os
import uuid
from typing import TYPE_CHECKING

import pytest
from cli_gateway import Gateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    running = Gateway(tmp_path)
    monkeypatch.setenv("OTPPI_DATA_DIR", os.fspath(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    running.thread.start()
    assert running.ready.wait(10)
    yield running
    running.end()


@pytest.fixture
def topic() -> str:
    """One that nobody else has."""
    return f"sms-{uuid.uuid4().hex}"
