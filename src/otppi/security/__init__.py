"""Keys, sealing, identifiers and passwords. The only package that sees the master key, and it gives it to nobody."""

from __future__ import annotations

from otppi.security.errors import KeyFileError, SecurityError
from otppi.security.keyfile import create_key_file, default_key_file, read_key_file
from otppi.security.passwords import Passwords, hash_password
from otppi.security.vault import Vault

__all__ = [
    "KeyFileError",
    "Passwords",
    "SecurityError",
    "Vault",
    "create_key_file",
    "default_key_file",
    "hash_password",
    "read_key_file",
]
