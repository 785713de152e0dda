"""The page of who changed what."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.console.changes.deeds import deed, details
from services.console.changes.views import changes
from services.console.context import Here
from services.console.rendering import render
from shared import connectors
from shared.schemas.connections import Connection

router = APIRouter(include_in_schema=False)


@router.get("/changes")
async def index(
    request: Request, here: Here, before: Annotated[str | None, Query(max_length=300)] = None
) -> HTMLResponse:
    """Newest first."""
    found = await changes(here.hub, here.user.tenant, before=before)
    live = await here.hub.connections.of_office(here.user.tenant)
    packages = {one.id: connectors.get(one.connector).title for one in live.values()}
    rows = [(one, deed(here.texts, one.what), details(here.texts, one.details)) for one in found.changes]
    found_at = {"rows": rows, "older": found.before, "first": before is None}
    return render(request, here, "changes/index.html", 200, packages=packages, zone=_zone(live), **found_at)


def _zone(live: Mapping[str, Connection]) -> str:
    """The clock of the tenant's books; all of its connections are in one country, as a rule."""
    return next((one.timezone for one in live.values()), "UTC")
