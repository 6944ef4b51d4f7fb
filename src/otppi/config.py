"""The boot file and the options of a start: what the console must not change (decisions 8, Boot file).

Precedence: flag > environment (OTPPI_DATA_DIR, OTPPI_KEY_FILE; the command line reads these two) > boot file >
setting > default. What may change while the gateway runs is a setting (`otppi.domain.settings`), never here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from otppi.ports.power import Reach
from otppi.usb.helper import DEVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.domain.settings import Settings

DEFAULT_BOOT_FILE: Final = Path("/etc/otppi/otppi.toml")
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_ADMIN_PORT: Final = 8888


class InvalidBootFile(Exception):
    """The boot file cannot be read or breaks a rule; the message names the file, the key and the rule."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What `otppi serve` was told by flags and environment; None where it was told nothing. Port 0 is a free one."""

    data_dir: Path
    host: str | None = None
    api_port: int | None = None
    admin_port: int | None = None
    key_file: Path | None = None
    config: Path | None = None


@dataclass(frozen=True, slots=True)
class BootFile:
    """What the boot file says; None where it says nothing. `plain_hosts` may get webhooks by plain HTTP.

    `usb_reset`: how far a modem's USB device may be reset. `usb_hubs`: the hubs that switch their ports one by one.
    """

    host: str | None = None
    api_port: int | None = None
    admin_port: int | None = None
    key_file: Path | None = None
    imei_write: bool = False
    require_sync: bool = False
    plain_hosts: tuple[str, ...] = ()
    usb_reset: Reach = "off"
    usb_hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the gateway listens, every source considered. Port 0 is a free one. `fixed`: the HTTP port comes from the
    start, and the setting names another one."""

    host: str
    api_port: int
    admin_port: int
    fixed: bool = False


def listen(options: ServeOptions, boot: BootFile, settings: Settings) -> Listen:
    """The addresses in force: flag > boot file > setting > default."""
    api = _first(options.api_port, boot.api_port, settings.http_port)
    admin = _first(options.admin_port, boot.admin_port, DEFAULT_ADMIN_PORT)
    fixed = api != settings.values.get("api.http_port", api)
    return Listen(options.host or boot.host or DEFAULT_HOST, api, admin, fixed)


def read_boot_file(path: Path | None) -> BootFile:
    """The boot file at `path`, or, for None, the default one if it is there. Raises InvalidBootFile."""
    if path is None and not DEFAULT_BOOT_FILE.exists():
        return BootFile()
    path = path or DEFAULT_BOOT_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as broken:
        reason = broken.strerror if isinstance(broken, OSError) else "it is not UTF-8 text"
        raise InvalidBootFile(f"the boot file {path} cannot be read: {reason}") from None
    try:
        return parse_boot_file(text)
    except InvalidBootFile as broken:
        raise InvalidBootFile(f"the boot file {path}: {broken}") from None


def parse_boot_file(text: str) -> BootFile:
    """The boot file from its TOML text. Raises InvalidBootFile, naming the key."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise InvalidBootFile(f"not TOML: {broken}") from None
    boot = BootFile()
    for key, value in _flat(table).items():
        if key not in _KEYS:
            raise InvalidBootFile(f"unknown key {key} (known: {', '.join(_KEYS)})")
        field, read = _KEYS[key]
        boot = replace(boot, **{field: read(key, value)})
    return boot


def _first(*candidates: int | None) -> int:
    return next(candidate for candidate in candidates if candidate is not None)


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _port(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 65_535:
        raise InvalidBootFile(f"{key} must be a whole number from 0 to 65535")
    return value


def _switch(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidBootFile(f"{key} must be true or false")
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise InvalidBootFile(f"{key} must be a text")
    return value.strip()


def _absolute(key: str, value: object) -> Path:
    path = Path(_text(key, value))
    if not path.is_absolute():
        raise InvalidBootFile(f"{key} must be an absolute path")
    return path


def _hosts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InvalidBootFile(f"{key} must be a list of host names")
    return tuple(_text(key, host) for host in value)


def _reach(key: str, value: object) -> Reach:
    for reach in get_args(Reach):
        if value == reach:
            found: Reach = reach
            return found
    raise InvalidBootFile(f"{key} must be one of {', '.join(get_args(Reach))}")


def _hubs(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(hub, str) and DEVICE.fullmatch(hub) for hub in value):
        raise InvalidBootFile(f"{key} must be a list of USB hubs by their sysfs names, such as 1-1.2")
    return tuple(value)


_KEYS: Final[Mapping[str, tuple[str, Callable[[str, object], Any]]]] = {
    "host": ("host", _text),
    "api_port": ("api_port", _port),
    "admin_port": ("admin_port", _port),
    "key_file": ("key_file", _absolute),
    "imei_write": ("imei_write", _switch),
    "clock.require_sync": ("require_sync", _switch),
    "webhook.plain_hosts": ("plain_hosts", _hosts),
    "usb_reset": ("usb_reset", _reach),
    "usb_hubs": ("usb_hubs", _hubs),
}
