"""The JSON API of this area."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.console.changes.views import PAGE, Changes, changes
from services.console.context import Here

router = APIRouter(prefix="/api/v1", tags=["changes"])


@router.get("/changes")
async def list_changes(
    here: Here,
    before: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
) -> Changes:
    """Who changed what at the tenant, newest first; `before` of an answer leads to the older ones."""
    return await changes(here.hub, here.user.tenant, before=before, limit=limit)
