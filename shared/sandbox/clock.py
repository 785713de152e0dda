"""A clock that tests and demos can push forward, so that tokens expire and windows reset without waiting."""

from datetime import datetime, timedelta

from shared.clock import Clock, now


class SandboxClock:
    """Follows `source` (real time by default) plus an offset. Callable, so it can be handed out as a `Clock`."""

    def __init__(self, source: Clock = now) -> None:
        self._source = source
        self._offset = timedelta()

    def now(self) -> datetime:
        """The sandbox's present moment, aware, in UTC."""
        return self._source() + self._offset

    __call__ = now

    def advance(self, span: timedelta) -> None:
        """Move the sandbox's present forward by `span`."""
        self._offset += span
