"""What the network's own errors mean for the owner: the part of `Trouble` that all protocols share."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber

SAID_MOST: Final = 200


def network_trouble(error: BaseException, subscriber: Subscriber) -> Trouble | None:
    """The Trouble of an error of name, network or TLS, looked for in its causes too; None for any other."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        if (trouble := _one(each, subscriber)) is not None:
            return trouble
        each = each.__cause__ or each.__context__
    return None


def said(text: object) -> str:
    """What a broker said, fit for a sentence: printable, and not too long."""
    return "".join(each if each.isprintable() else " " for each in str(text))[:SAID_MOST].strip()


def _one(error: BaseException, subscriber: Subscriber) -> Trouble | None:
    host, port = subscriber.host, subscriber.port
    match error:
        case Trouble():
            return error
        case ssl.SSLCertVerificationError():
            why = said(error.verify_message)
            return Trouble("tls", f"the certificate of {host} is not believed ({why}): check host and tls.ca")
        case ssl.SSLError():
            return Trouble("tls", f"{host} port {port} does not speak TLS with us: check tls and port")
        case socket.gaierror():
            return Trouble("name", f"the name {host} cannot be found: check host and the DNS")
        case TimeoutError():
            words = f"{host} port {port} did not answer within {subscriber.timeout:g} s: check host, port and firewall"
            return Trouble("connect", words)
        case OSError() if error.errno == errno.ECONNREFUSED:
            return Trouble("connect", f"nothing listens on {host} port {port}: check port, and whether the broker runs")
        case OSError() if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return Trouble("connect", f"{host} port {port} cannot be reached: check host, network and firewall")
        case _:
            return None
