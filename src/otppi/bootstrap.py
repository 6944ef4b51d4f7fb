"""The composition root: the only place that knows every implementation and puts them together.

`serve` runs the gateway until it is told to stop; `offline` opens the store for one command while no gateway runs.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import otppi
from otppi import logs
from otppi.app.housekeeping import CLOCK_FACT
from otppi.app.operations.context import Context
from otppi.app.operations.table import Operations
from otppi.clock import GatewayClock
from otppi.config import BootFile, InvalidBootFile, ServeOptions, listen, read_boot_file
from otppi.host import (
    DirectoryError,
    DirectoryLock,
    SmsFiles,
    disk_use,
    harden,
    host_addresses,
    host_names,
    prepare_directory,
    process_use,
    remove_ports,
    write_ports,
)
from otppi.ports.store import StoreUnavailable
from otppi.security import SecurityError, Vault, default_key_file
from otppi.security.passwords import hash_password
from otppi.store import SqliteStore, StoreError, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from otppi.app.application import Application
    from otppi.app.configuration import Part
    from otppi.domain.subscriber import Subscriber
    from otppi.intake.rest.asgi import App
    from otppi.intake.rest.listeners import Listeners
    from otppi.modems import Owned
    from otppi.ports.detector import Detection, Detector
    from otppi.ports.modem import LineEvents, LineSettings

log = logging.getLogger(__name__)

STORE_FILE = "otppi.db"
_random = random.SystemRandom()
_GARBAGE = (50_000, 20, 100)
"""When the collector looks for cycles, of which there are few. With a long queue a look at everything takes 50 ms, and
by Python's own thresholds there are many: create-otp with 30,000 waiting had its p99 at 50 ms, with these at 32 ms."""


class CannotStart(Exception):
    """The gateway or a command cannot begin; the message is one sentence for the owner."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The opened data directory: what every command and the gateway stand on."""

    data_dir: Path
    store: SqliteStore
    vault: Vault
    boot: BootFile

    async def clock(self) -> GatewayClock:
        """Gateway time, continued from what the store remembers."""
        registry = self.store.registry
        return GatewayClock(
            newest_in_store=await registry.newest_time(),
            build_time=otppi.BUILD_TIME,
            mark=await registry.fact(CLOCK_FACT),
            require_sync=self.boot.require_sync,
        )


@contextmanager
def ground(data_dir: Path, key_file: Path | None, config: Path | None = None) -> Iterator[Ground]:
    """Harden the process, lock the directory, read the key, open the store. Raises CannotStart.

    A key is made only together with a new store: a store whose key file is missing refuses to open.
    """
    try:
        harden()
        boot = read_boot_file(config)
        prepare_directory(data_dir)
        with DirectoryLock(data_dir):
            path = data_dir / STORE_FILE
            key = key_file or boot.key_file or default_key_file(data_dir)
            vault = Vault.from_file(key, data_dir=data_dir, create=not path.exists())
            yield Ground(data_dir, open_store(path, key_id=vault.key_id), vault, boot)
    except (DirectoryError, InvalidBootFile, SecurityError, StoreError, StoreUnavailable) as error:
        raise CannotStart(str(error)) from error


@asynccontextmanager
async def offline(data_dir: Path, key_file: Path | None) -> AsyncIterator[Operations]:
    """The owner's operations on a directory no gateway runs in. Raises CannotStart."""
    with ground(data_dir, key_file) as base:
        try:
            clock = await base.clock()
            yield Operations(Context(base.store, base.vault, clock, hash_password, detector=_Ports(), check=_check))
        finally:
            await base.store.close()


async def _check(subscriber: Subscriber) -> None:
    """Try a subscriber's broker; what it needs is imported only now."""
    from otppi.intake.brokers.factory import check

    await check(subscriber)


