"""The client examples do what they say: those in Python are run against real brokers and a running gateway; the others
are read by their interpreters, where there is one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from broker_server import PASSWORD as BROKER_PASSWORD
from broker_server import USER as BROKER_USER
from broker_site import running, subscribe
from gateway import ACCOUNT, PASSWORD, Site, site, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from broker_server import BrokerServer

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
WAYS: Final = {
    "rabbitmq": ("by_rabbitmq.py", "rabbitmq", {}),
    "redis stream": ("by_redis.py", "redis", {"MODE": "stream"}),
    "redis channel": ("by_redis.py", "redis", {"MODE": "pubsub"}),
    "mqtt": ("by_mqtt.py", "mqtt", {}),
    "websocket": ("by_websocket.py", "websocket", {"BROKER_PATH": "/ws"}),
}
"""The script, the broker it needs, and what of its settings is not the default."""
RECEIVERS: Final = {way: f"0812000010{number:02}" for number, way in enumerate(WAYS)}


class Place:
    """The gateway with a subscriber for each way, all connected at once."""

    def __init__(self, site: Site, servers: Mapping[str, BrokerServer]) -> None:
        self.site = site
        self._servers = servers

    def connect(self) -> None:
        for way, (_, method, settings) in WAYS.items():
            more = {"mode": settings["MODE"]} if "MODE" in settings else {}
            subscribe(self.site, way, self._servers[method], _topic(way), **more)

    def run(self, way: str, *words: str) -> str:
        """What a script prints."""
        script, method, settings = WAYS[way]
        return run(script, *words, **self._address(method), TOPIC=_topic(way), **settings)

    def _address(self, method: str) -> dict[str, str]:
        return {
            "BROKER_PORT": str(self._servers[method].port),
            "BROKER_USER": BROKER_USER,
            "BROKER_PASSWORD": BROKER_PASSWORD,
        }


def _topic(way: str) -> str:
    return f"sms-{way.replace(' ', '-')}"


def run(script: str, *words: str, **settings: str) -> str:
    """One Python example as a reader runs it; what it printed. It must end well."""
    command = [sys.executable, str(EXAMPLES / "python" / script), *words]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("examples")
    with running(folder / "brokers") as servers, site(folder / "site") as gateway:
        made = Place(gateway, servers)
        made.connect()
        yield made


@pytest.mark.feature("F007", "F008", "F009", "F010", "F055", "F060", "F064", "F069", "F143")
@pytest.mark.parametrize("way", WAYS)
def test_an_sms_is_sent(place: Place, way: str) -> None:
    assert place.run(way, "send", RECEIVERS[way], f"Hello by {way}")
    number = f"62{RECEIVERS[way][1:]}"
    assert until(lambda: place.site.shown(number), f"the SMS by {way}") == [f"Hello by {way}"]


@pytest.mark.feature("X02")
@pytest.mark.parametrize("way", WAYS)
def test_the_list_of_modems_comes_back(place: Place, way: str) -> None:
    reply = json.loads(place.run(way, "modems"))
    assert (reply["command"], reply["response_code"]) == ("get-modem-list", "0000")
    assert set(reply["data"]["modem_list"]) == {name for name, _ in place.site.modems}


def test_a_code_is_made_and_checked_over_http(place: Place) -> None:
    gateway = {
        "GATEWAY": f"http://127.0.0.1:{place.site.port}",
        "GATEWAY_USER": ACCOUNT,
        "GATEWAY_PASSWORD": PASSWORD,
    }
    receiver, number = "081200001090", "6281200001090"
    assert _code(run("by_http.py", "create", receiver, "order-1", **gateway)) == "000"
    code = place.site.code(number)
    assert _code(run("by_http.py", "validate", receiver, "order-1", code, **gateway)) == "000"
    assert _code(run("by_http.py", "send", receiver, "Hello by HTTP", **gateway)) == "000"
    assert set(json.loads(run("by_http.py", "modems", **gateway))["data"]["modem_list"]) == {
        name for name, _ in place.site.modems
    }


def _code(printed: str) -> Any:
    return json.loads(printed)["response_code"]


@pytest.mark.parametrize(
    ("language", "ending", "check"),
    [("php", "php", ("php", "-l")), ("node", "js", ("node", "--check")), ("shell", "sh", ("sh", "-n"))],
)
def test_the_others_are_read_by_their_interpreter(language: str, ending: str, check: tuple[str, ...]) -> None:
    scripts = sorted((EXAMPLES / language).glob(f"*.{ending}"))
    assert len(scripts) >= 5
    if shutil.which(check[0]) is None:
        pytest.skip(f"{check[0]} is not here")
    for script in scripts:
        done = subprocess.run([*check, script], capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_example_is_on_the_page() -> None:
    page = (EXAMPLES / "README.md").read_text("utf-8")
    scripts = [path for path in EXAMPLES.glob("*/by_*") if path.suffix in (".py", ".js", ".php", ".sh")]
    assert scripts
    assert [path for path in scripts if f"({path.relative_to(EXAMPLES).as_posix()})" not in page] == []
