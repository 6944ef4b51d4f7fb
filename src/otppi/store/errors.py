"""Why a store does not open, as a tree. What a running store raises is in `otppi.ports.store`.

StoreError
+-- StoreTooNew     written by a newer program
+-- WrongKey        belongs to another key file
+-- StoreDamaged    SQLite finds it broken
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used as it is; nothing was changed."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"the store has version {found}, this program knows versions up to {known}: use the newer program"
        )
        self.found = found
        self.known = known


class WrongKey(StoreError):
    """The store was written under another key."""

    def __init__(self, store_key: str, given_key: str) -> None:
        super().__init__(
            f"the store belongs to the key {store_key}, the key file holds the key {given_key}: "
            "give the right key file, or start anew with `otppi key replace`"
        )
        self.store_key = store_key
        self.given_key = given_key


class StoreDamaged(StoreError):
    """SQLite's own check found the file broken."""
