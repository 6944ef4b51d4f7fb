"""The machine the gateway runs on: process hygiene, the data directory and its lock, disk space."""

from __future__ import annotations

from otppi.host.addresses import host_addresses, host_names
from otppi.host.directory import (
    AlreadyRunning,
    DirectoryError,
    DirectoryLock,
    prepare_directory,
    remove_ports,
    write_ports,
)
from otppi.host.disk import ALARM_SHARE, REFUSE_SHARE, DiskUse, disk_use
from otppi.host.process import harden, process_use
from otppi.host.sms_log import SmsFiles

__all__ = [
    "ALARM_SHARE",
    "REFUSE_SHARE",
    "AlreadyRunning",
    "DirectoryError",
    "DirectoryLock",
    "DiskUse",
    "SmsFiles",
    "disk_use",
    "harden",
    "host_addresses",
    "host_names",
    "prepare_directory",
    "process_use",
    "remove_ports",
    "write_ports",
]
