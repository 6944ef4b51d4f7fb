"""What the errors of aio-pika and aiormq mean for the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiormq import exceptions as amqp

from otppi.intake.brokers.troubles import network_trouble, said
from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber


def trouble_of(error: BaseException, subscriber: Subscriber, queue: str) -> Trouble:
    """`queue`: the one that was asked about. The broker's sentence is quoted only where it cannot repeat what we sent
    beyond names."""
    if isinstance(error, Trouble):
        return error
    for found in (_of_rights(error, subscriber, queue), _of_connection(error, subscriber)):
        if found is not None:
            return found
    if (found := network_trouble(error, subscriber)) is not None:
        return found
    where = f"{subscriber.host} port {subscriber.port}"
    return Trouble("protocol", f"the connection to {where} failed ({type(error).__name__})")


def no_queue(subscriber: Subscriber) -> Trouble:
    """It is not there, and nobody makes it."""
    words = f"there is no queue {subscriber.topic}, and declare={subscriber.declare} makes none"
    return Trouble("topic", f"{words}: make it, or set declare")


def refused_declaration(subscriber: Subscriber) -> Trouble:
    """It is there, of another kind than `declare` says."""
    words = f"a queue {subscriber.topic} is there already, and not as declare={subscriber.declare} makes it"
    return Trouble("topic", f"{words}: set declare=passive_then_durable to take it as it is")


def lost() -> Trouble:
    """It ended, and nobody said why."""
    return Trouble("lost", "the connection has ended")


def _of_rights(error: BaseException, subscriber: Subscriber, queue: str) -> Trouble | None:
    """Who we are, what we may, and the queue."""
    match error:
        case amqp.ProbableAuthenticationError() | amqp.AuthenticationError():
            return Trouble("login", f"{subscriber.host} refuses this user: check username and password")
        case amqp.ChannelAccessRefused() if "exclusive use" in str(error):
            return Trouble("topic", f"another consumer has the queue {queue} for itself alone")
        case amqp.ChannelAccessRefused():
            words = f"this user may not use the queue {queue}"
            return Trouble(
                "permission", f"{words}: it needs read for requests, write for replies, configure to make it"
            )
        case amqp.ChannelLockedResource():
            return Trouble("topic", f"the queue {queue} belongs to another connection alone")
        case amqp.ChannelNotFoundEntity():
            return Trouble("topic", f"there is no queue {queue}")
        case amqp.DeliveryError():
            return Trouble("topic", f"the broker did not take a message for the queue {queue}: it is full, or gone")
        case amqp.ChannelPreconditionFailed() if "acknowledgement" in str(error):
            words = "the broker would wait no longer for a message to be acknowledged and gives it again"
            return Trouble("lost", f"{words}: see its consumer_timeout")
    return None


def _of_connection(error: BaseException, subscriber: Subscriber) -> Trouble | None:
    """What the other end speaks, and why it closed."""
    where = f"{subscriber.host} port {subscriber.port}"
    match error:
        # So the library puts a refusal of Connection.Open; it drops the broker's sentence.
        case amqp.InvalidFrameError() if "Connection.OpenOk" in str(error) and "Connection.Close" in str(error):
            words = f"the virtual host {subscriber.vhost} is not there, is full, or closed to this user: check vhost"
            return Trouble("permission", words)
        case amqp.IncompatibleProtocolError() | amqp.ProtocolSyntaxError():
            return Trouble("protocol", f"what answers at {where} does not speak AMQP 0-9-1: check port and tls")
        case amqp.ConnectionClosed() | amqp.ChannelClosed():
            why = said(error.args[-1] if error.args else "")
            return Trouble("lost", f"the broker ended the connection: {why}")
        case amqp.AMQPConnectionError():
            return Trouble("protocol", f"{where} closed the connection: check port, tls and the broker's log")
    return None
