"""How the owner's words about a modem are read: port, prefixes, line settings, SIM PIN. Pure but for `Refused`."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from otppi.app.acquaintance import FORGOTTEN
from otppi.app.operations.names import quoted
from otppi.domain.limits import HIGHEST
from otppi.domain.msisdn import InvalidNumber, normalise, normalise_prefix
from otppi.domain.setting_kinds import Flag, NotOfKind
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.domain.secret import Secret
    from otppi.domain.settings import Settings

BAUD_RATES: Final = (1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600)
PARITIES: Final = "NOEMS"

_PATH: Final = re.compile(r"/[^\s\x00-\x1f\x7f]*[^\s/\x00-\x1f\x7f]")
_TCP: Final = re.compile(r"tcp://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):(?P<port>\d{1,5})", re.ASCII)
_PIN: Final = re.compile(r"\d{4,8}", re.ASCII)
_LEARNED: Final = (
    "manufacturer",
    "model",
    "revision",
    "profile",
    "msisdn",
    "imsi",
    "iccid",
    "operator",
    "signal",
    "sim",
    "state",
    "queue",
    "number",
)


def read_port(text: str) -> str:
    """`/dev/ttyUSB0`, any absolute path, or `tcp://host:port`. Raises Refused."""
    if _PATH.fullmatch(text) and len(text) <= 4096:
        return text
    found = _TCP.fullmatch(text)
    if found and 1 <= int(found["port"]) <= 65_535 and _is_host(found["host"]):
        return text
    raise Refused("a port is an absolute path such as /dev/ttyUSB0, or tcp://host:port")


def read_prefixes(text: str, settings: Settings) -> tuple[str, ...]:
    """Comma separated prefixes, each stored as the receivers are (0871 becomes 62871). Raises Refused."""
    try:
        found = [normalise_prefix(part, settings.country_code) for part in text.split(",") if part.strip()]
    except InvalidNumber as rule:
        raise Refused(str(rule)) from None
    return tuple(dict.fromkeys(found))


def prefix_notices(prefixes: tuple[str, ...], settings: Settings) -> list[str]:
    """What the owner should know about prefixes longer than the part of a number that is looked at."""
    length = settings.prefix_length
    return [
        f"prefix {prefix} takes part with its first {length} digits, {prefix[:length]} (sms.prefix_length)"
        for prefix in prefixes
        if len(prefix) > length
    ]


def read_pin(pin: Secret[str]) -> Secret[str]:
    """A SIM PIN of 4 to 8 digits (TS 31.101 9.5.1). Raises Refused, without the PIN."""
    if not _PIN.fullmatch(pin.reveal()):
        raise Refused("a SIM PIN has 4 to 8 digits")
    return pin


def read_baud(baud: int) -> int:
    """A rate serial ports have. Raises Refused."""
    if baud not in BAUD_RATES:
        raise Refused(f"a baud rate is one of {', '.join(map(str, BAUD_RATES))}")
    return baud


def read_field(key: str, text: str, settings: Settings) -> dict[str, object]:
    """What `modem set NAME key=text` changes of the entry. Raises Refused."""
    if key == "pin":
        raise Refused("the PIN is never an argument, others on this machine could read it: use --pin-stdin")
    if key in _LEARNED:
        raise Refused(f"{key} is what the modem or its SIM says and cannot be set")
    if key not in _FIELDS:
        raise Refused(f"a modem has no {quoted(key)}; it has {', '.join(_FIELDS)}")
    return _FIELDS[key](text.strip(), settings)


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return True
    try:
        return bool(ipaddress.IPv6Address(host[1:-1]))
    except ValueError:
        return False


def _flag(field: str) -> Callable[[str, Settings], dict[str, object]]:
    def read(text: str, _settings: Settings) -> dict[str, object]:
        try:
            return {field: Flag().parse(text)}
        except NotOfKind as rule:
            raise Refused(f"{field} must be {rule}") from None

    return read


def _baud(text: str, _settings: Settings) -> dict[str, object]:
    return {"baud": read_baud(int(text) if re.fullmatch(r"\d{1,7}", text, re.ASCII) else 0)}


def _parity(text: str, _settings: Settings) -> dict[str, object]:
    if len(text) != 1 or text.upper() not in PARITIES:
        raise Refused("a parity is N (none), O (odd), E (even), M (mark) or S (space)")
    return {"parity": text.upper()}


def _stop_bits(text: str, _settings: Settings) -> dict[str, object]:
    if text not in ("1", "2"):
        raise Refused("there are 1 or 2 stop bits")
    return {"stop_bits": int(text)}


def _start_bits(text: str, _settings: Settings) -> dict[str, object]:
    if text != "1":
        raise Refused("a serial line has exactly 1 start bit: no port can be told another number")
    return {}


def _imei(text: str, _settings: Settings) -> dict[str, object]:
    if text not in ("", "any"):
        raise Refused("imei is what the modem says and cannot be set; imei=any accepts the modem that is there now")
    return dict(FORGOTTEN)


def _smsc(text: str, settings: Settings) -> dict[str, object]:
    try:
        return {"smsc": normalise(text, settings.country_code) if text else ""}
    except InvalidNumber as rule:
        raise Refused(f"the SMS centre {rule}") from None


def _limit(field: str) -> Callable[[str, Settings], dict[str, object]]:
    def read(text: str, _settings: Settings) -> dict[str, object]:
        most = 0 if text == "none" else int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else -1
        if not 0 <= most <= HIGHEST:
            raise Refused(f"{field} is the most SMS of its SIM: 1 to {HIGHEST}, or none")
        return {field: most}

    return read


_FIELDS: Final[Mapping[str, Callable[[str, Settings], dict[str, object]]]] = {
    "port": lambda text, _settings: {"port": read_port(text)},
    "prefix": lambda text, settings: {"prefixes": read_prefixes(text, settings)},
    "default": _flag("default"),
    "api": _flag("api"),
    "internet": _flag("internet"),
    "active": _flag("active"),
    "baud": _baud,
    "parity": _parity,
    "start_bits": _start_bits,
    "stop_bits": _stop_bits,
    "smsc": _smsc,
    "imei": _imei,
    "limit_minute": _limit("limit_minute"),
    "limit_hour": _limit("limit_hour"),
    "limit_day": _limit("limit_day"),
}
