"""What people did from the console, newest first, a page at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.clock import Moment
from shared.hub import Hub
from shared.schemas.base import Frozen
from shared.store import Is
from shared.store.collections import AUDIT

PAGE = 50


class Change(Frozen):
    """One thing that somebody did; `details` say what, never a secret."""

    id: str
    at: Moment
    who: str
    name: str
    role: str
    what: str
    connection: str | None
    details: Mapping[str, Any]


class Changes(Frozen):
    """`before` is where the next, older page begins; None: there is none."""

    changes: Sequence[Change]
    before: str | None


async def changes(hub: Hub, tenant: str, *, before: str | None = None, limit: int = PAGE) -> Changes:
    """What was done at a tenant, up to the moment `before` (as an earlier page gave it)."""
    where = {"tenant": tenant} | ({"at": Is("<", before)} if before else {})
    found = await hub.store.find(AUDIT, where, sort=("-at",), limit=limit + 1)
    shown = [Change.model_validate(one) for one in found[:limit]]
    return Changes(changes=shown, before=found[limit - 1]["at"] if len(found) > limit else None)
