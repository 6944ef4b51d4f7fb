"""A whole application on a bench: the real store in a file, fake modems, virtual time, and every screw in reach.

A test runs inside `virtual`, opens the bench with `gateway(...)`, asks through the front door and looks at the air.
"""

from __future__ import annotations

import asyncio
import functools
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec

from otppi.app.application import Application, Outside
from otppi.domain.message import Class, Kind, Message, Policy, Segment
from otppi.domain.rights import DEFAULT_RIGHTS, Caller
from otppi.pdu.decode import decode
from otppi.pdu.submit import Submit
from otppi.ports.modem import Identity, LineStatus, ModemState
from otppi.ports.store import Cursor, ModemEntry, StoreUnavailable
from otppi.security import Vault
from otppi.store import InlineWriter, SqliteStore, open_store
from otppi.testing.fake_modem import Air, FakeModem, Lot
from otppi.testing.virtual_time import LoopClock, VirtualLoop
from otppi.wire.envelope import read_envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from otppi.domain.replies import Reply
    from otppi.ports.modem import LineEvents, LineSettings, Submission

P = ParamSpec("P")

EPOCH = 1_800_000_000.0
SHOP = Caller("shop", frozenset(DEFAULT_RIGHTS), "rest")
BANK = Caller("bank", frozenset(DEFAULT_RIGHTS), "rest")
RECEIVER = "+6281200001234"


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test in virtual time: minutes pass in no time, in the same order always."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        loop = VirtualLoop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(test(*args, **kwargs))
        finally:
            _bury(loop)
            asyncio.set_event_loop(None)
            loop.close()

    return run


