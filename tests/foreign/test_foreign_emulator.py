"""Our engine at modems that are not ours: the fake modems of python-gsmmodem-new, unmodified, each behind a pty.

What these classes cannot do, and is therefore not asked of them here:

- with a SIM PIN set they refuse every command outside a list that fits their own library, AT itself included;
- they receive nothing, report nothing and answer +CMGL like any unknown command, with OK;
- their sends are scripted by their project's tests, not by the classes; `emulator.py` plays that script.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from listening import Listener

from foreign import ending
from otppi.modems import SerialModem
from otppi.ports.modem import LineSettings, ModemState, Sent, Submission

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
TPDU = "11000C912618020000100000AA0AE8329BFD4697D9EC37"
EMULATOR = Path(__file__).with_name("emulator.py")
IMEI = "111111111111111"
MAKERS: Final = {
    "GenericTestModem": ("", "", ""),  # it answers +CGMI and the like with OK alone
    "WavecomMultiband900E1800": ("WAVECOM MODEM", "MULTIBAND  900E  1800", IMEI),
    "HuaweiK3715": ("huawei", "K3715", IMEI),
    "HuaweiE1752": ("huawei", "E1752", IMEI),
    "QualcommM6280": ("QUALCOMM INCORPORATED", "M6280", IMEI),
    "ZteK3565Z": ("ZTE INCORPORATED", "K3565-Z", IMEI),
    "NokiaN79": ("Nokia", "Nokia N79", IMEI),
}


@pytest.fixture(scope="module")
def fakemodems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The foreign source file, fetched by its hash, in a folder that goes away."""
    subprocess.run([ROOT / "script/fetch-peer"], check=True, timeout=50)
    (archive,) = (ROOT / ".cache/peers").glob("python-gsmmodem-new-*.tar.gz")
    kept = tmp_path_factory.mktemp("peer") / "fakemodems.py"
    with tarfile.open(archive) as package:
        name = next(name for name in package.getnames() if name.endswith("/test/fakemodems.py"))
        member = package.extractfile(name)
        assert member is not None
        kept.write_bytes(member.read())
    return kept


class Running:
    """The emulator's process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.port = self.line()

    def line(self) -> str:
        """What it printed next."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()


@pytest.fixture
def peer(request: pytest.FixtureRequest, fakemodems: Path) -> Iterator[Running]:
    name, noise = request.param
    command = [sys.executable, "-I", "-W", "ignore", str(EMULATOR), str(fakemodems), name, str(noise)]
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE)) as process:
        yield Running(process)


async def granted() -> bool:
    return True


def with_peers(noise: float) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("name", "peer"), [(name, (name, noise)) for name in MAKERS], indirect=["peer"], ids=list(MAKERS)
    )


async def check(name: str, peer: Running) -> None:
    line = SerialModem(LineSettings("m1", peer.port), Listener())
    task = asyncio.create_task(line.run())
    try:
        async with asyncio.timeout(15):
            while line.status.state is not ModemState.READY:  # noqa: ASYNC110 - the clock is real, the wait short
                await asyncio.sleep(0.01)
        who = line.status.identity
        assert (who.manufacturer, who.model, who.imei) == MAKERS[name]
        for reference in (1, 2, 3):
            assert await line.send(Submission(f"k{reference}", TPDU, more=reference < 3), granted) == Sent(reference)
            assert await asyncio.to_thread(peer.line) == f"00{TPDU}"
    finally:
        task.cancel()
        await asyncio.wait({task})


@with_peers(0.0)
async def test_a_foreign_modem_is_identified_and_sends(name: str, peer: Running) -> None:
    await check(name, peer)


@with_peers(0.5)
async def test_noise_between_the_lines_changes_nothing(name: str, peer: Running) -> None:
    await check(name, peer)
