"""The application as a door sees it: one request in, one reply out. Implementation: `otppi.app.gateway.Gateway`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.commands import Redelivery
    from otppi.domain.replies import Reply
    from otppi.domain.rights import Caller
    from otppi.wire.envelope import Envelope

Health = Literal["ok", "degraded", "unavailable"]
"""`unavailable`: the store cannot commit, so nothing can be promised."""


class Gateway(Protocol):
    """What every door calls."""

    @property
    def stopping(self) -> bool:
        """True from the first signal to stop: no new request is taken."""

    async def handle(
        self, envelope: Envelope, caller: Caller, *, idempotency_key: str = "", redelivery: Redelivery | None = None
    ) -> Reply:
        """Answer one request; a reply of success is given only after the commit (decisions 4). `redelivery` is for
        doors whose broker may bring a request again.

        A refusal is a Reply like any other. Raises `domain.replies.Unavailable` where nothing can be promised.
        """

    def room(self, account: str) -> int:
        """How many more messages of this account would be taken now, as far as its limits and the queue go; 0 while
        nothing can be promised. Never waits."""

    async def message(self, caller: Caller, message_id: str) -> Mapping[str, Any]:
        """The public record of one of the caller's own messages (decisions 8), JSON values only.

        Raises `ports.store.NotFound`, also for another account's message, and `domain.replies.Unavailable`.
        """

    def health(self) -> tuple[Health, Mapping[str, Any]]:
        """How the gateway is, and details fit for anybody to read. Never waits."""
