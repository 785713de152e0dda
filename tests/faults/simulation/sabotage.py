"""Takes out one guard of the protocol: the simulation must turn red, or it proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from shared import clock
from shared.clock import EPOCH
from shared.lanes import Kind, Lane, Lanes
from shared.ledger.states import StepEvent, next_step_state
from shared.ledger.steps import Steps
from shared.ledger.writes import Step
from shared.oauth import Grant, Grants, Tokens
from shared.store import StoreNow
from shared.store.collections import GRANTS, LANES

_move = Steps._move


async def _finds_nothing(self: Steps, step: Step, write: Any) -> Sequence[Any]:
    return []


async def _says_nothing_before(self: Steps, step: Step, event: StepEvent, **changes: Any) -> Step:
    """The step is `sending` only in memory."""
    if event != "send":
        return await _move(self, step, event, **changes)
    return step.model_copy(update={**changes, "state": next_step_state(step.state, event)})


async def _renews_anybodys(self: Lanes, lane: Lane) -> None:
    await self._store.update(LANES, lane.id, set={"lease_until": StoreNow(self.lease)})


async def _releases_anybodys(self: Lanes, lane: Lane, kind: Kind, due: datetime | None) -> None:
    free = {"owner": None, "lease_until": clock.stamp(EPOCH)}
    asked = {f"{kind}.wanted": lane.of_kind(kind).wanted}
    later = {f"{kind}.due": clock.stamp(due) if due else None}
    if await self._store.update(LANES, lane.id, where=asked, set={**free, **later}) is None:
        await self._store.update(LANES, lane.id, set=free)


async def _forgets_who_asked(self: Lanes, lane: Lane, kind: Kind, due: datetime | None) -> None:
    free = {"owner": None, "lease_until": clock.stamp(EPOCH)}
    later = {f"{kind}.due": clock.stamp(due) if due else None}
    mine = {"fence": lane.fence, "owner": self.owner}
    await self._store.update(LANES, lane.id, where=mine, set={**free, **later})


async def _uses_before_it_stores(self: Grants, grant: Grant, tokens: Tokens) -> str:
    token = await self._ask(self._endpoint(grant.connector, grant.site), tokens.refresh)

    async def store() -> None:
        await asyncio.sleep(1)
        await self._store.update(GRANTS, grant.id, set=self._pair(grant.connector, token, tokens), inc={"version": 1})

    self._late = asyncio.create_task(store())  # type: ignore[attr-defined]
    return str(token["access_token"])


GUARDS: Mapping[str, Sequence[tuple[type, str, Callable[..., Any]]]] = {
    "find": [(Steps, "_found", _finds_nothing)],
    "sending": [(Steps, "_move", _says_nothing_before)],
    "fence": [(Lanes, "renew", _renews_anybodys), (Lanes, "release", _releases_anybodys)],
    "counter": [(Lanes, "release", _forgets_who_asked)],
    "token": [(Grants, "_renew", _uses_before_it_stores)],
}
"""What can be taken out: the look-up, the durable `sending`, the lane's fence, the wake-up counter, and the order
"store the new token before using it"."""


@contextmanager
def without(guard: str | None) -> Iterator[None]:
    """As long as this lasts, that guard is not there."""
    parts = GUARDS[guard] if guard else ()
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in parts]
    for owner, name, instead in parts:
        setattr(owner, name, instead)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
