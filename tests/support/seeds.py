"""Runs seeds of the simulation from the command line: `python tests/support/seeds.py FIRST LAST [WORKERS]`.

Prints progress, then each seed that shows a defect with what it shows; exit status 1 if there is one. A failing seed
replays exactly: `python tests/support/seeds.py SEED SEED+1`.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from world import run_seeds

CHUNK = 50


def run_chunk(first_last: tuple[int, int]) -> dict[int, list[str]]:
    """The failing seeds of one chunk, in a folder of its own."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        return run_seeds(range(*first_last), Path(folder))


def main(arguments: list[str]) -> int:
    """Run the seeds; the exit status."""
    first, last = int(arguments[0]), int(arguments[1])
    workers = int(arguments[2]) if len(arguments) > 2 else 1
    chunks = [(start, min(start + CHUNK, last)) for start in range(first, last, CHUNK)]
    started = time.monotonic()
    failures: dict[int, list[str]] = {}
    with multiprocessing.Pool(workers) as pool:
        for done, found in enumerate(pool.imap_unordered(run_chunk, chunks), 1):
            failures |= found
            if done % 20 == 0:
                seeds = min(done * CHUNK, last - first)
                print(f"{seeds} seeds, {len(failures)} failing, {time.monotonic() - started:.0f} s", flush=True)
    for seed, violations in sorted(failures.items()):
        print(f"seed {seed}:", *violations[:5], sep="\n    ")
    print(f"{last - first} seeds, {len(failures)} failing, {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
