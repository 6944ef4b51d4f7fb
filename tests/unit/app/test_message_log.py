"""What the log says of messages: their ids and states, nothing of what they carry or to whom."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from bench import RECEIVER, gateway, virtual

from otppi.testing.fake_modem import Fate, Lot

if TYPE_CHECKING:
    from pathlib import Path

LOGGERS = ("otppi.app.message_log", "otppi.app.delivery")


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name in LOGGERS]


@pytest.mark.feature("F002")
def test_a_message_is_followed_from_acceptance_to_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "otppi.app")

    @virtual
    async def story() -> None:
        async with gateway(tmp_path) as bench:
            reply = await bench.otp(message="canary %s")
            await asyncio.sleep(5)
            name = reply.data["id"]
            assert told(caplog) == [
                ("DEBUG", f"accepted message={name} account=shop class=otp"),
                ("DEBUG", f"moved message={name} state=handed edge=c part=1"),
                ("DEBUG", f"moved message={name} state=sent edge=d part=1"),
            ]
            assert not [line for _, line in told(caplog) if "canary" in line or RECEIVER[-8:] in line]

    story()


def test_an_end_in_vain_is_said_with_its_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "otppi.app")

    @virtual
    async def story() -> None:
        async with gateway(tmp_path, lots={"east": [Lot(fate=Fate.REFUSED, code=1)]}) as bench:
            reply = await bench.sms()
            await asyncio.sleep(5)
            (line,) = told(caplog)
            assert line[0] == "INFO"
            assert line[1].startswith(f"ended in vain message={reply.data['id']} state=failed why=")

    story()
