"""What people did from the console, newest first, a page at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.clock import Moment
from shared.hub import Hub
from shared.paging import Listing, behind
from shared.schemas.base import Frozen
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
    """What was done at a tenant, behind the place `before` (as an earlier page gave it)."""
    found = await Listing(AUDIT, "at", [{"tenant": tenant}]).page(hub.store, before=behind(before), limit=limit)
    return Changes(changes=[Change.model_validate(one) for one in found.rows], before=found.next)
