"""The operator's pages: how the connectors do, and the connections of all tenants."""

from datetime import timedelta
from typing import Annotated, Any

from babel.dates import format_timedelta
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.console.context import Office, Operating
from services.console.operate import comparison_pages, letter_pages, overview, places, replay_pages
from services.console.operate.chart import chart
from services.console.operate.words import Plain
from services.console.rendering import render
from shared import connectors

router = APIRouter(include_in_schema=False)
router.include_router(letter_pages.router)
router.include_router(replay_pages.router)
router.include_router(comparison_pages.router)

Text = Annotated[Plain, Query()]


@router.get("/operate")
async def index(request: Request, here: Operating) -> HTMLResponse:
    """Every connector at a glance."""
    shown = await overview.overview(here.hub)
    return render(request, here, "operate/index.html", overview=shown, chart=chart, age=_age(here))


@router.get("/operate/connectors/{connector}")
async def connector(request: Request, here: Operating, connector: str) -> HTMLResponse:
    """One connector."""
    shown = await overview.detail(here.hub, overview.named(connector))
    return render(request, here, "operate/connector.html", detail=shown, chart=chart, age=_age(here))


@router.get("/operate/connections")
async def search(
    request: Request,
    here: Operating,
    text: Text = "",
    connector: Text = "",
    state: Text = "",
    after: Text = "",
    rests: Text = "",
) -> HTMLResponse:
    """Connections of all tenants."""
    asked: dict[str, Any] = {"text": text, "connector": connector, "state": state, "rests": rests}
    found = await places.search(here.hub, text, connector=connector, state=state, rests=bool(rests), after=after)
    every = connectors.all_connectors()
    return render(request, here, "operate/connections.html", found=found, asked=asked, connectors=every)


@router.get("/operate/connections/{connection}")
async def look(request: Request, here: Operating, connection: str) -> HTMLResponse:
    """One connection of any tenant: to be looked at, never changed."""
    shown = await places.look(here.hub, connection)
    return render(request, here, "operate/connection.html", look=shown)


def _age(here: Office) -> Any:
    """`3 minutes`."""
    return lambda seconds: format_timedelta(timedelta(seconds=seconds), locale=here.texts.locale)
