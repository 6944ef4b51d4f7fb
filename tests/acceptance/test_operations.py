"""What runs beside the messages, on the real gateway: counts, the daily report, purge and report, the doctor."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from gateway import ACCOUNT, OTPPI, Site, site, until
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.process

NUMBER = "6281200001234"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"sms.log_outgoing": "true", "log.format": "json"}
    folder = tmp_path_factory.mktemp("operations")
    with site(folder / "site", modems=[("telco", ("--default",))], settings=settings) as made:
        made.owner("user", "set", ACCOUNT, "--allow", "modems")
        for number in range(3):
            reply = made.call("send-sms", receiver=f"+62812000012{number:02d}", message="Halo dunia", wait=20)
            assert reply["data"]["status"] == "sent"
        yield made


def samples(place: Site) -> dict[str, float]:
    with place.client() as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {f"{s.name}{sorted(s.labels.values())}": s.value for family in families for s in family.samples}


def test_the_counts_of_a_gateway_at_work(place: Site) -> None:
    told = samples(place)
    assert told["otppi_modem_sent_total['telco']"] == 3
    assert told["otppi_modem_state['ready', 'telco']"] == 1
    assert told["otppi_outbox_sent_seconds_count['normal']"] == 3
    assert told["otppi_outbox_first_octet_seconds_count['normal']"] == 3
    assert told["otppi_http_requests_total['/api/message', '200']"] == 3
    assert told["otppi_store_commits_total[]"] >= 9
    assert told["otppi_store_commit_seconds_count[]"] == told["otppi_store_commits_total[]"]
    assert 10_000_000 < told["process_resident_memory_bytes[]"] < 300_000_000
    assert told["process_open_fds[]"] > 10
    until(lambda: samples(place).get("otppi_loop_lag_seconds_count[]"), "a look at the event loop")


def test_the_log_is_json_and_an_answers_id_leads_to_its_lines(place: Site) -> None:
    lines = [json.loads(line) for line in place.log.read_text().splitlines()]
    assert {"gateway ready"} <= {line["event"] for line in lines}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", line["time"]) for line in lines)
    answer = place.answer("send-email", receiver="a@b.example", message="x", subject="y")
    name = answer.headers["x-request-id"]
    (line,) = [each for each in map(json.loads, place.log.read_text().splitlines()) if each.get("request") == name]
    assert line["event"].startswith("e-mail refused")


@pytest.mark.feature("F072")
def test_the_daily_report_has_a_line_for_each_sms_and_none_where_it_is_off(place: Site) -> None:
    folder = place.data / "reports" / "outbox"

    def lines() -> list[str]:
        return [line for file in sorted(folder.glob("*.csv")) for line in file.read_bytes().decode().split("\r\n")[:-1]]

    until(lambda: len(lines()) == 3, "the lines")
    assert all(re.fullmatch(r"\d{13},telco,\d*,6281200001XXX,10", line) for line in lines())
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]
    place.owner("settings", "set", "sms.log_outgoing", "false")
    place.call("send-sms", receiver=NUMBER, message="Halo", wait=20)
    place.owner("settings", "set", "sms.log_outgoing", "true")
    place.call("send-sms", receiver=NUMBER, message="Halo lagi", wait=20)
    until(lambda: len(lines()) == 4, "the line after the gap")
    assert lines()[-1].endswith(",9")


def test_the_doctor_beside_a_running_gateway(place: Site) -> None:
    said = doctor(place, 0)
    assert place.gateway is not None
    assert said["gateway"]["says"] == f"it runs with process id {place.gateway.pid}"
    names = ("API port", "modem telco", "store", "key file", "data directory")
    assert {said[name]["verdict"] for name in names} == {"ok"}
    assert said["port of telco"]["verdict"] == "ok", said["port of telco"]


def doctor(place: Site, code: int) -> dict[str, dict[str, Any]]:
    command = [OTPPI, "doctor", "--json", "--data-dir", str(place.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == code, done.stdout + done.stderr
    return {check["check"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_purge_beside_a_running_gateway_and_the_report_after_it(place: Site, tmp_path: Path) -> None:
    place.owner("settings", "set", "dedupe.id_window", "0s")
    before = place.owner("report", "--by", "modem", "--json")
    count = len(place.messages())
    time.sleep(1.1)  # a purge cuts at a whole second, and the last messages may have ended in this one
    planned = json.loads(place.owner("purge", "--older-than", "0s", "--dry-run", "--json"))
    assert planned["purged"] == len(place.messages()) == count
    purged = json.loads(place.owner("purge", "--older-than", "0s", "--yes", "--json"))
    assert purged["purged"] == count
    assert place.messages() == {}
    assert place.owner("report", "--by", "modem", "--json") == before
    assert place.call("send-sms", receiver=NUMBER, message="Halo", wait=20)["data"]["status"] == "sent"
    refused = subprocess.run(
        [OTPPI, "purge", "--vacuum", "--yes", "--data-dir", str(place.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "while no gateway runs" in refused.stderr
