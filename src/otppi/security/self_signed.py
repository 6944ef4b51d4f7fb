"""The certificate the gateway signs for itself, for HTTPS without a certificate of the owner's.

One PEM file holds certificate and key, so that a new pair takes the place of the old one in a single step; the
certificate alone lies beside it, for clients that are told to trust it. An own file is never touched here.
"""

from __future__ import annotations

import datetime
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from otppi.security.errors import SecurityError

if TYPE_CHECKING:
    import ipaddress
    from collections.abc import Sequence
    from pathlib import Path

LIFE_DAYS: Final = 825
"""The longest life that the strictest clients take."""
RENEW_DAYS: Final = 30
_EARLIER: Final = datetime.timedelta(days=1)
"""So much earlier it begins, for clients whose clocks are behind."""


class CertificateError(SecurityError):
    """The self-signed certificate cannot be made or kept; the text says why."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate is made out to. The first name is its common name; at most 64 characters of it."""

    names: Sequence[str]
    addresses: Sequence[ipaddress.IPv4Address | ipaddress.IPv6Address]


def ensure_self_signed(folder: Path, subject: Subject, now: float) -> Path:
    """The PEM file with certificate and key in `folder`, made anew where there is none that can be read or where it
    ends within `RENEW_DAYS` of `now` (Unix seconds). Blocks. Raises CertificateError."""
    pair = folder / "self-signed.pem"
    try:
        if not _good(pair, now):
            folder.mkdir(mode=0o700, exist_ok=True)
            certificate, key = _made(subject, datetime.datetime.fromtimestamp(now, datetime.UTC))
            _put(pair, certificate + key, 0o600)
            _put(folder / "self-signed.crt", certificate, 0o644)
    except OSError as error:
        raise CertificateError(f"the certificate in {folder} cannot be written: {error.strerror}") from error
    return pair


def _good(pair: Path, now: float) -> bool:
    try:
        end = x509.load_pem_x509_certificate(pair.read_bytes()).not_valid_after_utc.timestamp()
    except (FileNotFoundError, ValueError):
        return False
    return now < end - RENEW_DAYS * 86_400


def _made(subject: Subject, now: datetime.datetime) -> tuple[bytes, bytes]:
    """Certificate and key in PEM: P-256, RFC 5280, good for servers only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject.names[0][:64])])
    known_as: list[x509.GeneralName] = [x509.DNSName(each) for each in subject.names]
    known_as += [x509.IPAddress(each) for each in subject.addresses]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now - _EARLIER + datetime.timedelta(days=LIFE_DAYS))
        .add_extension(x509.SubjectAlternativeName(known_as), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, SHA256())
    )
    octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), octets


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _put(path: Path, octets: bytes, mode: int) -> None:
    """Durable and whole under its name, or not there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(octets)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
