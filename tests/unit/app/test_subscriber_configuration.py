"""What the gateway takes over of the stored subscribers, and that nothing stored of one stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import Bench, gateway, virtual

from otppi.app.configuration import NO_PASSWORD, NOT_RUN, PASSWORD_OWNER, Configuration
from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method
from otppi.ports.subscribers import SubscriberEntry

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = Secret("Canary-horse-7")
OFF = {"enabled": "false"}


def alarms(bench: Bench) -> set[tuple[str, str]]:
    kinds = (NO_PASSWORD, NOT_RUN)
    return {(each.kind, each.object) for each in bench.app.alarms.standing if each.kind in kinds}


@virtual
async def test_stored_subscribers_are_taken_over_with_their_passwords_opened(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        sealed = bench.vault.seal(PASSWORD, PASSWORD_OWNER, "bank")
        values = {"topic": "codes", "tls": "true", **OFF}
        await bench.store.subscribers.add(SubscriberEntry("bank", Method.MQTT, values, sealed))
        await bench.store.subscribers.add(SubscriberEntry("shop", Method.REDIS, OFF))
        await bench.app.changed("subscribers")
        bank, shop = bench.app.configuration.subscribers
        assert (bank.name, bank.method, bank.topic, bank.port) == ("bank", Method.MQTT, "codes", 8883)
        assert bank.password == PASSWORD
        assert PASSWORD.reveal() not in repr(bank)
        assert shop.password is None
        assert alarms(bench) == set()


@virtual
async def test_a_password_that_cannot_be_opened_is_an_alarm_until_it_is_given_again(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        sealed = bench.vault.seal(PASSWORD, PASSWORD_OWNER, "another")
        await bench.store.subscribers.add(SubscriberEntry("bank", Method.MQTT, OFF, sealed))
        await Configuration(bench.store, bench.vault).load()
        await bench.app.changed("subscribers")
        assert [(each.name, each.password) for each in bench.app.configuration.subscribers] == [("bank", None)]
        assert alarms(bench) == {(NO_PASSWORD, "bank")}
        (alarm,) = [each for each in bench.app.alarms.standing if each.kind == NO_PASSWORD]
        assert alarm.severity == "warning"
        assert "otppi subscriber set bank --password-stdin" in alarm.remedy
        again = bench.vault.seal(PASSWORD, PASSWORD_OWNER, "bank")
        await bench.store.subscribers.put(SubscriberEntry("bank", Method.MQTT, OFF, again))
        await bench.app.changed("subscribers")
        assert alarms(bench) == set()


@pytest.mark.parametrize("values", [{"shards": "3"}, {"qos": "7"}])
@virtual
async def test_one_that_is_not_valid_is_an_alarm_and_the_others_are_taken_over(
    tmp_path: Path, values: dict[str, str]
) -> None:
    async with gateway(tmp_path) as bench:
        await bench.store.subscribers.add(SubscriberEntry("bank", Method.MQTT, values))
        await bench.store.subscribers.add(SubscriberEntry("shop", Method.MQTT, OFF))
        await bench.app.changed("subscribers")
        assert [each.name for each in bench.app.configuration.subscribers] == ["shop"]
        assert alarms(bench) == {(NOT_RUN, "bank")}
        await bench.store.subscribers.remove("bank")
        await bench.app.changed("subscribers")
        assert alarms(bench) == set()
