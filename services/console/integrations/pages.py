"""The first page, a card for each package, and the page of one connection."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.console.context import Here, Mine
from services.console.integrations.views import card, integrations
from services.console.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(request: Request, here: Here) -> HTMLResponse:
    """Every package, and how its connection does."""
    cards = (await integrations(here.hub, here.user.tenant)).cards
    return render(request, here, "integrations/index.html", cards=cards)


@router.get("/connections/{connection}")
@router.get("/embed/connections/{connection}")
async def one(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """Settings on the left, what happened on the right; in a page of the platform, without our header."""
    shown = await card(here.hub, connection)
    return render(request, here, "integrations/connection.html", connection=connection, card=shown)
