"""The boot file and the precedence of what a start is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from otppi.config import BootFile, InvalidBootFile, Listen, ServeOptions, listen, parse_boot_file
from otppi.domain.settings import Settings

DATA = Path("/data")


def test_every_key_is_read() -> None:
    text = """
        host = "192.0.2.1"
        api_port = 8080
        admin_port = 0
        key_file = "/etc/otppi/key"
        imei_write = true
        usb_reset = "power"
        usb_hubs = ["1-1", "1-1.2"]
        [clock]
        require_sync = true
        [webhook]
        plain_hosts = ["intra.example", "192.0.2.9"]
    """
    key = Path("/etc/otppi/key")
    hosts = ("intra.example", "192.0.2.9")
    assert parse_boot_file(text) == BootFile(
        "192.0.2.1",
        8080,
        0,
        key,
        imei_write=True,
        require_sync=True,
        plain_hosts=hosts,
        usb_reset="power",
        usb_hubs=("1-1", "1-1.2"),
    )


def test_an_empty_boot_file_says_nothing_and_touches_no_usb() -> None:
    assert parse_boot_file("") == BootFile()
    assert BootFile().usb_reset == "off"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hots = 'x'", "unknown key hots"),
        ("[clock]\nsync = true", r"unknown key clock\.sync"),
        ("[clock]", "unknown key clock"),
        ("api_port = 65536", "api_port must be a whole number from 0 to 65535"),
        ("api_port = true", "api_port must be a whole number"),
        ("api_port = '80'", "api_port must be a whole number"),
        ("imei_write = 1", "imei_write must be true or false"),
        ("key_file = 'key'", "key_file must be an absolute path"),
        ("host = ''", "host must be a text"),
        ("webhook.plain_hosts = 'x'", r"webhook\.plain_hosts must be a list"),
        ("webhook.plain_hosts = [1]", r"webhook\.plain_hosts must be a text"),
        ("usb_reset = true", "usb_reset must be one of off, authorise, power"),
        ("usb_reset = 'on'", "usb_reset must be one of"),
        ("usb_hubs = '1-1'", "usb_hubs must be a list of USB hubs"),
        ("usb_hubs = ['usb1']", "usb_hubs must be a list of USB hubs"),
        ("usb_hubs = [1]", "usb_hubs must be a list of USB hubs"),
        ("host = ", "not TOML"),
    ],
)
def test_what_breaks_a_rule_refuses_the_start_by_key(text: str, complaint: str) -> None:
    with pytest.raises(InvalidBootFile, match=complaint):
        parse_boot_file(text)


def test_flag_beats_boot_file_beats_setting_beats_default() -> None:
    settings = Settings.of({"api.http_port": "7000"})
    boot = BootFile(host="192.0.2.1", api_port=8000, admin_port=8001)
    told = ServeOptions(DATA, host="127.0.0.2", api_port=0, admin_port=9001)
    assert listen(told, boot, settings) == Listen("127.0.0.2", 0, 9001, fixed=True)
    assert listen(ServeOptions(DATA), boot, settings) == Listen("192.0.2.1", 8000, 8001, fixed=True)
    assert listen(ServeOptions(DATA), BootFile(), settings) == Listen("127.0.0.1", 7000, 8888)
    assert not listen(told, boot, Settings()).fixed, "a setting that was never set is not overruled"
    assert listen(ServeOptions(DATA), BootFile(), Settings()) == Listen("127.0.0.1", 8899, 8888)
