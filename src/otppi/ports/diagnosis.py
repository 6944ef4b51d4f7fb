"""What the doctor learns of a machine before it judges: facts without opinions.

`error` says in words why something could not be looked at; empty where it could.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """The data directory. `owner` is the name of its user, `us` of the one who asks."""

    path: str
    there: bool = True
    owner: str = ""
    us: str = ""
    open_to_others: bool = False
    writable: bool = True


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The key file; `key_id` names the key in it."""

    path: str
    key_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class KnownModem:
    """A modem that is to be driven."""

    name: str
    port: str


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """The store. `found` is its version and `known` the newest this program knows; `damage` what SQLite found wrong,
    None where it was not asked; `alarms` are (kind, object, severity, remedy)."""

    known: int
    found: int = 0
    octets: int = 0
    damage: str | None = None
    key_id: str = ""
    newest: float = 0.0
    settings: Mapping[str, str] = field(default_factory=dict)
    modems: tuple[KnownModem, ...] = ()
    alarms: tuple[tuple[str, str, str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """How long the disk takes to write a little and sync it, in seconds: in the middle and at worst."""

    middle: float = 0.0
    worst: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """Times in Unix seconds: the wall clock, when this program was built, the newest in the store. `synchronised`: the
    kernel was told the right time since the machine started."""

    wall: float
    built: float
    newest: float
    synchronised: bool


@dataclass(frozen=True, slots=True)
class PortFacts:
    """A serial port. `group` owns it and `in_group` says whether we are of it; `holder` is another program that has it
    open, as far as one may know."""

    path: str
    there: bool = True
    usable: bool = True
    group: str = ""
    in_group: bool = True
    holder: str = ""


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What runs this program: versions as tuples, `bits` of its addresses."""

    python: tuple[int, int, int]
    sqlite: tuple[int, ...]
    bits: int
    libraries: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate of HTTPS: until when it is good, in Unix seconds. `open_key`: the file of its key, where that is
    open to others than its owner and group."""

    path: str
    until: float = 0.0
    error: str = ""
    open_key: str = ""
