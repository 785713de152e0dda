"""The first page: a card for each package."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.console.context import Here
from services.console.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(request: Request, here: Here) -> HTMLResponse:
    """Every package, and how its connection does."""
    return render(request, here, "integrations/index.html")
