"""How often one address may try to sign in, or to connect."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from shared.rate import Bucket

MOST = 10_000
"""Addresses that are remembered; the one that came longest ago is forgotten first."""


class Visitors:
    """Buckets by address, in this process alone: several consoles together let through as many times more."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def may_come(self, address: str) -> bool:
        """Whether this one may try now."""
        bucket = self._buckets.pop(address, None) or Bucket(self._rate, self._clock)
        self._buckets[address] = bucket
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return bucket.take()
