"""How often a limit refused a request, and would have with `fraud.mode` enforce: by account and limit, since the start.

A plain object for whoever shows it: metrics, `otppi user show`, `otppi fraud list`. It holds names of accounts and of
limits and nothing of any request.
"""

from __future__ import annotations

from collections import Counter


class LimitCounts:
    """`refused` and `watched` count by (account, limit). A limit is called as its setting or field: `rate_minute`,
    `rate_hour`, `rate_day`, `limits.queue`, `limits.queue_per_account`, `fraud.prefix_hour`, ..."""

    def __init__(self) -> None:
        self.refused: Counter[tuple[str, str]] = Counter()
        self.watched: Counter[tuple[str, str]] = Counter()

    def of(self, account: str) -> dict[str, int]:
        """How often each limit refused this account."""
        return {limit: count for (name, limit), count in sorted(self.refused.items()) if name == account}
