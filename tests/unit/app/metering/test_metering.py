"""What is counted: a gateway at work, its counts read back by Prometheus' own parser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, RECEIVER, SHOP, Bench, gateway, modem, virtual
from prometheus_client.parser import text_string_to_metric_families

from otppi.app.metering.families import FAMILIES, OUTBOX_SENT, STORE_BATCH, Family
from otppi.app.metering.numbers import Counts, Histogram, written
from otppi.app.v1.desks import desks
from otppi.app.v1.orders import Order
from otppi.domain.replies import Code
from otppi.domain.secret import Secret
from otppi.ports.modem import ModemState
from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path


class Scraped:
    """The samples of one scrape."""

    def __init__(self, bench: Bench) -> None:
        self.text = bench.app.meter.text()
        self.families = list(text_string_to_metric_families(self.text))
        self._samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in self.families
            for sample in family.samples
        }

    def get(self, name: str, **labels: str) -> float | None:
        value = self._samples.get((name, tuple(sorted(labels.items()))))
        return None if value is None else float(value)

    def klass(self, name: str, klass: str, **labels: str) -> float | None:
        return self.get(name, **{"class": klass, **labels})


@virtual
async def test_a_message_is_counted_from_acceptance_to_its_end(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=2.0)) as bench:
        await bench.sms(expiration=bench.clock.now() + 3600)
        waiting = Scraped(bench)
        assert waiting.klass("otppi_outbox_accepted_total", "normal") == 1
        states = {s: waiting.klass("otppi_outbox_messages", "normal", state=s) for s in ("queued", "claimed", "handed")}
        assert sum(filter(None, states.values())) == 1
        await asyncio.sleep(5)
        done = Scraped(bench)
        assert done.klass("otppi_outbox_ended_total", "normal", state="sent") == 1
        assert {done.klass("otppi_outbox_messages", "normal", state=state) for state in states} == {0}
        assert done.get("otppi_modem_sent_total", modem="east") == 1
        assert done.klass("otppi_outbox_sent_seconds_count", "normal") == 1
        assert done.klass("otppi_outbox_sent_seconds_bucket", "normal", le="1") == 0
        assert done.klass("otppi_outbox_sent_seconds_bucket", "normal", le="2.5") == 1
        assert done.klass("otppi_outbox_first_octet_seconds_bucket", "normal", le="0.05") == 1


@virtual
async def test_what_waits_is_told_by_state_with_the_age_of_the_oldest(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=100.0)) as bench:
        for number in range(3):
            await bench.sms(f"+62812000012{number:02d}", expiration=bench.clock.now() + 3600)
        await asyncio.sleep(60)
        told = Scraped(bench)
        assert told.klass("otppi_outbox_messages", "normal", state="handed") == 1
        assert told.klass("otppi_outbox_messages", "normal", state="queued") == 2
        assert told.klass("otppi_outbox_oldest_seconds", "normal") == pytest.approx(60, abs=0.5)
        assert told.klass("otppi_outbox_oldest_seconds", "otp") == 0
        assert told.get("otppi_modem_queue", modem="east") == 2
        await bench.restart()
        again = Scraped(bench)
        assert again.klass("otppi_outbox_messages", "normal", state="in_doubt") == 1
        assert again.klass("otppi_outbox_accepted_total", "normal") is None, "they were accepted by the run before"
        assert again.klass("otppi_outbox_oldest_seconds", "normal") == pytest.approx(61, abs=1)


@virtual
async def test_a_claimed_message_is_not_told_as_queued(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(prompt=30.0)) as bench:
        await bench.sms(expiration=bench.clock.now() + 3600)
        await asyncio.sleep(1)
        told = Scraped(bench)
        assert told.klass("otppi_outbox_messages", "normal", state="claimed") == 1
        assert told.klass("otppi_outbox_messages", "normal", state="queued") == 0
        assert told.klass("otppi_outbox_oldest_seconds", "normal") == 0


@virtual
async def test_codes_duplicates_and_results_of_checks(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp()
        await bench.otp()
        await asyncio.sleep(3)
        await bench.check("0")
        await bench.check(bench.code())
        await bench.check(bench.code())
        told = Scraped(bench)
        assert told.get("otppi_otp_created_total") == 1
        assert told.get("otppi_outbox_duplicates_total", kind="otp") == 1
        assert told.get("otppi_otp_checks_total", result="wrong") == 1
        assert told.get("otppi_otp_checks_total", result="right") == 1
        assert told.get("otppi_otp_checks_total", result="ended") == 1


@virtual
async def test_a_code_that_is_sent_again_is_no_new_one(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.otp()
        await asyncio.sleep(40)
        again = await bench.ask("resend-otp", reference=reply.data["reference"])
        assert again.code == Code.SUCCESS
        told = Scraped(bench)
        assert told.get("otppi_otp_created_total") == 1
        assert told.get("otppi_otp_resent_total") == 1


@virtual
async def test_a_message_for_later_has_no_age_before_its_time(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=100.0)) as bench:
        order = Order(to="+6281200001234", text=Secret("Halo"), send_at=bench.clock.now() + 100)
        await desks(bench.app).messages.send(order, SHOP)
        await bench.sms("+6281200001235", expiration=bench.clock.now() + 3600)
        await bench.sms("+6281200001236", expiration=bench.clock.now() + 3600)
        await asyncio.sleep(50)
        assert Scraped(bench).klass("otppi_outbox_oldest_seconds", "normal") == pytest.approx(50, abs=0.5)


@virtual
async def test_refusals_doubts_and_retries_of_modems(tmp_path: Path) -> None:
    lots = {"east": [Lot(fate=Fate.REFUSED, code=42), Lot(fate=Fate.SILENT_LOST)]}
    async with gateway(tmp_path, lots=lots) as bench:
        await bench.sms(expiration=bench.clock.now() + 3600)
        await asyncio.sleep(400)
        told = Scraped(bench)
        assert told.get("otppi_modem_refused_total", modem="east", **{"class": "network"}) == 1
        assert told.klass("otppi_outbox_retried_total", "normal") == 1
        assert told.get("otppi_modem_unanswered_total", modem="east") == 1
        assert told.klass("otppi_outbox_doubts_total", "normal") == 1


@virtual
async def test_a_late_answer_counts_as_sent(tmp_path: Path) -> None:
    async with gateway(tmp_path, lots={"east": [Lot(fate=Fate.LATE, late=5.0)]}) as bench:
        await bench.sms(expiration=bench.clock.now() + 3600)
        await asyncio.sleep(200)
        told = Scraped(bench)
        assert told.get("otppi_modem_sent_total", modem="east") == 1
        assert told.klass("otppi_outbox_ended_total", "normal", state="sent") == 1


@virtual
async def test_the_state_of_a_modem_is_one_of_all(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("east"), modem("west", active=False)) as bench:
        bench.modems["east"].unplug(1000)
        await asyncio.sleep(1)
        told = Scraped(bench)
        states = {each: told.get("otppi_modem_state", modem="east", state=each.value) for each in ModemState}
        assert states.pop(ModemState.ABSENT) == 1
        assert set(states.values()) == {0}
        assert told.get("otppi_modem_signal", modem="east") == 20
        assert told.get("otppi_modem_breaker_open", modem="east") == 0
        assert told.get("otppi_alarms", severity="warning") == 1


@virtual
async def test_accounts_are_named_only_where_the_owner_wants_it(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.sms(caller=BANK)
        await asyncio.sleep(3)
        assert "bank" not in Scraped(bench).text
        await bench.configure("metrics.accounts", "true")
        told = Scraped(bench)
        assert told.get("otppi_account_accepted_total", account="bank", **{"class": "normal"}) == 1
        assert told.get("otppi_account_ended_total", account="bank", state="sent") == 1


@pytest.mark.feature("F002")
@virtual
async def test_no_receiver_no_reference_and_no_text_is_told(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"metrics.accounts": "true"}) as bench:
        await bench.otp("canary-reference", message="canary-text %s", id="canary-id")
        await asyncio.sleep(3)
        text = Scraped(bench).text
        assert "canary" not in text
        assert RECEIVER[-8:] not in text
        assert bench.code() not in text


@virtual
async def test_messages_that_ended_are_let_go_of_without_a_scrape(tmp_path: Path) -> None:
    async with gateway(tmp_path, usual_lot=Lot(air=0.1)) as bench:
        order = bench.app.meter.outbox._order
        for number in range(30):
            await bench.otp(f"r{number}", f"+6281200{number:06d}")
        await asyncio.sleep(30)
        assert [len(each) for each in order.values()] == [0, 0, 0]


@virtual
async def test_every_sample_is_of_the_table_and_the_loop_is_watched(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        watching = asyncio.create_task(bench.app.meter.process.run())
        await asyncio.sleep(10.5)
        watching.cancel()
        told = Scraped(bench)
        known = {each.name.removesuffix("_total"): each for each in FAMILIES}
        assert {family.name for family in told.families} <= known.keys()
        for family in told.families:
            assert (family.type, family.documentation) == (known[family.name].kind, known[family.name].help)
            assert {tuple(sorted(sample.labels.keys() - {"le"})) for sample in family.samples} <= {
                tuple(sorted(known[family.name].labels))
            }
        assert told.get("otppi_loop_lag_seconds_count") == 10


def test_the_table_has_each_name_once_and_keeps_the_customs_of_prometheus() -> None:
    names = [each.name for each in FAMILIES]
    assert len(set(names)) == len(names)
    for each in FAMILIES:
        assert each.name.endswith("_total") is (each.kind == "counter"), each.name
        assert bool(each.buckets) is (each.kind == "histogram"), each.name
        assert each.buckets == tuple(sorted(each.buckets))
        assert each.help.endswith("."), each.name


def parsed(metric: Counts | Histogram) -> Any:
    (family,) = text_string_to_metric_families(written(iter([metric])))
    return family


def test_labels_that_need_it_are_escaped() -> None:
    counts = Counts(Family("x", "gauge", "Help.", ("name",)))
    counts.add('a "b"\\n\nc', by=2.5)
    assert parsed(counts).samples[0].labels == {"name": 'a "b"\\n\nc'}
    assert parsed(counts).samples[0].value == 2.5


def test_a_value_on_a_bound_is_in_its_bucket_and_buckets_cumulate() -> None:
    spread = Histogram(STORE_BATCH)
    for value in (1, 2, 3, 10_000):
        spread.observe(value)
    samples = {sample.labels.get("le", sample.name): sample.value for sample in parsed(spread).samples}
    assert (samples["1"], samples["2"], samples["4"], samples["512"], samples["+Inf"]) == (1, 2, 3, 3, 4)
    assert (samples["otppi_store_batch_operations_sum"], samples["otppi_store_batch_operations_count"]) == (10_006, 4)


def test_nothing_observed_is_nothing_told_but_the_family() -> None:
    assert parsed(Histogram(OUTBOX_SENT)).samples == []
