"""How fast somebody may come: a bucket that fills steadily and takes a burst."""

from collections.abc import Callable
from time import monotonic

BURST = 20.0
"""Seconds' worth that may come at once: an import in the package rings for every record."""


class Bucket:
    """Holds `rate` tokens for each second that has passed, up to a burst. `clock` gives seconds."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = rate * BURST
        self._at = clock()

    def take(self) -> bool:
        """One token; False when there is none."""
        now = self._clock()
        self._tokens = min(self._rate * BURST, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
