"""Rate budgets: what is left of a vendor's limits, kept under the vendor's own scope and fed by its headers.

A limit slows work down, it never fails it. Imports leave a reserve for exports.
"""

from collections.abc import Mapping
from datetime import datetime
from math import floor
from typing import Any, Literal

from shared import clock
from shared.clock import Clock
from shared.connector import Limit, Window, WindowState
from shared.errors import RateLimited
from shared.store import Store
from shared.store.collections import BUDGETS

Kind = Literal["export", "import"]


_PAUSE = "pause"
_TOO_MANY = "the package refused a lot at this place, and would close it for an hour if it had to refuse more"


def _held_id(scope: str) -> str:
    return f"{scope}|held"


def _row(state: WindowState) -> dict[str, Any]:
    return {"remaining": state.remaining, "resets": clock.stamp(state.resets), "limit": state.limit}


def _state(row: Mapping[str, Any]) -> WindowState:
    return WindowState(row["remaining"], clock.from_stamp(row["resets"]), row["limit"])


class LaneBudget:
    """The budget of one connection during one turn; counts locally, is saved at the end of the turn.

    `states` are the vendor's windows; `held` a pause it asked for, and errors left per endpoint.
    """

    def __init__(
        self,
        limit: Limit,
        scope: str,
        kind: Kind,
        states: dict[str, WindowState],
        held: dict[str, WindowState],
        now: Clock,
    ) -> None:
        self._limit = limit
        self._kind = kind
        self._now = now
        self.scope = scope
        self.states = states
        self.held = held

    def spend(self, endpoint: str = "") -> None:
        """Account for one call; `RateLimited` until the window resets when nothing is left for this kind of work.

        Also while the vendor asked for a pause, and before it would block an endpoint for too many errors.
        """
        now = self._now()
        self._held_back(endpoint, now)
        windows = [(window, self._current(window, now)) for window in self._limit.windows]
        for window, state in windows:
            kept = floor(state.limit * self._limit.reserve) if self._kind == "import" else 0
            if state.remaining <= kept:
                raise RateLimited(f"the package's limit per {window.name} is used up", until=state.resets)
        for window, state in windows:
            self.states[window.name] = WindowState(state.remaining - 1, state.resets, state.limit)

    def _held_back(self, endpoint: str, now: datetime) -> None:
        for name, why in ((_PAUSE, "the package asked for a pause"), (self._errors(endpoint), _TOO_MANY)):
            held = self.held.get(name)
            if held is not None and held.remaining <= 0 and held.resets > now:
                raise RateLimited(why, until=held.resets)

    @property
    def used_up_until(self) -> datetime | None:
        """When the package takes calls again, where a window of it is used up or it asked for a pause; else None."""
        paused = [self.held[_PAUSE]] if _PAUSE in self.held else []
        spent = [one.resets for one in (*self.states.values(), *paused) if one.remaining <= 0]
        return max((moment for moment in spent if moment > self._now()), default=None)

    def _errors(self, endpoint: str) -> str:
        return f"errors {self._limit.errors.endpoint(endpoint)}" if self._limit.errors else ""

    def pause(self, until: datetime) -> None:
        """The vendor asked for a pause; whoever takes the next turn must know, also where no header says so."""
        self.held[_PAUSE] = WindowState(0, until, 0)

    def answered(self, endpoint: str, status: int) -> None:
        """Count an answer that the vendor counts as an error of this endpoint; an hour without one forgives all."""
        rule = self._limit.errors
        if rule is None or status not in rule.statuses:
            return
        now, name = self._now(), self._errors(endpoint)
        known = self.held.get(name)
        left = known.remaining if known is not None and known.resets > now else rule.allowed
        self.held[name] = WindowState(left - 1, now + rule.length, rule.allowed)

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
        states = {ids[id]: _state(row) for id, row in found.items()}
        kept = await self._store.get(BUDGETS, _held_id(scope)) or {}
        held = {name: _state(row) for name, row in kept.get("held", {}).items()}
        return LaneBudget(limit, scope, kind, states, held, self._now)

    async def save(self, budget: LaneBudget) -> None:
        """Keep what this turn learned for the next one, in whatever process."""
        rows = [
            {
                "id": f"{budget.scope}|{name}",
                "connector": budget.scope.partition("|")[0],
                "window": name,
                **_row(state),
            }
            for name, state in budget.states.items()
        ]
        if held := {name: _row(state) for name, state in budget.held.items() if state.resets > self._now()}:
            rows.append({"id": _held_id(budget.scope), "connector": budget.scope.partition("|")[0], "held": held})
        if rows:
            await self._store.put_many(BUDGETS, rows)
