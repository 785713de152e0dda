"""The gateway's way to Kafka. While Kafka is away most callers are told so at once, and one in a second finds out."""

from collections.abc import Callable, Sequence
from time import monotonic

from shared.envelope import Message
from shared.errors import Unavailable
from shared.hub import Publisher

PATIENCE = 5.0
"""Seconds that a caller waits for Kafka's acknowledgement."""

PAUSE = 1.0


class Line:
    """Publishes, all acknowledgements before it returns; `Unavailable` otherwise."""

    def __init__(self, bus: Publisher, clock: Callable[[], float] = monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._quiet_until = float("-inf")

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all. After a failure nobody is kept waiting for a while, so that callers do not pile up."""
        if self._clock() < self._quiet_until:
            raise Unavailable("Kafka did not answer a moment ago.")
        try:
            await self._bus.publish(messages)
        except Unavailable:
            self._quiet_until = self._clock() + PAUSE
            raise
        self._quiet_until = float("-inf")