class _Ports:
    """Implements `ports.detector.Detector` for a command; what it needs is imported only where ports are asked."""

    def device(self, port: str) -> str:
        """See the port."""
        return os.path.realpath(port)

    async def detect(
        self, folders: tuple[str, ...], lines: tuple[LineSettings, ...], left_alone: Mapping[str, str]
    ) -> Detection:
        """See the port."""
        from otppi.modems import PortDetector, PortsInUse

        return await PortDetector(PortsInUse()).detect(folders, lines, left_alone)


def serve(options: ServeOptions) -> int:
    """Run the gateway until SIGTERM or SIGINT; the exit status. Errors are one sentence on stderr."""
    import uvloop

    try:
        with ground(options.data_dir, options.key_file, options.config) as base:
            return uvloop.run(_serve(options, base))
    except CannotStart as error:
        sys.stderr.write(f"otppi: {error}\n")
        return 1


async def _serve(options: ServeOptions, base: Ground) -> int:
    from otppi.app.application import Application, Outside
    from otppi.intake.brokers.factory import connect
    from otppi.modems import Finder, PortDetector, PortsInUse, SerialModem, around
    from otppi.usb.switch import UsbSwitch

    clock = await base.clock()
    sms_files = SmsFiles(base.data_dir / "reports" / "outbox")
    power = None if base.boot.usb_reset == "off" else UsbSwitch(base.boot.usb_reset, base.boot.usb_hubs)

    def open_line(settings: LineSettings, events: LineEvents) -> SerialModem:
        return SerialModem(
            settings,
            events,
            connect=finder.connect,
            look=finder.look,
            admit=finder.admits,
            pins=application.pins,
            power=power,
        )

    application = Application(
        Outside(
            store=base.store,
            vault=base.vault,
            clock=clock,
            open_line=open_line,
            disk_used=lambda: disk_use(base.data_dir).share,
            clock_mark=clock.mark,
            process_use=process_use,
            sms_log=sms_files,
            connect=connect,
            chance=_random.random,
        )
    )
    base.store.watch(application.meter.store.committed)
    in_use = PortsInUse()
    finder = Finder(
        in_use, lambda: _owned(application), lambda port: asyncio.to_thread(around, port), application.acquaintance
    )
    stop = _StopSignals()
    remove_ports(base.data_dir)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(base.store.close)
        stack.callback(sms_files.close)
        await application.configuration.load()
        _set_up_log(application)
        with _collector_paused():
            await application.start()
        stack.push_async_callback(application.stop, 0.0)
        watching = asyncio.create_task(application.meter.process.run(), name="event loop's watch")
        stack.callback(watching.cancel)
        await _open_doors(options, base, application, clock, PortDetector(in_use), stack)
        log.info("gateway ready version=%s", otppi.__version__)
        failed = await _told_to_stop(application, stop)
        log.info("stopping")
        await _end(application, stop)
    return 1 if failed else 0


def _owned(application: Application) -> Owned:
    """The configured modems as the finder knows them."""
    from otppi.modems import Owned

    alone = (entry.port for entry in application.configuration.modems if entry.internet)
    return Owned(application.acquaintance.identities(), tuple(alone))


async def _told_to_stop(application: Application, stop: _StopSignals) -> bool:
    """Wait for a signal, or for a part to die; True for the latter."""
    waits = {asyncio.create_task(stop.wait()), asyncio.create_task(application.died.wait())}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    return application.died.is_set()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Take over a long queue without looking for garbage again and again, nor in later full collections: what is made
    here lives long. With 100,000 messages that is a second and a half of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        gc.enable()


