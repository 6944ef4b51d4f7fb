"""What others see of a message or a modem."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from bench import modem, queued, status

from otppi.app import views
from otppi.domain.message import Segment, State
from otppi.ports.modem import Identity, LineStatus, ModemState

RECORD = {
    "id", "status", "held", "class", "receiver", "segments", "created", "deadline", "modem", "attempts",
    "possible_duplicate", "outcome_unknown", "route", "error",
}  # fmt: skip


def test_a_message_shows_what_decisions_8_lists() -> None:
    sent = queued(2, segments=(Segment(State.SENT, "a", 1, 1), Segment(State.SENT, "b", 2, 2)), route="prefix 62812: a")
    shown = views.message(sent)
    assert set(shown) >= RECORD
    assert shown["receiver"] == "6281200001XXX"
    assert (shown["status"], shown["class"], shown["segments"], shown["attempts"]) == ("sent", "normal", 2, 3)
    assert (shown["modem"], shown["route"], shown["error"], shown["waiting"]) == ("b", "prefix 62812: a", None, None)
    assert (shown["created"], shown["deadline"]) == (1000.0, 1300.0)


def test_a_message_shows_its_marks() -> None:
    marked = queued(possible_duplicate=True, outcome_unknown=True, sent_late=True, error="why")
    shown = views.message(marked, waiting="waits for modem a")
    assert (shown["possible_duplicate"], shown["outcome_unknown"], shown["sent_late"]) == (True, True, True)
    assert (shown["error"], shown["waiting"], shown["modem"]) == ("why", "waits for modem a", None)


def test_a_claim_shows_only_while_nothing_was_handed() -> None:
    assert views.message(queued(), claimed="a")["status"] == "claimed"
    assert views.message(queued(), claimed="a")["modem"] == "a"
    held = queued(segments=(Segment(State.IN_DOUBT, "b", None, 1), Segment()))
    assert views.message(held, claimed="a")["status"] == "in_doubt"


@pytest.mark.feature("X02")
def test_without_the_right_every_identity_is_masked() -> None:
    identity = Identity("maker", "model", "rev", "490154203237518", "510100000012345", "8962100000000012345")
    entry = modem("east", pin=b"sealed", smsc="6281100000", msisdn="6281200000001")
    known = LineStatus(ModemState.READY, identity, "Operator", 20)
    full, masked = views.modem(entry, known, full=True), views.modem(entry, known, full=False)
    for name in ("imei", "imsi", "iccid"):
        assert full[name] == getattr(identity, name)
        assert masked[name] == "X" * (len(full[name]) - 4) + full[name][-4:]
    assert (full["msisdn"], masked["msisdn"]) == ("6281200000001", "XXXXXXXXX0001")
    assert (full["port"], masked["port"]) == ("/dev/fake-east", "")
    assert set(full) == set(masked)
    assert "sealed" not in str(full)


def test_what_was_known_before_stands_in_for_a_modem_that_is_silent() -> None:
    entry = modem("east", imei="490154203237518")
    assert views.modem(entry, status(ModemState.ABSENT), full=True)["imei"] == "490154203237518"
    assert views.modem(replace(entry, imei=""), status(ModemState.ABSENT), full=False)["imei"] == ""
    assert views.modem(replace(entry, imei="123"), status(ModemState.ABSENT), full=False)["imei"] == "XXX"


@pytest.mark.parametrize(
    ("signal", "rssi", "word"),
    [(None, None, "Unknown"), (0, -113, "Marginal"), (9, -95, "Marginal"), (10, -93, "OK"), (15, -83, "Good"),
     (20, -73, "Excellent"), (31, -51, "Excellent")],
)  # fmt: skip
def test_the_signal_in_words(signal: int | None, rssi: int | None, word: str) -> None:
    shown = views.modem(modem("east"), LineStatus(ModemState.READY, signal=signal), full=False)["signalStrength"]
    assert (shown["rssi"], shown["condition"]) == (rssi, word)


@pytest.mark.parametrize("state", ModemState)
def test_connected_is_what_can_be_talked_to(state: ModemState) -> None:
    assert views.modem(modem("east"), status(state), full=False)["connected"] is (state in ("ready", "busy", "slow"))


def test_nothing_of_a_message_is_forgotten_by_these_tests() -> None:
    assert "text" not in {field.name for field in fields(queued())}
