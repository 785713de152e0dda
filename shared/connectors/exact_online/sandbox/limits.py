"""Exact's rate windows and error velocity (Exact fact sheet, section 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import EPOCH, Clock

from .refusals import Refusal

_MINUTE, _DAY, _HOUR = timedelta(minutes=1), timedelta(days=1), timedelta(hours=1)
_ERRORS = {400, 401, 403, 404}

Scope = tuple[str, int]
"""App and division: what the windows are counted for."""


@dataclass
class _Window:
    """A count that starts again on each whole `length` since the epoch (so a day ends at 00:00 UTC)."""

    prefix: str
    length: timedelta
    limit: int
    counts: Counter[tuple[Scope, int]] = field(default_factory=Counter)

    def turn(self, now: datetime) -> int:
        return (now - EPOCH) // self.length

    def full(self, scope: Scope, now: datetime) -> bool:
        return self.counts[scope, self.turn(now)] >= self.limit

    def headers(self, scope: Scope, now: datetime) -> dict[str, str]:
        resets = (self.turn(now) + 1) * (self.length // timedelta(milliseconds=1))
        left = max(0, self.limit - self.counts[scope, self.turn(now)])
        values = {"Limit": self.limit, "Remaining": left, "Reset": resets}
        return {f"X-RateLimit-{self.prefix}{name}": str(value) for name, value in values.items()}


class Limits:
    """Counts calls per app and division, and errors per app, user, division and endpoint (None: not counted)."""

    def __init__(self, clock: Clock, *, minutely: int, daily: int, errors: int | None) -> None:
        self._clock = clock
        self._windows = (_Window("", _DAY, daily), _Window("Minutely-", _MINUTE, minutely))
        self._errors = errors
        self._failed: dict[tuple[str, ...], list[datetime]] = {}
        self._blocked: dict[tuple[str, ...], datetime] = {}

    def spend(self, scope: Scope) -> None:
        """Count one call; a full window answers 429, empty, with the headers of that window only."""
        now = self._clock()
        for window in self._windows:
            if window.full(scope, now):
                raise Refusal(429, headers=window.headers(scope, now))
        for window in self._windows:
            window.counts[scope, window.turn(now)] += 1

    def headers(self, scope: Scope) -> Mapping[str, str]:
        """The six headers of an answer; resets in epoch milliseconds."""
        now = self._clock()
        return {name: value for window in self._windows for name, value in window.headers(scope, now).items()}

    def check_endpoint(self, endpoint: tuple[str, ...]) -> None:
        """An endpoint with too many errors is blocked for an hour: 429 without rate headers (the sheet's default)."""
        if self._blocked.get(endpoint, EPOCH) > self._clock():
            raise Refusal(429)

    def note(self, endpoint: tuple[str, ...], status: int) -> None:
        """Remember an error; one more than allowed within the hour blocks the endpoint."""
        if self._errors is None or status not in _ERRORS:
            return
        now = self._clock()
        recent = [moment for moment in self._failed.get(endpoint, []) if moment > now - _HOUR]
        self._failed[endpoint] = [*recent, now]
        if len(recent) + 1 >= self._errors:
            self._blocked[endpoint] = now + _HOUR
