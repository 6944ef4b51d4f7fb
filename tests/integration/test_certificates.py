"""Certificates as files: the self-signed one, own ones that change or break, and what a handshake gets of them."""

from __future__ import annotations

import ipaddress
import os
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest
from certificates import common_name, unverified, write_pair
from cryptography import x509
from store_world import inline

from otppi.app.alarms import Alarms
from otppi.host import host_addresses, host_names
from otppi.intake.rest.certificate import Certificate
from otppi.intake.rest.tls import CannotUse, PemFiles, load
from otppi.security.self_signed import CertificateError, Subject, ensure_self_signed
from otppi.testing.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from otppi.store import SqliteStore

pytestmark = pytest.mark.process

DAY = 86_400.0
SUBJECT = Subject(("pi", "pi.local", "localhost"), (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")))


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None = None) -> ssl.SSLObject:
    """A handshake without a network; the client's side of it. Raises ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    done = [False, False]
    while not all(done):
        for place, side in enumerate((ours, theirs)):
            try:
                side.do_handshake()
                done[place] = True
            except ssl.SSLWantReadError:
                continue
    return ours


# -- the self-signed one -------------------------------------------------------------------------------------------


def test_the_self_signed_one_is_made_once_for_all_names_and_addresses(tmp_path: Path) -> None:
    now = time.time()
    pair = ensure_self_signed(tmp_path / "tls", SUBJECT, now)
    assert ensure_self_signed(tmp_path / "tls", SUBJECT, now) == pair
    certificate = x509.load_pem_x509_certificate(pair.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert tuple(names.get_values_for_type(x509.DNSName)) == SUBJECT.names
    assert tuple(names.get_values_for_type(x509.IPAddress)) == SUBJECT.addresses
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 825
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()} == {
        "self-signed.pem": 0o600,
        "self-signed.crt": 0o644,
    }
    assert b"PRIVATE" not in (tmp_path / "tls/self-signed.crt").read_bytes()


@pytest.mark.parametrize("name", [*SUBJECT.names, "127.0.0.1", "::1"])
def test_a_strict_client_that_trusts_it_takes_it_under_each_name(tmp_path: Path, name: str) -> None:
    pair = load(PemFiles(ensure_self_signed(tmp_path, SUBJECT, time.time())))
    client = ssl.create_default_context(cafile=os.fspath(tmp_path / "self-signed.crt"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert handshake(pair.context, client, name).version() == "TLSv1.3"


def test_it_is_renewed_thirty_days_before_its_end_and_where_it_cannot_be_read(tmp_path: Path) -> None:
    now = time.time()
    pair = ensure_self_signed(tmp_path, SUBJECT, now)
    first = pair.read_bytes()
    ends = load(PemFiles(pair)).ends
    ensure_self_signed(tmp_path, SUBJECT, ends - 31 * DAY)
    assert pair.read_bytes() == first
    ensure_self_signed(tmp_path, SUBJECT, ends - 29 * DAY)
    second = pair.read_bytes()
    assert second != first
    pair.write_bytes(b"what is this?")
    ensure_self_signed(tmp_path, SUBJECT, now)
    assert load(PemFiles(pair)).ends > now


def test_a_folder_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("a file where the folder should be")
    with pytest.raises(CertificateError, match=r"the certificate in .*tls cannot be written"):
        ensure_self_signed(tmp_path / "tls", SUBJECT, time.time())


def test_this_machine_has_names_and_addresses() -> None:
    assert "localhost" in host_names()
    assert host_addresses()[:2] == (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))


# -- what is spoken ------------------------------------------------------------------------------------------------


def test_old_versions_and_weak_ciphers_are_refused(tmp_path: Path) -> None:
    server = load(PemFiles(*write_pair(tmp_path, "own", kind="rsa"))).context
    two = unverified(maximum_version=ssl.TLSVersion.TLSv1_2)
    assert handshake(server, two).version() == "TLSv1.2"
    weak = unverified(maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        handshake(server, weak)
    assert server.minimum_version == ssl.TLSVersion.TLSv1_2


def test_what_is_no_pair_is_refused_in_words_and_never_asks_at_a_terminal(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path, "one")
    _, other = write_pair(tmp_path, "two")
    _, sealed = write_pair(tmp_path, "three", passphrase=b"secret")
    text = tmp_path / "text"
    text.write_text("-----BEGIN NOTHING-----")
    for files, reason in (
        (PemFiles(certificate, other), "the key does not belong to the certificate"),
        (PemFiles(certificate, sealed), "three.key is protected by a passphrase, which nobody can type"),
        (PemFiles(text, key), "text holds no certificate in PEM"),
        (PemFiles(certificate, text), "OpenSSL refuses the certificate or its key"),
        (PemFiles(certificate), "OpenSSL refuses the certificate or its key"),
        (PemFiles(tmp_path / "none", key), "none cannot be read: No such file"),
        (PemFiles(certificate, tmp_path / "none"), "none cannot be read: No such file"),
    ):
        with pytest.raises(CannotUse, match=reason):
            load(files)


# -- which one is served -------------------------------------------------------------------------------------------


class Door:
    """The certificate of a door, and its owner."""

    def __init__(self, store: SqliteStore, folder: Path) -> None:
        self.clock = FakeClock(time.time())
        self.alarms = Alarms(store.registry, self.clock)
        self.folder = folder
        self.certificate = Certificate(self.self_signed, self.clock.wall, self.alarms)

    def self_signed(self, now: float) -> Path:
        return ensure_self_signed(self.folder / "tls", SUBJECT, now)

    def serves(self) -> str:
        return common_name(handshake(self.certificate.context, unverified()).getpeercert(binary_form=True))

    async def looks(self, files: PemFiles | None, times: int = 2) -> bool:
        seen = [await self.certificate.refresh(files) for _ in range(times)]
        return seen[-1]

    def alarm(self, kind: str) -> str:
        return "".join(alarm.remedy for alarm in self.alarms.standing if alarm.kind == kind)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    store = inline(tmp_path / "store.db")
    yield Door(store, tmp_path)
    await store.close()


@pytest.mark.feature("F031")
async def test_a_pair_that_is_replaced_is_served_to_the_next_handshake_also_of_another_kind(
    door: Door, tmp_path: Path
) -> None:
    files = PemFiles(*write_pair(tmp_path, "own", kind="rsa"))
    assert await door.looks(files, 1)
    assert door.serves() == "own"
    for source, target in zip(write_pair(tmp_path, "newer"), (files.certificate, files.key), strict=True):
        assert target is not None
        source.replace(target)
    assert await door.looks(files)
    assert door.serves() == "newer"
    assert await door.looks(None)
    assert door.serves() == "pi"


async def test_a_pair_between_two_states_is_left_alone_until_it_rests(door: Door, tmp_path: Path) -> None:
    files = PemFiles(*write_pair(tmp_path, "own"))
    await door.looks(files)
    certificate, key = write_pair(tmp_path, "newer")
    certificate.replace(files.certificate)
    await door.looks(files, 1)
    assert files.key is not None
    key.replace(files.key)
    await door.looks(files, 1)
    assert (door.serves(), door.alarm("certificate")) == ("own", "")
    await door.looks(files, 1)
    assert (door.serves(), door.alarm("certificate")) == ("newer", "")


async def test_a_broken_pair_is_an_alarm_and_the_old_one_stays(door: Door, tmp_path: Path) -> None:
    files = PemFiles(*write_pair(tmp_path, "own"))
    await door.looks(files)
    whole = files.certificate.read_bytes()
    files.certificate.write_bytes(b"broken")
    assert await door.looks(files)
    assert door.serves() == "own"
    assert door.alarm("certificate").startswith(f"the certificate cannot be used: {files.certificate} holds no")
    assert door.alarm("certificate").endswith("; the one before is still served")
    files.certificate.write_bytes(whole)
    assert await door.looks(files)
    assert door.alarm("certificate") == ""


async def test_nothing_is_served_before_there_is_something_whole(door: Door, tmp_path: Path) -> None:
    files = PemFiles(tmp_path / "later.crt", tmp_path / "later.key")
    assert not await door.looks(files, 1)
    assert door.alarm("certificate").endswith("HTTPS is not served until it is mended")
    write_pair(tmp_path, "later")
    assert await door.looks(files, 1)
    assert (door.serves(), door.alarm("certificate")) == ("later", "")
    files.certificate.write_bytes(b"broken")
    await door.looks(files)
    assert door.alarm("certificate")
    door.certificate.forget()
    assert door.alarm("certificate") == ""
    assert not await door.looks(files, 1), "what was served before HTTPS was off is not served again"


async def test_a_self_signed_one_that_cannot_be_made_is_an_alarm_until_it_can(door: Door) -> None:
    (door.folder / "tls").write_text("a file where the folder should be")
    assert not await door.looks(None)
    assert "cannot be written" in door.alarm("certificate")
    (door.folder / "tls").unlink()
    assert await door.looks(None, 1)
    assert door.alarm("certificate") == ""


async def test_a_self_signed_one_is_renewed_while_it_is_served(door: Door) -> None:
    await door.looks(None)
    first = handshake(door.certificate.context, unverified()).getpeercert(binary_form=True)
    door.clock.advance(796 * DAY)
    await door.looks(None)
    second = handshake(door.certificate.context, unverified()).getpeercert(binary_form=True)
    assert first != second
    assert door.alarm("certificate_ends") == ""


async def test_an_own_one_that_ends_is_an_alarm_in_time(door: Door, tmp_path: Path) -> None:
    files = PemFiles(*write_pair(tmp_path, "own", days=31))
    await door.looks(files)
    assert door.alarm("certificate_ends") == ""
    door.clock.advance(2 * DAY)
    await door.looks(files, 1)
    assert door.alarm("certificate_ends").startswith("the certificate of HTTPS ends on 2")
    await door.looks(None)
    assert door.alarm("certificate_ends") == ""


@pytest.mark.parametrize(("mode", "open_"), [(0o600, False), (0o640, False), (0o644, True), (0o660, True)])
async def test_a_key_that_is_open_to_others_is_an_alarm_until_it_is_not(
    door: Door, tmp_path: Path, mode: int, *, open_: bool
) -> None:
    certificate, key = write_pair(tmp_path, "own")
    key.chmod(mode)
    assert await door.looks(PemFiles(certificate, key))
    assert door.alarm("certificate_key").endswith(f"`chmod 600 {key}`") is open_
    key.chmod(0o600)
    await door.looks(PemFiles(certificate, key))
    assert door.alarm("certificate_key") == ""


def test_a_key_is_not_in_the_words_of_a_pair(tmp_path: Path) -> None:
    shown: Any = repr(load(PemFiles(*write_pair(tmp_path, "own"))))
    assert "BEGIN" not in shown
