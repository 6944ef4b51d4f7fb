"""One-time codes through the front door: create, read off the phone, validate; and every way to be wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from bench import BANK, EPOCH, RECEIVER, gateway, modem, virtual

from otppi.domain.replies import Code
from otppi.wire.document import parse
from otppi.wire.envelope import Envelope

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

PARAMS: dict[str, Any] = {"param1": "100", "param2": "200:300", "param3": "tiga", "param4": "empat"}


async def sent_code(bench: Bench, reference: str = "r1", **fields: Any) -> str:
    """Create a code and read it off the phone."""
    reply = await bench.otp(reference, **fields)
    assert reply.code == Code.SUCCESS
    await asyncio.sleep(3)
    return bench.code(str(fields.get("receiver", RECEIVER)).removeprefix("+"))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


@pytest.mark.feature("F006", "F127", "F130", "F133")
@virtual
async def test_create_and_validate(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        created = await bench.otp("ref-7", "0812 0000 1234", date_time=1629685778, **PARAMS)
        data = dict(created.data)
        assert len(data.pop("id")) == 26
        assert data.pop("expected_in") > 0
        assert data == {
            "date_time": 1629685778,
            "receiver": "0812 0000 1234",
            "reference": "ref-7",
            "expiration": round(EPOCH + bench.seconds()) + 300,
            "status": "queued",
        }
        await asyncio.sleep(3)
        code = bench.code()
        assert len(code) == 6
        assert bench.sent()[-1].text == f"Kode {code}"
        checked = await bench.check(code, "ref-7", "+62 812 0000 1234", date_time=1629685779, **PARAMS)
        assert (checked.code, checked.command) == (Code.SUCCESS, "validate-otp")
        assert checked.data == {"date_time": 1629685779, "receiver": "+62 812 0000 1234", "reference": "ref-7"}


@pytest.mark.feature("F132")
@pytest.mark.parametrize(
    "other",
    [{name: "x"} for name in PARAMS]
    + [
        {"param1": ""},
        {"param1": "100:200", "param2": "300"},
        {"reference": "r2"},
        {"receiver": "+6281200001235"},
        {"caller": BANK},
    ],
    ids=lambda other: (
        "-".join(f"{name} {value}" for name, value in other.items() if isinstance(value, str)) or "caller"
    ),
)
@virtual
async def test_changing_any_one_thing_it_is_bound_to_fails(tmp_path: Path, other: dict[str, Any]) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench, **PARAMS)
        reply = await bench.check(code, **{**PARAMS, **other})
        assert reply.code == Code.WRONG_OTP
        assert code not in reply.error
        assert (await bench.check(code, **PARAMS)).code == Code.SUCCESS


@virtual
async def test_every_wrong_answer_reads_the_same(tmp_path: Path) -> None:
    """Which element was wrong is not told."""
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        used = await sent_code(bench, "used")
        await bench.check(used, "used")
        answers = {
            (reply.code, reply.error)
            for reply in (
                await bench.check(wrong(code)),
                await bench.check(code, "unknown"),
                await bench.check(code, receiver="+6281200001235"),
                await bench.check(code, param1="x"),
                await bench.check(used, "used"),
                await bench.check(code, caller=BANK),
            )
        }
        assert len(answers) == 1


@virtual
async def test_a_code_is_right_once(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        replies = await asyncio.gather(*(bench.check(code) for _ in range(4)))
        assert Counter(reply.code for reply in replies) == {Code.SUCCESS: 1, Code.WRONG_OTP: 3}


@pytest.mark.feature("F036")
@virtual
async def test_a_code_lives_as_long_as_the_setting_says_in_milliseconds(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"otp.expiration": "60000"}) as bench:
        code = await sent_code(bench)
        other = await sent_code(bench, "r2")
        await asyncio.sleep(53)
        assert (await bench.check(code)).code == Code.SUCCESS
        await asyncio.sleep(7)
        reply = await bench.check(other, "r2")
        assert (reply.code, reply.error) == (Code.EXPIRED, "the code has expired")


@pytest.mark.feature("F037")
@pytest.mark.parametrize(("life", "kept"), [(30, 30), (600, 600), (3600, 600)])
@virtual
async def test_a_stated_life_counts_and_is_clamped_to_ten_minutes(tmp_path: Path, life: int, kept: int) -> None:
    async with gateway(tmp_path) as bench:
        now = EPOCH + bench.seconds()
        reply = await bench.otp(expiration=now + life)
        assert reply.data["expiration"] == pytest.approx(now + kept, abs=1)
        await asyncio.sleep(kept - 0.5)
        code = bench.code()
        await asyncio.sleep(0.6)
        assert (await bench.check(code)).code == Code.EXPIRED


@pytest.mark.feature("F128")
@pytest.mark.parametrize("message", ["Kode", "%s dan %s", "%d", ""])
@virtual
async def test_a_message_without_exactly_one_placeholder_is_refused(tmp_path: Path, message: str) -> None:
    async with gateway(tmp_path) as bench:
        reply = await bench.otp(message=message)
        assert reply.code == Code.INVALID
        assert await bench.messages() == []


@virtual
async def test_only_the_placeholder_is_replaced(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        await bench.otp(message="{0} %d 100% %s {x}")
        await asyncio.sleep(3)
        text = bench.sent()[0].text
        assert text.startswith("{0} %d 100% ")
        assert text.endswith(" {x}")
        assert "%s" not in text


@virtual
async def test_codes_have_the_length_of_the_setting_and_differ(tmp_path: Path) -> None:
    async with gateway(tmp_path, modem("a"), modem("b"), settings={"otp.length": "8"}) as bench:
        codes = {await sent_code(bench, f"r{n}", receiver=f"+62812000000{n:02}") for n in range(30)}
        assert len(codes) == 30
        assert {len(code) for code in codes} == {8}


@virtual
async def test_a_code_given_as_a_number_is_padded_as_text_it_is_not(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings={"otp.length": "4"}) as bench:
        code = "9999"
        number = 0
        while not code.startswith("0"):
            number += 1
            code = await sent_code(bench, f"r{number}", receiver=f"+6281200{number:06}")
        reference, receiver = f"r{number}", f"+6281200{number:06}"
        bare = code.lstrip("0") or "0"
        assert (await bench.check(bare, reference, receiver)).code == Code.WRONG_OTP
        document = parse(
            f'{{"data": {{"reference": "{reference}", "receiver": "{receiver}", "otp": {bare}}}}}'.encode()
        )
        envelope = Envelope("validate-otp", document["data"], document=document)
        from bench import SHOP

        assert (await bench.app.gateway.handle(envelope, SHOP)).code == Code.SUCCESS


# -- guesses ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("X08")
@virtual
async def test_the_sixth_guess_is_refused_even_if_it_is_right(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        for _ in range(5):
            assert (await bench.check(wrong(code))).code == Code.WRONG_OTP
        for guess in (wrong(code), code):
            reply = await bench.check(guess)
            assert (reply.code, reply.error) == (Code.EXHAUSTED, "too many wrong guesses: the code is of no more use")


@pytest.mark.feature("X08")
@virtual
async def test_the_fifth_guess_may_still_be_right(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        for _ in range(4):
            await bench.check(wrong(code))
        assert (await bench.check(code)).code == Code.SUCCESS


@pytest.mark.feature("X08")
@virtual
async def test_of_two_hundred_parallel_wrong_guesses_at_most_five_are_evaluated_and_the_right_one_last_is_refused(
    tmp_path: Path,
) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        guesses = [f"{(int(code) + n) % 1_000_000:06}" for n in range(1, 201)]
        replies = await asyncio.gather(*(bench.check(guess) for guess in [*guesses, code]))
        counts = Counter(reply.code for reply in replies)
        assert counts == {Code.WRONG_OTP: 5, Code.EXHAUSTED: 196}
        assert replies[-1].code == Code.EXHAUSTED


@pytest.mark.feature("X08")
@virtual
async def test_guesses_survive_a_crash(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        for _ in range(5):
            await bench.check(wrong(code))
            await bench.restart()
        assert (await bench.check(code)).code == Code.EXHAUSTED


@pytest.mark.feature("X08")
@virtual
async def test_ten_wrong_guesses_an_hour_lock_the_receiver_for_this_account_alone(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for number in range(2):
            code = await sent_code(bench, f"r{number}")
            for _ in range(5):
                await bench.check(wrong(code), f"r{number}")
        code = await sent_code(bench, "r3")
        reply = await bench.check(code, "r3")
        assert reply.code == Code.LIMITED
        assert reply.retry_after is not None
        assert 3500 < reply.retry_after <= 3600
        theirs = await sent_code(bench, "theirs", caller=BANK)
        assert (await bench.check(theirs, "theirs", caller=BANK)).code == Code.SUCCESS
        elsewhere = await sent_code(bench, "r4", receiver="+6281200009999")
        assert (await bench.check(elsewhere, "r4", "+6281200009999")).code == Code.SUCCESS
        await asyncio.sleep(3600)
        again = await sent_code(bench, "r5")
        assert (await bench.check(again, "r5")).code == Code.SUCCESS


@virtual
async def test_an_approved_code_clears_the_count_of_its_receiver(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        for number in range(4):
            code = await sent_code(bench, f"r{number}")
            for _ in range(4):
                assert (await bench.check(wrong(code), f"r{number}")).code == Code.WRONG_OTP
            assert (await bench.check(code, f"r{number}")).code == Code.SUCCESS


@virtual
async def test_unknown_references_cost_the_receiver_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path) as bench:
        code = await sent_code(bench)
        for _ in range(40):
            await bench.check("000000", "unknown")
        assert (await bench.check(code)).code == Code.SUCCESS


@virtual
async def test_using_the_code_withdraws_a_resend_that_waits(tmp_path: Path) -> None:
    from otppi.testing.fake_modem import Fate, Lot

    async with gateway(tmp_path, lots={"east": [Lot(Fate.SILENT_ON_AIR)]}) as bench:
        reply = await bench.otp()
        await asyncio.sleep(20)
        assert (await bench.edges(reply)) == "cjk"
        assert (await bench.check(bench.code())).code == Code.SUCCESS
        await asyncio.sleep(200)
        assert len(bench.sent()) == 1
        assert await bench.edges(reply) == "cjki"


@virtual
async def test_a_code_whose_message_was_never_handed_is_of_no_use(tmp_path: Path) -> None:
    async with gateway(tmp_path, start_up=1e6, ready=0.0) as bench:
        reply = await bench.otp()
        await bench.app.delivery.cancel(str(reply.data["id"]), "by the owner")
        assert (await bench.check("000000")).code == Code.WRONG_OTP
        assert (await bench.store.verifications.get(str(reply.data["id"]))).state == "failed"