def _bury(loop: VirtualLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


class SMS(NamedTuple):
    """One segment on the air. `at` is seconds after the bench's start; `validity` the minutes of a relative TP-VP below
    12 hours (3GPP TS 23.040 9.2.3.12.1)."""

    modem: str
    number: str
    part: int
    text: str
    at: float
    validity: int | None


@dataclass
class Disk:
    """How the store's disk behaves: seconds of each write, and whether it fails; and how many commits it saw."""

    seconds: float = 0.001
    broken: bool = False
    commits: int = 0
    writer: InlineWriter | None = None


class BenchWriter(InlineWriter):
    """The inline writer on such a disk. Writes that wait together end in the order they came, as the product's do."""

    def __init__(self, source: Any, disk: Disk) -> None:
        super().__init__(source)
        self._disk = disk
        self._last = asyncio.Event()
        self._last.set()

    async def write(self, op: Callable[[Any], Any]) -> Any:
        before, mine = self._last, asyncio.Event()
        self._last = mine
        try:
            await asyncio.sleep(self._disk.seconds)
            await before.wait()
            if self._disk.broken:
                raise StoreUnavailable
            self._disk.commits += 1
            return await super().write(op)
        finally:
            mine.set()

    async def read(self, op: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(0.0001)
        if self._disk.broken:
            raise StoreUnavailable
        return await super().read(op)


@dataclass
class Bench:
    """A running gateway. `lots` are what the next sends of a modem meet, `usual_lot` what all others do."""

    path: Path
    clock: LoopClock
    vault: Vault
    air: Air = field(default_factory=Air)
    disk: Disk = field(default_factory=Disk)
    lots: dict[str, list[Lot]] = field(default_factory=dict)
    usual_lot: Lot = field(default_factory=Lot)
    body_timeout: float = 150.0
    start_up: float = 0.2
    disk_used: float = 0.1
    modems: dict[str, FakeModem] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)

    store: SqliteStore = field(init=False)
    app: Application = field(init=False)

    # -- life --------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Open store and application."""
        self.store = open_store(self.path, key_id=self.vault.key_id, synchronous="OFF", writer=self._writer)
        self.app = Application(
            Outside(
                store=self.store,
                vault=self.vault,
                clock=self.clock,
                open_line=self._line,
                disk_used=lambda: self.disk_used,
                clock_mark=lambda: "{}",
            )
        )

    async def crash(self) -> None:
        """The power goes: nothing more is written, every task is gone."""
        assert self.disk.writer is not None
        self.disk.writer.abandon()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.modems.clear()

    async def restart(self, ready: float = 1.0) -> None:
        """Crash, and start again from the file."""
        await self.crash()
        await self.begin()
        await self.app.start()
        await asyncio.sleep(ready)

    def _writer(self, source: Any) -> InlineWriter:
        self.disk.writer = BenchWriter(source, self.disk)
        return self.disk.writer

    def _line(self, settings: LineSettings, events: LineEvents) -> FakeModem:
        modem = FakeModem(
            settings,
            events,
            air=self.air,
            now=self.clock.now,
            nature=lambda _submission: self._lot(settings.name),
            body_timeout=self.body_timeout,
            start_up=self.start_up,
            identity=self.identities.get(settings.name, Identity()),
        )
        self.modems[settings.name] = modem
        return modem

    def _lot(self, modem: str) -> Lot:
        queue = self.lots.get(modem)
        return queue.pop(0) if queue else self.usual_lot

    # -- asking ------------------------------------------------------------------------------------------------

    async def ask(self, command: str, caller: Caller = SHOP, key: str = "", **data: Any) -> Reply:
        """One request through the front door, from its octets on."""
        body = json.dumps({"command": command, "data": data}).encode()
        return await self.app.gateway.handle(read_envelope(body), caller, idempotency_key=key)

    async def sms(self, receiver: str = RECEIVER, message: str = "Halo", caller: Caller = SHOP, **data: Any) -> Reply:
        """send-sms."""
        return await self.ask("send-sms", caller, receiver=receiver, message=message, **data)

    async def otp(self, reference: str = "r1", receiver: str = RECEIVER, caller: Caller = SHOP, **data: Any) -> Reply:
        """create-otp."""
        data = {"message": "Kode %s", **data}
        return await self.ask("create-otp", caller, reference=reference, receiver=receiver, **data)

    async def check(
        self, otp: Any, reference: str = "r1", receiver: str = RECEIVER, caller: Caller = SHOP, **data: Any
    ) -> Reply:
        """validate-otp."""
        return await self.ask("validate-otp", caller, reference=reference, receiver=receiver, otp=otp, **data)

    async def configure(self, name: str, value: str | None) -> None:
        """Set a setting, as the owner would."""
        await self.store.registry.put_setting(name, value)
        await self.app.changed("settings")

    async def change_modem(self, name: str, **fields: Any) -> None:
        """Change a modem's configuration, as the owner would."""
        await self.store.modems.change(name, lambda entry: replace(entry, **fields))
        await self.app.changed("modems")

    # -- looking -----------------------------------------------------------------------------------------------

    def seconds(self) -> float:
        """Since the bench's start."""
        return self.clock.now() - EPOCH

    def sent(self, number: str = "") -> list[SMS]:
        """What is on the air (to `number`, digits only)."""
        read = (_read(entry.modem, entry.tpdu, entry.at) for entry in self.air.entries)
        return [sms for sms in read if not number or sms.number == number]

    def code(self, number: str = RECEIVER.removeprefix("+")) -> str:
        """The newest code a phone shows."""
        return self.sent(number)[-1].text.split()[-1]

    async def message(self, reply: Reply) -> Message:
        """The message a reply names, from the book or the file."""
        message_id = str(reply.data["id"])
        return self.app.book.get(message_id) or await self.store.outbox.get(message_id)

    async def messages(self) -> list[Message]:
        """All messages of the file, oldest first."""
        return (await self.store.outbox.find(account=None, state=None, cursor=Cursor(limit=10_000)))[::-1]

    async def edges(self, reply: Reply) -> str:
        """The letters of a message's history."""
        return "".join(entry[0] for entry in (await self.message(reply)).history)

    async def settle(self, seconds: float = 0.1) -> None:
        """Let what was noted reach the disk."""
        await asyncio.sleep(seconds)

    def writes(self) -> int:
        """How often something was written."""
        return self.disk.commits

    def alarms(self) -> set[str]:
        """The kinds of alarms that stand."""
        return {alarm.kind for alarm in self.app.alarms.standing}


def _read(modem: str, tpdu: str, at: float) -> SMS:
    submit = decode(tpdu, has_smsc=False, direction="to_network")
    assert isinstance(submit, Submit)
    part = submit.concat.part if submit.concat else 1
    minutes = (submit.validity.octets[0] + 1) * 5 if submit.validity.octets else None
    return SMS(modem, submit.recipient.digits, part, submit.text or "", at - EPOCH, minutes)


@asynccontextmanager
async def gateway(
    folder: Path, *entries: ModemEntry, settings: dict[str, str] | None = None, ready: float = 1.0, **bench: Any
) -> AsyncIterator[Bench]:
    """A running gateway with these modems (default: one), `ready` seconds after its start."""
    clock = LoopClock(asyncio.get_running_loop().time, EPOCH)
    made = Bench(folder / "store.db", clock, Vault(bytes(range(32))), **bench)
    await made.begin()
    for entry in entries or (modem("east"),):
        await made.store.modems.add(entry)
    for name, value in (settings or {}).items():
        await made.store.registry.put_setting(name, value)
    await made.app.start()
    await asyncio.sleep(ready)
    try:
        yield made
    finally:
        made.disk.broken = False
        await made.app.stop(0.0)
        await made.store.close()


def modem(name: str, *prefixes: str, **fields: Any) -> ModemEntry:
    """A configured modem."""
    return ModemEntry(name, f"/dev/fake-{name}", prefixes=prefixes, **fields)


def sim(number: int) -> Identity:
    """What a modem with SIM `number` says: invented, and of no network."""
    return Identity(iccid=f"890010000000000{number:04d}", imsi=f"00101000000{number:04d}")


def queued(parts: int = 1, **fields: Any) -> Message:
    """A plain message that waits, accepted at 1000, alive until 1300."""
    first = Message(
        id="M1",
        account="shop",
        kind=Kind.SMS,
        klass=Class.NORMAL,
        receiver="6281200001234",
        created=1000.0,
        deadline=1300.0,
        policy=Policy.HOLD,
        segments=(Segment(),) * parts,
    )
    return replace(first, **fields)


def status(state: ModemState) -> LineStatus:
    """A status of nothing but a state."""
    return LineStatus(state)


READY = status(ModemState.READY)
ABSENT = status(ModemState.ABSENT)


class SilentLine:
    """A line that is there and does nothing; `run` waits until it is cancelled."""

    def __init__(self) -> None:
        self.status = ABSENT
        self.runs = 0
        self.fails: Exception | None = None

    async def run(self) -> None:
        self.runs += 1
        if self.fails is not None:
            raise self.fails
        await asyncio.Event().wait()

    async def send(self, submission: Submission, at_prompt: Any) -> Any:
        raise AssertionError("nothing is sent in this test")
