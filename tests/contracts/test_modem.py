"""What every `otppi.ports.modem.Line` must do, in virtual time.

`SerialModem` is driven over a modem played by hand and over a simulated one, `FakeModem` by its own hand. Another
implementation gets its rig in `tests/support/modem_rigs.py`.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from modem_rigs import LIMIT, MAKERS, NAME, Maker, Rig

from otppi.ports.modem import Identity, LineStatus, ModemState, NotHanded, Refused, Sent, Submission, Unknown
from otppi.ports.modem_states import LINE
from otppi.testing.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

TPDU = "11000B912618000000F00000AA05E8329BFD06"
REPORT = "06010B912618000000F0627011218000006270112180000000"


# -- the contract -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def running(maker: Maker) -> AsyncIterator[Rig]:
    rig = maker()
    task = asyncio.create_task(rig.line.run())
    try:
        await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
        yield rig
    finally:
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        _judge(rig)


def _judge(rig: Rig) -> None:
    """What holds of every history of a line."""
    told = [LineStatus(ModemState.ABSENT), *rig.events.states]
    moves = [(a.state, b.state) for a, b in itertools.pairwise(told) if a.state is not b.state]
    assert [move for move in moves if move[1] not in LINE[move[0]]] == []
    assert rig.line.status.state is ModemState.ABSENT, "a line that is run no more is not open"
    absent = [status for status in told if status.state is ModemState.ABSENT]
    assert {status.identity for status in absent} == {Identity()}, "who answers next may be another"


def contract(test: Callable[[Rig], Coroutine[Any, Any, None]]) -> Callable[[str], None]:
    """Runs a test with each implementation, in virtual time."""

    @pytest.mark.parametrize("maker", sorted(MAKERS))
    def run(maker: str) -> None:
        async def talk() -> None:
            async with running(MAKERS[maker]) as rig:
                await test(rig)

        _in_virtual_time(talk())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def _in_virtual_time(talk: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(talk)


def segment(key: str = "k1") -> Submission:
    return Submission(key, TPDU)


async def granted() -> bool:
    return True


async def refused() -> bool:
    return False


@pytest.mark.feature("F003")
@contract
async def test_a_send_gives_the_modems_reference(rig: Rig) -> None:
    first = await rig.line.send(segment(), granted)
    second = await rig.line.send(segment("k2"), granted)
    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert first.reference != second.reference
    assert rig.on_air() == [TPDU, TPDU]


@contract
async def test_the_beginning_of_an_exchange_is_told_once_and_before_the_prompt(rig: Rig) -> None:
    told: list[str] = []

    async def at_prompt() -> bool:
        told.append("prompt")
        return True

    await rig.line.send(Submission("k1", TPDU, begun=lambda: told.append("begun")), at_prompt)
    assert told == ["begun", "prompt"]


@contract
async def test_the_mark_is_made_before_anything_is_on_the_air(rig: Rig) -> None:
    seen: list[int] = []

    async def mark() -> bool:
        await asyncio.sleep(0.02)
        seen.append(len(rig.on_air()))
        return True

    assert isinstance(await rig.line.send(segment(), mark), Sent)
    assert seen == [0]


@contract
async def test_without_the_mark_nothing_is_handed_and_the_next_send_works(rig: Rig) -> None:
    assert isinstance(await rig.line.send(segment(), refused), NotHanded)
    assert rig.on_air() == []
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)
    assert rig.on_air() == [TPDU]


@contract
async def test_what_the_mark_raises_comes_out_and_nothing_is_handed(rig: Rig) -> None:
    class StoreFull(Exception):
        pass

    async def mark() -> bool:
        raise StoreFull

    with pytest.raises(StoreFull):
        await rig.line.send(segment(), mark)
    assert rig.on_air() == []
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


@contract
async def test_a_refusal_has_its_code_and_our_words(rig: Rig) -> None:
    rig.refuse(38)
    assert await rig.line.send(segment(), granted) == Refused("cms", 38, "network out of order")
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


@contract
async def test_a_network_that_did_not_answer_is_no_refusal(rig: Rig) -> None:
    rig.refuse(332)
    assert isinstance(await rig.line.send(segment(), granted), Unknown)


@contract
async def test_a_prompt_taken_back_during_the_mark_is_a_refusal(rig: Rig) -> None:
    async def slow() -> bool:
        await asyncio.sleep(0.05)
        return True

    rig.withdraw()
    assert isinstance(await rig.line.send(segment(), slow), Refused | NotHanded)
    assert rig.on_air() == []


@contract
async def test_a_line_lost_before_the_text_left_is_not_handed(rig: Rig) -> None:
    async def mark() -> bool:
        rig.unplug()
        return True

    assert isinstance(await rig.line.send(segment(), mark), NotHanded)
    assert rig.on_air() == []


@contract
async def test_a_line_lost_after_the_text_left_is_unknown_and_told_once(rig: Rig) -> None:
    rig.stay_silent()
    sends = [asyncio.create_task(rig.line.send(segment(f"k{number}"), granted)) for number in range(3)]
    await _until_on_air(rig, 1)
    rig.unplug()
    outcomes = await asyncio.gather(*sends)
    assert [type(outcome) for outcome in outcomes] == [Unknown, NotHanded, NotHanded]
    assert rig.on_air() == [TPDU]
    assert rig.events.lates == []


@contract
async def test_a_lost_line_comes_back_by_itself(rig: Rig) -> None:
    rig.unplug()
    await rig.events.until(lambda: rig.line.status.state is ModemState.ABSENT)
    assert isinstance(await rig.line.send(segment(), granted), NotHanded)
    rig.plug()
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


@contract
async def test_a_late_reference_finds_its_segment(rig: Rig) -> None:
    rig.stay_silent()
    send = asyncio.create_task(rig.line.send(segment("in-doubt"), granted))
    await _until_on_air(rig, 1)
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    reference = rig.answer_late()
    await rig.events.until(lambda: rig.events.lates != [])
    assert rig.events.lates == [(NAME, "in-doubt", reference)]
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


@contract
async def test_a_cancelled_send_takes_the_text_back(rig: Rig) -> None:
    started = asyncio.Event()

    async def mark() -> bool:
        started.set()
        await asyncio.sleep(LIMIT)
        return True

    send = asyncio.create_task(rig.line.send(segment(), mark))
    await started.wait()
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)
    assert rig.on_air() == [TPDU]


@contract
async def test_sends_are_one_after_the_other(rig: Rig) -> None:
    inside: list[str] = []

    def mark(key: str) -> Callable[[], Awaitable[bool]]:
        async def enter() -> bool:
            inside.append(key)
            await asyncio.sleep(0.01)
            assert inside[-1] == key, "another prompt was opened meanwhile"
            return True

        return enter

    outcomes = await asyncio.gather(*(rig.line.send(segment(key), mark(key)) for key in "abcd"))
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4
    assert sorted(inside) == list("abcd")


@contract
async def test_a_report_is_told_without_its_smsc(rig: Rig) -> None:
    rig.deliver_report(REPORT)
    await rig.events.until(lambda: rig.events.reports != [])
    assert rig.events.reports == [(NAME, REPORT)]


@contract
async def test_every_change_is_told_and_busy_frames_a_send(rig: Rig) -> None:
    before = len(rig.events.states)
    await rig.line.send(segment(), granted)
    assert [status.state for status in rig.events.states[before:]] == [ModemState.BUSY, ModemState.READY]
    assert rig.events.states[-1] == rig.line.status


@contract
async def test_the_way_to_ready_is_told_step_by_step(rig: Rig) -> None:
    told = [status.state for status in rig.events.states]
    steps = [state for state, _ in itertools.groupby(told)]
    assert steps == [ModemState.PROBING, ModemState.STARTING, ModemState.READY]
    assert rig.line.status.identity.manufacturer != ""


@contract
async def test_a_prompt_that_does_not_come_takes_the_modem_out_of_service_until_it_is_in_step(rig: Rig) -> None:
    before = len(rig.events.states)
    rig.open_no_prompt()
    assert isinstance(await rig.line.send(segment(), granted), NotHanded)
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    states = [state for state, _ in itertools.groupby(status.state for status in rig.events.states[before:])]
    assert states == [ModemState.BUSY, ModemState.RESETTING, ModemState.READY]
    assert rig.on_air() == []
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


@contract
async def test_a_text_without_answer_is_unknown_in_the_end_and_may_be_told_late(rig: Rig) -> None:
    rig.stay_silent()
    assert isinstance(await rig.line.send(segment("in-doubt"), granted), Unknown)
    assert rig.on_air() == [TPDU]
    assert rig.events.lates == []
    reference = rig.answer_late()
    await rig.events.until(lambda: rig.events.lates != [])
    assert rig.events.lates == [(NAME, "in-doubt", reference)]
    await rig.events.until(lambda: rig.line.status.state is ModemState.READY)
    assert isinstance(await rig.line.send(segment("k2"), granted), Sent)


@contract
async def test_what_is_out_of_step_takes_nothing(rig: Rig) -> None:
    rig.open_no_prompt()
    send = asyncio.create_task(rig.line.send(segment(), granted))
    await rig.events.until(lambda: rig.line.status.state is ModemState.RESETTING)
    assert isinstance(await rig.line.send(segment("k2"), granted), NotHanded)
    await send
    assert rig.on_air() == []


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_line_that_does_not_run_takes_nothing(maker: str) -> None:
    async def talk() -> None:
        rig = MAKERS[maker]()
        assert isinstance(await rig.line.send(segment(), granted), NotHanded)
        assert rig.on_air() == []
        assert rig.line.status.state is ModemState.ABSENT

    _in_virtual_time(talk())


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_line_that_was_run_can_be_run_again(maker: str) -> None:
    async def talk() -> None:
        rig = MAKERS[maker]()
        for key in "ab":
            async with running(lambda: rig):
                assert isinstance(await rig.line.send(segment(key), granted), Sent)
            assert isinstance(await rig.line.send(segment("c"), granted), NotHanded)
        assert rig.on_air() == [TPDU, TPDU]

    _in_virtual_time(talk())


async def _until_on_air(rig: Rig, count: int) -> None:
    async with asyncio.timeout(LIMIT):
        while len(rig.on_air()) < count:  # noqa: ASYNC110 - virtual time; the far end of a rig tells nobody
            await asyncio.sleep(0.005)
