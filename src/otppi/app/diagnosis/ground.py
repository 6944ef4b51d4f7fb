"""Verdicts on what the gateway stands on: its directory, key, disk and store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.app.diagnosis.finding import Finding

if TYPE_CHECKING:
    from otppi.ports.diagnosis import FolderFacts, KeyFacts, StoreFacts, SyncFacts

DISK_ALARM: Final = 0.80
DISK_REFUSAL: Final = 0.95
SLOW_SYNC: Final = 0.05
SLOWEST_SYNC: Final = 1.0
_MEGABYTE: Final = 1_000_000


def directory(facts: FolderFacts) -> Finding:
    """The data directory and its rights."""
    name = "data directory"
    if not facts.there:
        return Finding(name, "problem", f"{facts.path} is not there", "check --data-dir, or start the gateway once")
    if facts.owner != facts.us:
        remedy = f"run the doctor as that user: sudo -u {facts.owner} otppi doctor ..."
        return Finding(name, "problem", f"{facts.path} belongs to {facts.owner}, and you are {facts.us}", remedy)
    if not facts.writable:
        return Finding(name, "problem", f"{facts.path} cannot be written to", "is the disk mounted read-only?")
    if facts.open_to_others:
        return Finding(name, "warning", f"{facts.path} is open to other users", f"chmod 700 {facts.path}")
    return Finding(name, "ok", f"{facts.path}, for {facts.owner} only")


def key_file(facts: KeyFacts, store: StoreFacts) -> Finding:
    """The key: readable, well placed, and the one the store was written under."""
    name = "key file"
    if facts.error:
        return Finding(
            name, "problem", facts.error, "give the right one with --key-file, or bring it back from a backup"
        )
    if store.key_id and store.key_id != facts.key_id:
        says = f"{facts.path} holds the key {facts.key_id}, the store belongs to {store.key_id}"
        return Finding(
            name, "problem", says, "give the right key file; `otppi key replace` starts anew and loses codes"
        )
    return Finding(name, "ok", f"{facts.path}, key {facts.key_id}")


def disk_space(share: float) -> Finding:
    """`share` of the disk is used, 0 to 1."""
    says = f"{share:.0%} used"
    if share >= DISK_REFUSAL:
        return Finding("disk space", "problem", f"{says}: nothing more is accepted", "free space on this disk")
    if share >= DISK_ALARM:
        remedy = "free space before it is at 95 %; `otppi purge --vacuum` helps where the store is large"
        return Finding("disk space", "warning", says, remedy)
    return Finding("disk space", "ok", says)


def disk_speed(facts: SyncFacts) -> Finding:
    """How long a small write takes until it is safe. Each message waits for some of these."""
    if facts.error:
        return Finding("disk speed", "warning", f"could not be measured: {facts.error}", "see the other findings")
    says = f"a synced write takes {facts.middle * 1000:.1f} ms, {facts.worst * 1000:.0f} ms at worst"
    if facts.middle > SLOW_SYNC or facts.worst > SLOWEST_SYNC:
        remedy = "use an SSD or a card made for random writes (A2); many requests a second will wait for this disk"
        return Finding("disk speed", "warning", says, remedy)
    return Finding("disk speed", "ok", says)


def store(facts: StoreFacts) -> Finding:
    """Whether the store can be read and is whole."""
    if facts.error:
        return Finding(
            "store", "problem", f"it cannot be read: {facts.error}", "restore it from a backup if it stays so"
        )
    if facts.damage:
        return Finding("store", "problem", f"it is damaged: {facts.damage}", "stop the gateway, restore a backup")
    size = f"{facts.octets / _MEGABYTE:.1f} MB"
    if facts.damage is None and 0 < facts.found <= facts.known:
        return Finding("store", "ok", f"{size}, too large to be checked while the gateway works")
    return Finding("store", "ok", f"{size}, whole")


def store_version(facts: StoreFacts) -> Finding:
    """Whether this program knows the store's version."""
    says = f"version {facts.found}, this program knows {facts.known}"
    if facts.found > facts.known:
        return Finding("store version", "problem", says, "use the newer program that wrote it")
    if facts.found < facts.known:
        return Finding("store version", "ok", f"{says}: the next start brings it up to date")
    return Finding("store version", "ok", says)
