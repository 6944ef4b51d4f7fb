"""The use cases of `/v1`, together: a door is given this and nothing else of the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.app.live import Live
from otppi.app.v1.batches import Batches
from otppi.app.v1.block_list import BlockList
from otppi.app.v1.message_list import MessageList
from otppi.app.v1.messages import Messages
from otppi.app.v1.metrics import Metrics
from otppi.app.v1.own_account import OwnAccount
from otppi.app.v1.preview import Previews
from otppi.app.v1.surroundings import Surroundings
from otppi.app.v1.verifications import VerificationDesk

if TYPE_CHECKING:
    from otppi.app.application import Application


@dataclass(frozen=True, slots=True)
class Desks:
    """One field for each subject of `/v1`."""

    own_account: OwnAccount
    block_list: BlockList
    surroundings: Surroundings
    messages: Messages
    batches: Batches
    message_list: MessageList
    previews: Previews
    verifications: VerificationDesk
    metrics: Metrics


def desks(application: Application) -> Desks:
    """The use cases on a running application."""
    messages = _messages(application)
    return Desks(
        own_account=OwnAccount(application.configuration),
        block_list=BlockList(application.outside.store.registry, application.blocking, application.acceptance),
        surroundings=_surroundings(application),
        messages=messages,
        batches=Batches(messages),
        message_list=_message_list(application),
        previews=Previews(application.configuration),
        verifications=VerificationDesk(application),
        metrics=Metrics(application.meter, application.configuration),
    )


def _surroundings(application: Application) -> Surroundings:
    return Surroundings(
        live=Live(application, application.outside.store.outbox),
        fleet=application.fleet,
        configuration=application.configuration,
        acceptance=application.acceptance,
        alarms=application.alarms,
    )


def _messages(application: Application) -> Messages:
    return Messages(
        gateway=application.gateway,
        acceptance=application.acceptance,
        delivery=application.delivery,
        configuration=application.configuration,
        vault=application.outside.vault,
        clock=application.outside.clock,
    )


def _message_list(application: Application) -> MessageList:
    return MessageList(
        gateway=application.gateway,
        acceptance=application.acceptance,
        delivery=application.delivery,
        listing=application.outside.store.listing,
        vault=application.outside.vault,
        clock=application.outside.clock,
    )
