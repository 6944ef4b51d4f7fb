"""What an account may know of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from otppi.app.configuration import Configuration
    from otppi.domain.rights import Caller


@dataclass(frozen=True, slots=True)
class AccountView:
    """`rights` are those of this request: of a token's scopes only what the account itself may."""

    name: str
    email: str
    phone: str
    rights: tuple[str, ...]
    policy: str


class OwnAccount:
    """Reads the account behind a request."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def show(self, caller: Caller) -> AccountView:
        """The caller's own account. Raises NotFound where it was removed meanwhile."""
        account = self._configuration.account(caller.account)
        if account is None:
            raise NotFound(caller.account)
        return AccountView(account.name, account.email, account.phone, tuple(sorted(caller.rights)), account.policy)
