"""Every operation of the owner by name, and the one door to them: the control socket and the command line call here.

It checks shapes and turns what the store says into refusals; what an operation does is in the file of its subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.app.operations import (
    accounts,
    alarms,
    blocks,
    codes,
    detecting,
    fraud,
    history,
    messages,
    modems,
    pins,
    settings,
    subscribers,
    tokens,
)
from otppi.app.operations.context import Context, Operation, bind
from otppi.app.operations.names import quoted
from otppi.ports.operations import Refused
from otppi.ports.store import NotFound, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping


async def status(context: Context) -> object:
    """Facts about the running gateway; `running` is false where there is none."""
    return {"running": context.live is not None, **({} if context.live is None else context.live.status())}


OPERATIONS: Final[Mapping[str, Operation]] = {
    "status": status,
    "user.add": accounts.add,
    "user.set": accounts.change,
    "user.remove": accounts.remove,
    "user.list": accounts.listed,
    "user.show": accounts.show,
    "token.add": tokens.add,
    "token.remove": tokens.remove,
    "token.list": tokens.listed,
    "modem.add": modems.add,
    "modem.set": modems.change,
    "modem.enable": modems.enable,
    "modem.disable": modems.disable,
    "modem.remove": modems.remove,
    "modem.list": modems.listed,
    "modem.show": modems.show,
    "modem.detect": detecting.detect,
    "subscriber.add": subscribers.add,
    "subscriber.set": subscribers.change,
    "subscriber.remove": subscribers.remove,
    "subscriber.list": subscribers.listed,
    "subscriber.show": subscribers.show,
    "subscriber.test": subscribers.test,
    "subscriber.refusals": subscribers.refusals,
    "block.add": blocks.add,
    "block.remove": blocks.remove,
    "block.list": blocks.listed,
    "block.import": blocks.take_in,
    "settings.list": settings.listed,
    "settings.get": settings.get,
    "settings.set": settings.put,
    "message.list": messages.listed,
    "message.show": messages.show,
    "message.cancel": messages.cancel,
    "message.resolve": messages.resolve,
    "purge.plan": history.plan,
    "purge.step": history.step,
    "report": history.report,
    "otp.unlock": codes.unlock,
    "alarm.list": alarms.listed,
    "pin.spend": pins.spend,
    "pin.prove": pins.prove,
    "fraud.list": fraud.listed,
    "fraud.unblock": fraud.unblock,
}


class Operations:
    """The owner's operations on one store. Implements `ports.operations.Call` with `call`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def call(self, name: str, params: Mapping[str, object]) -> object:
        """Do one operation and give its result as plain JSON values. Raises Refused."""
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Refused(f"there is no operation {quoted(name)}")
        arguments = bind(name, operation, params)
        try:
            return await operation(self._context, **arguments)
        except NotFound:
            raise Refused("what it is about was removed meanwhile") from None
        except StoreUnavailable:
            raise Refused("the store cannot commit now: check the disk, then try again") from None
