"""The small parts of the modem shell."""

from __future__ import annotations

import pytest

from otppi.at.answers import Registration
from otppi.at.dialogues import Nameplate, Readiness, SimState
from otppi.at.profiles.generic import GENERIC
from otppi.at.results import FinalKind
from otppi.at.sending import Accepted, Denied, Silent, Submitted, Withheld
from otppi.modems import wording
from otppi.modems.timings import Backoff, Timings
from otppi.ports.modem import ModemState, NotHanded, Outcome, Refused, Sent, Unknown


def test_the_first_retry_comes_at_once_then_they_double_to_the_longest() -> None:
    backoff = Backoff(Timings())
    assert [backoff.next_wait(0.5) for _ in range(8)] == [0, 0.5, 1, 2, 4, 8, 10, 10]
    backoff.reset()
    assert backoff.next_wait(0.5) == 0


def test_jitter_moves_a_retry_by_a_tenth_at_most() -> None:
    for chance, share in ((0.0, 0.9), (1.0, 1.1)):
        backoff = Backoff(Timings())
        backoff.next_wait(chance)
        assert backoff.next_wait(chance) == pytest.approx(0.5 * share)


def test_endless_failures_do_not_overflow() -> None:
    backoff = Backoff(Timings())
    assert max(backoff.next_wait(0.5) for _ in range(3000)) == 10


@pytest.mark.parametrize(
    ("submitted", "outcome"),
    [
        (Accepted(7), Sent(7)),
        (Withheld("why", settled=True), NotHanded("why")),
        (Silent("why", settled=False), Unknown("why")),
        (Denied(FinalKind.CMS, 38, "w", handed=True), Refused("cms", 38, "w")),
        (Denied(FinalKind.CME, 14, "w", handed=False), Refused("cme", 14, "w")),
        (Denied(FinalKind.ERROR, None, "error", handed=True), Refused("error", None, "error")),
        (Denied(FinalKind.CMS, 332, "w", handed=True), Unknown("the network did not answer (+CMS ERROR 332: w)")),
        (Denied(FinalKind.CME, 31, "w", handed=True), Unknown("the network did not answer (+CME ERROR 31: w)")),
        (Denied(FinalKind.CMS, 332, "w", handed=False), Refused("cms", 332, "w")),
    ],
)
def test_outcomes(submitted: Submitted, outcome: Outcome) -> None:
    assert wording.outcome(submitted, GENERIC) == outcome


@pytest.mark.parametrize(
    ("readiness", "state"),
    [
        (Readiness(SimState.READY, registration=Registration.HOME, pdu_mode=True), ModemState.READY),
        (Readiness(SimState.READY, registration=Registration.DENIED, pdu_mode=True), ModemState.SEARCHING),
        (Readiness(SimState.READY, registration=Registration.HOME, pdu_mode=False), ModemState.DEGRADED),
        (Readiness(SimState.PIN), ModemState.PIN_NEEDED),
        (Readiness(SimState.PIN_SPENT), ModemState.PIN_NEEDED),
        (Readiness(SimState.PUK), ModemState.PIN_NEEDED),
        (Readiness(SimState.ABSENT), ModemState.DEGRADED),
        (Readiness(SimState.FAULTY), ModemState.DEGRADED),
    ],
)
def test_every_start_has_a_state_and_every_bad_one_a_reason(readiness: Readiness, state: ModemState) -> None:
    status = wording.ready_status(Nameplate("maker"), readiness)
    assert status.state is state
    assert (status.reason == "") == (state is ModemState.READY)
    assert status.identity.manufacturer == "maker"
