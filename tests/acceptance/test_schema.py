"""The served door against its own OpenAPI document, by schemathesis: generated requests, right and wrong ones.

On our own paths every check holds. On the documented ones, where every reply is 200 whatever was asked: no 5xx, and no
status or schema that is not documented.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from gateway import ACCOUNT, PASSWORD, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway import Site

pytestmark = [pytest.mark.process, pytest.mark.timeout(150)]

DOCUMENT: Final = Path(__file__).parents[2] / "src/otppi/intake/rest/v1/openapi.json"
OURS_SECONDS: Final = 45
DOCUMENTED_SECONDS: Final = 15
SEED: Final = "20"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("schema")
    with site(folder, modems=(("only", ("--default",)),), latency=0.0) as made:
        made.owner("user", "set", ACCOUNT, "--allow", "modems")
        yield made


def schemathesis(place: Site, *options: str) -> None:
    command = [
        str(Path(sys.executable).with_name("st")),
        "--config-file",
        str(Path(__file__).with_name("schemathesis.toml")),
        "run",
        str(DOCUMENT),
        "--url",
        f"http://127.0.0.1:{place.port}",
    ]
    basics = ["--auth", f"{ACCOUNT}:{PASSWORD}", "--seed", SEED, "--generation-database", "none", "--warnings", "off"]
    done = subprocess.run(
        [*command, *basics, *options], cwd=place.folder, text=True, capture_output=True, timeout=140, check=False
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2000:]
    assert " passed" in done.stdout, done.stdout[-3000:]


def test_our_own_paths_hold_every_check(place: Site) -> None:
    schemathesis(place, "--include-path-regex", "^/(v1|health)", "--checks", "all", "--max-time", str(OURS_SECONDS))
    assert place.health()["status"] in ("ok", "degraded")


def test_the_documented_paths_answer_as_documented(place: Site) -> None:
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    schemathesis(
        place, "--include-path-regex", "^/api/(otp|sms)$", "--checks", checks, "--max-time", str(DOCUMENTED_SECONDS)
    )
    log = place.log.read_text()
    assert "request failed" not in log
