"""What goes wrong with keys, as a tree. `otppi.ports.passwords.Busy` and `otppi.ports.vault.Unreadable` belong to
the ports.

SecurityError
+-- KeyFileError    the key file is missing, open to others, in the wrong place or no key
"""

from __future__ import annotations


class SecurityError(Exception):
    """A part of the gateway that keeps secrets refuses to work as asked."""


class KeyFileError(SecurityError):
    """The key file cannot be used; the text says why and what to do, and shows no octet of it."""
