"""What is taken out of the code to test the test: one guard at a time, in the victim only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared import clock
from shared.access import Refused
from shared.clock import EPOCH
from shared.lanes import Kind, Lane, Lanes
from shared.ledger.states import StepEvent, next_step_state
from shared.ledger.steps import Steps
from shared.ledger.writes import Step, Write
from shared.mapping import Receipt
from shared.oauth import Grant, Grants, Tokens
from shared.store.collections import GRANTS, LANES, STEPS


def apply(name: str | None) -> None:
    """Take this guard out of the running process. `KeyError` for an unknown name."""
    if name is not None:
        _MUTATIONS[name]()


def _without_sending() -> None:
    """Nothing is written before the first byte leaves."""
    move = Steps._move

    async def moved(self: Steps, step: Step, event: StepEvent, **changes: Any) -> Step:
        if event != "send":
            return await move(self, step, event, **changes)
        return step.model_copy(update={**changes, "state": next_step_state(step.state, event)})

    Steps._move = moved  # type: ignore[method-assign]


def _without_find() -> None:
    """An uncertain write is sent again without a look into the package."""

    async def nothing(self: Steps, step: Step, write: Write) -> list[Receipt]:
        return []

    Steps._found = nothing  # type: ignore[method-assign]


def _without_fence() -> None:
    """A write to the ledger does not ask whether somebody else has taken over."""

    async def replace(self: Steps, step: Step, newer: Step) -> Step:
        await self._store.update(STEPS, step.id, set=step.changes(newer))
        return newer

    Steps._replace = replace  # type: ignore[method-assign]


def _without_wakeups() -> None:
    """A turn that ends clears what was asked for meanwhile."""

    async def release(self: Lanes, lane: Lane, kind: Kind, due: datetime | None) -> None:
        free = {"owner": None, "lease_until": clock.stamp(EPOCH), f"{kind}.due": clock.stamp(due) if due else None}
        await self._store.update(LANES, lane.id, set=free)

    Lanes.release = release  # type: ignore[method-assign]


def _token_used_first() -> None:
    """A renewed token is used at once, and stored only when the next one asks for it."""
    unstored: dict[str, tuple[Grant, dict[str, Any]]] = {}
    access_token = Grants.access_token

    async def renew(self: Grants, grant: Grant, tokens: Tokens) -> str:
        try:
            token = await self._ask(self._endpoint(grant.connector, grant.site), tokens.refresh)
        except Refused as error:
            return await self._refused(grant, tokens, error.refusal)
        unstored[grant.id] = grant, self._pair(grant.connector, token, tokens)
        return str(token["access_token"])

    async def asked(self: Grants, id: str, *, refused: str | None = None) -> str:
        if id in unstored:
            grant, pair = unstored.pop(id)
            where = {"version": grant.version, "renewing_fence": grant.renewing_fence}
            await self._store.update(GRANTS, id, where=where, set=pair, inc={"version": 1})
        return await access_token(self, id, refused=refused)

    Grants._renew = renew  # type: ignore[method-assign]
    Grants.access_token = asked  # type: ignore[method-assign]


_MUTATIONS: Mapping[str, Callable[[], None]] = {
    "no sending": _without_sending,
    "no find": _without_find,
    "no fence": _without_fence,
    "no wake-up counter": _without_wakeups,
    "token used before it is stored": _token_used_first,
}

NAMES: Sequence[str] = tuple(_MUTATIONS)
