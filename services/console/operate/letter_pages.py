"""Pages of dead letters."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from services.console.context import Operating
from services.console.operate import letters
from services.console.rendering import render
from shared import connectors

router = APIRouter(include_in_schema=False)

Cursor = Annotated[str | None, Query(max_length=300)]


@router.get("/operate/dead")
async def index(request: Request, here: Operating) -> HTMLResponse:
    """Where there may be some. Kafka is asked only when one of them is opened."""
    return render(request, here, "operate/dead.html", connectors=connectors.all_connectors())


@router.get("/operate/dead/{source}")
async def of_source(
    request: Request, here: Operating, source: letters.Source, connector: str = "", before: Cursor = None
) -> HTMLResponse:
    """A page of them."""
    found = await letters.letters(here.hub, source, connector or None, before)
    return render(request, here, "operate/letters.html", found=found, title=_title(connector))


@router.get("/operate/dead/{source}/newest")
async def newest(request: Request, here: Operating, source: letters.Source, connector: str = "") -> HTMLResponse:
    """The first few, as a part of a connector's page."""
    found = await letters.letters(here.hub, source, connector or None)
    return render(request, here, "operate/newest.html", found=found)


@router.get("/operate/dead/{source}/{partition}/{offset}")
async def one(
    request: Request,
    here: Operating,
    source: letters.Source,
    partition: Annotated[int, Path(ge=0, lt=2**31)],
    offset: Annotated[int, Path(ge=0, lt=2**62)],
    connector: str = "",
) -> HTMLResponse:
    """One with all that is kept of it."""
    found = await letters.letter(here.hub, source, connector or None, partition, offset)
    return render(
        request, here, "operate/letter.html", found=found, source=source, connector=connector, title=_title(connector)
    )


def _title(connector: str) -> str:
    return connectors.get(connector).title if connector else ""
