"""How soon an address may try the next password. No clock of its own: time comes in with the question, in seconds
that never go back."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FREE_FAILURES: Final = 5
"""So many wrong passwords of an address cost it nothing."""
GAP_SECONDS: Final = 1.0
"""With every further one the gap between its tries grows by so much ..."""
GAP_MOST: Final = 30.0
"""... up to this."""
FORGOTTEN_AFTER: Final = 600.0
ADDRESSES_MOST: Final = 10_000


@dataclass(slots=True)
class _Record:
    failures: int
    last: float
    free_at: float


class Slowing:
    """Addresses that gave wrong passwords wait before the next one is looked at, one try after the other."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """How long this try has to wait; its place is taken by asking, so that many at once are no faster."""
        record = self._known(_network(address), now)
        if record is None or record.failures < FREE_FAILURES:
            return 0.0
        at = max(now, record.free_at)
        record.free_at = at + _gap(record.failures)
        return at - now

    def failed(self, address: str, now: float) -> None:
        """A password from there was wrong."""
        network = _network(address)
        record = self._known(network, now) or _Record(0, now, now)
        record.failures, record.last = record.failures + 1, now
        if record.failures == FREE_FAILURES:
            record.free_at = now + _gap(record.failures)
        self._records[network] = record
        self._records.move_to_end(network)
        if len(self._records) > ADDRESSES_MOST:
            self._records.popitem(last=False)

    def _known(self, network: str, now: float) -> _Record | None:
        record = self._records.get(network)
        if record is not None and now - record.last > FORGOTTEN_AFTER:
            del self._records[network]
            return None
        return record


def _gap(failures: int) -> float:
    return min(GAP_MOST, (failures - FREE_FAILURES + 1) * GAP_SECONDS)


def _network(address: str) -> str:
    """An IPv6 client has a whole /64 to choose from."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return address if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
