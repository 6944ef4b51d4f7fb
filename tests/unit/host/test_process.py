"""`host.process`: what is told of this process."""

from __future__ import annotations

import os
import time

from otppi.host import process_use


def test_memory_files_and_start_are_this_processes() -> None:
    before = process_use()
    descriptors = [os.open("/dev/null", os.O_RDONLY) for _ in range(10)]
    try:
        assert process_use().files == before.files + 10
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    assert 5_000_000 < before.memory < 4_000_000_000
    assert before.started <= time.time()
    assert process_use().started == before.started