async def _open_doors(
    options: ServeOptions,
    base: Ground,
    application: Application,
    clock: GatewayClock,
    detector: Detector,
    stack: AsyncExitStack,
) -> None:
    from otppi.app.live import Live
    from otppi.app.sign_in import SignIn
    from otppi.app.v1.desks import desks
    from otppi.control.server import ControlServer
    from otppi.intake.rest.assembly import rest_app
    from otppi.intake.rest.server import CannotListen
    from otppi.intake.rest.settings import RestSettings
    from otppi.security.passwords import Passwords

    def rest_settings() -> RestSettings:
        settings = application.configuration.settings
        return RestSettings(settings.paths, settings.four_digits)

    rest = [rest_settings()]
    application.on_reload.append(lambda _part: rest.__setitem__(0, rest_settings()))
    passwords = Passwords()
    stack.callback(passwords.close)
    sign_in = SignIn(application.configuration.account, passwords, application.bearer)
    door = rest_app(application.gateway, sign_in, lambda: rest[0], desks(application))
    listeners = _listeners(door, options, base, application, clock)
    application.on_reload.append(lambda _part: listeners.look())
    try:
        await listeners.start()
    except CannotListen as error:
        raise CannotStart(str(error)) from error
    stack.push_async_callback(listeners.stop, 1.0)
    live = Live(application, base.store.outbox)
    changes = _Changes(application)
    context = Context(
        base.store,
        base.vault,
        clock,
        hash_password,
        changed=changes.note,
        live=live,
        detector=detector,
        limits=application.limits,
        check=_check,
    )
    await stack.enter_async_context(ControlServer(base.data_dir / "run", Operations(context).call))
    stack.callback(remove_ports, base.data_dir)
    keeping = asyncio.create_task(listeners.run(), name="listeners")
    stack.push_async_callback(_ended, keeping)


def _listeners(
    door: App, options: ServeOptions, base: Ground, application: Application, clock: GatewayClock
) -> Listeners:
    from otppi.intake.rest.certificate import Certificate
    from otppi.intake.rest.listeners import Listeners, Wanted
    from otppi.intake.rest.tls import PemFiles
    from otppi.security.self_signed import Subject, ensure_self_signed

    def wanted() -> Wanted:
        settings = application.configuration.settings
        where = listen(options, base.boot, settings)
        own = settings.https_certificate
        return Wanted(
            api=where.api_port if settings.http_enabled else None,
            https=settings.https_port if settings.https_enabled else None,
            files=PemFiles(Path(own), Path(settings.https_key) if settings.https_key else None) if own else None,
            clear_ok=settings.http_clear_ok,
            fixed=where.fixed,
        )

    def self_signed(now: float) -> Path:
        return ensure_self_signed(base.data_dir / "tls", Subject(host_names(), host_addresses()), now)

    return Listeners(
        door,
        listen(options, base.boot, application.configuration.settings).host,
        wanted=wanted,
        certificate=Certificate(self_signed, lambda: max(clock.wall(), otppi.BUILD_TIME), application.alarms),
        alarms=application.alarms,
        announce=lambda ports: write_ports(
            base.data_dir, {"api": ports["api"], "https": ports["https"], "admin": None}
        ),
    )


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel it and wait until it is over."""
    task.cancel()
    await asyncio.wait({task})


def _set_up_log(application: Application) -> None:
    settings = application.configuration.settings
    logs.set_up(settings.log_level, settings.log_format)


async def _end(application: Application, stop: _StopSignals) -> None:
    """Let sends in flight end; a second signal means now."""
    grace = application.configuration.settings.stop_grace
    ending = asyncio.create_task(application.stop(grace), name="stop")
    again = asyncio.create_task(stop.wait_again(), name="second signal")
    await asyncio.wait({ending, again}, return_when=asyncio.FIRST_COMPLETED)
    again.cancel()
    if not ending.done():
        ending.cancel()
        await application.stop(0.0)


class _Changes:
    """Applies what the owner changed, one change after the other."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()

    def note(self, part: Part) -> None:
        """Something of `part` was committed: apply it at once."""
        task = asyncio.create_task(self._apply(part), name=f"apply {part}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _apply(self, part: Part) -> None:
        async with self._lock:
            await self._application.changed(part)
        if part == "settings":
            _set_up_log(self._application)


class _StopSignals:
    """SIGTERM and SIGINT, counted."""

    def __init__(self) -> None:
        self._first = asyncio.Event()
        self._second = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._heard)

    def _heard(self) -> None:
        (self._second if self._first.is_set() else self._first).set()

    async def wait(self) -> None:
        """Until the first signal."""
        await self._first.wait()

    async def wait_again(self) -> None:
        """Until the second."""
        await self._second.wait()
