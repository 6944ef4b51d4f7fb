"""TLS of the HTTPS door: which protocol versions and ciphers, and a certificate that can change under open connections.

Handshakes that begin after a change get the new certificate; connections that stand are not touched.
"""

from __future__ import annotations

import ssl
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

if TYPE_CHECKING:
    from pathlib import Path

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 are all so."""

Stamp = tuple[tuple[int, ...], ...]
"""What tells one state of files from another; an empty tuple stands for a file that is not there."""


class CannotUse(Exception):
    """The files are no certificate with its key; the text says why and shows nothing of the key."""


@dataclass(frozen=True, slots=True)
class PemFiles:
    """Where a certificate (with its chain) and its private key are; `key` None: in the same file."""

    certificate: Path
    key: Path | None = None

    def stamp(self) -> Stamp:
        """The state of the files now. Blocks."""
        return tuple(_state(path) for path in (self.certificate, self.key_file))

    @property
    def key_file(self) -> Path:
        """Where the private key is."""
        return self.key or self.certificate


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its key, ready to be served. It is valid until `ends`, Unix seconds. `open_key`: the file of
    the key, where everybody on this machine may read it or others than its owner may change it; else empty."""

    context: ssl.SSLContext
    ends: float
    open_key: str = ""


def load(files: PemFiles) -> Pair:
    """The pair in the files. Blocks. Raises CannotUse."""
    context = server_context()
    try:
        ends = x509.load_pem_x509_certificate(files.certificate.read_bytes()).not_valid_after_utc.timestamp()
        context.load_cert_chain(files.certificate, files.key, password=_no_passphrase)
    except ssl.SSLError as error:
        raise CannotUse(_why(error)) from None
    except OSError as error:
        name = error.filename or files.key_file
        raise CannotUse(f"{name} cannot be read: {error.strerror}") from None
    except _Protected:
        raise CannotUse(f"{files.key_file} is protected by a passphrase, which nobody can type") from None
    except ValueError:
        raise CannotUse(f"{files.certificate} holds no certificate in PEM") from None
    return Pair(context, ends, str(files.key_file) if is_open(files.key_file) else "")


def is_open(key: Path) -> bool:
    """Whether everybody may read a file of a key, or others than its owner change it. A group may read it: Debian's
    `ssl-cert` is made for that. Raises OSError."""
    return bool(key.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP))


def server_context() -> ssl.SSLContext:
    """TLS 1.2 and 1.3 for a server, without a certificate yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    return context


class ChangingContext:
    """`context` is what a listener is given once; every handshake on it is led by the pair that was put last."""

    def __init__(self) -> None:
        self.context = server_context()
        self._pair: Pair | None = None
        self.context.sni_callback = self._choose

    def put(self, pair: Pair) -> None:
        """From the next handshake on it is this one."""
        self._pair = pair

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Called by each handshake, with a name or without."""
        if self._pair is not None:
            connection.context = self._pair.context


class _Protected(ValueError):
    """The key wants a passphrase."""


def _no_passphrase() -> str:
    """Without this OpenSSL would ask at the terminal and wait."""
    raise _Protected


def _why(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key does not belong to the certificate"
    reason = (error.reason or "no reason given").replace("_", " ").lower()
    return f"OpenSSL refuses the certificate or its key ({reason})"


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode
