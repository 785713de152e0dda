"""The page of who changed what."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.console.changes.deeds import deed, details
from services.console.changes.views import changes
from services.console.context import Here
from services.console.rendering import render
from shared import connectors

router = APIRouter(include_in_schema=False)


@router.get("/changes")
async def index(
    request: Request, here: Here, before: Annotated[str | None, Query(max_length=40)] = None
) -> HTMLResponse:
    """Newest first."""
    found = await changes(here.hub, here.user.tenant, before=before)
    live = await here.hub.connections.of_office(here.user.tenant)
    packages = {one.id: connectors.get(one.connector).title for one in live.values()}
    rows = [(one, deed(here.texts, one.what), details(here.texts, one.details)) for one in found.changes]
    older = found.before
    return render(request, here, "changes/index.html", rows=rows, older=older, packages=packages, first=before is None)
