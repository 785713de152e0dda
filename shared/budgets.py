"""Rate budgets: what is left of a vendor's limits, kept under the vendor's own scope and fed by its headers.

A limit slows work down, it never fails it. Imports leave a reserve for exports.
"""

from collections.abc import Mapping
from datetime import datetime
from math import floor
from typing import Literal

from shared import clock
from shared.clock import Clock
from shared.connector import Limit, Window, WindowState
from shared.errors import RateLimited
from shared.store import Store
from shared.store.collections import BUDGETS

Kind = Literal["export", "import"]


class LaneBudget:
    """The budget of one connection during one turn; counts locally, is saved at the end of the turn."""

    def __init__(self, limit: Limit, scope: str, kind: Kind, states: dict[str, WindowState], now: Clock) -> None:
        self._limit = limit
        self._kind = kind
        self._now = now
        self.scope = scope
        self.states = states

    def spend(self) -> None:
        """Account for one call; `RateLimited` until the window resets when nothing is left for this kind of work."""
        now = self._now()
        windows = [(window, self._current(window, now)) for window in self._limit.windows]
        for window, state in windows:
            kept = floor(state.limit * self._limit.reserve) if self._kind == "import" else 0
            if state.remaining <= kept:
                raise RateLimited(f"the package's limit per {window.name} is used up", until=state.resets)
        for window, state in windows:
            self.states[window.name] = WindowState(state.remaining - 1, state.resets, state.limit)

    def feed(self, windows: Mapping[str, WindowState]) -> None:
        """Take over what the headers say; they know of other processes and other apps."""
        self.states.update(windows)

    def _current(self, window: Window, now: datetime) -> WindowState:
        state = self.states.get(window.name)
        if state is None or state.resets <= now:
            return WindowState(
                state.limit if state else window.calls, now + window.length, state.limit if state else window.calls
            )
        return state


class Budgets:
    """Loads and saves budgets. Two connections of one administration share one scope."""

    def __init__(self, store: Store, now: Clock = clock.now) -> None:
        self._store = store
        self._now = now

    async def load(self, limit: Limit, scope: str, kind: Kind) -> LaneBudget:
        """The budget of `scope` (`exact_online|<app>|<administration>`) as last known."""
        ids = {f"{scope}|{window.name}": window.name for window in limit.windows}
        found = await self._store.get_many(BUDGETS, ids)
        states = {
            ids[id]: WindowState(row["remaining"], clock.from_stamp(row["resets"]), row["limit"])
            for id, row in found.items()
        }
        return LaneBudget(limit, scope, kind, states, self._now)

    async def save(self, budget: LaneBudget) -> None:
        """Keep what this turn learned for the next one, in whatever process."""
        rows = [
            {
                "id": f"{budget.scope}|{name}",
                "connector": budget.scope.partition("|")[0],
                "window": name,
                "remaining": state.remaining,
                "resets": clock.stamp(state.resets),
                "limit": state.limit,
            }
            for name, state in budget.states.items()
        ]
        if rows:
            await self._store.put_many(BUDGETS, rows)
