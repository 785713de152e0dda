"""Pages of comparisons: the operator's, of all connections, and the office worker's, of their own."""

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from services.console.audit import note
from services.console.context import Here, Mine, Office, Operating
from services.console.operate import comparisons, places
from services.console.operate.words import Plain
from services.console.rendering import render
from shared import connectors
from shared.errors import Misconfigured
from shared.schemas.connections import Connection

router = APIRouter(include_in_schema=False)

Cursor = Annotated[str | None, Query(max_length=300)]


@router.get("/operate/reconciliations")
async def index(
    request: Request, here: Operating, connector: Annotated[Plain, Query()] = "", after: Cursor = None
) -> HTMLResponse:
    """Those of all connections."""
    found = await comparisons.comparisons(here.hub, connector=connector or None, after=after)
    every = connectors.all_connectors()
    return render(request, here, "operate/comparisons.html", found=found, chosen=connector, connectors=every)


@router.get("/operate/connections/{connection}/reconciliations")
async def of_connection(request: Request, here: Operating, connection: str, after: Cursor = None) -> HTMLResponse:
    """Those of one connection of any tenant, and the form that asks for one."""
    found = await places.connection(here.hub, connection)
    return await _list(request, here, found, f"/operate/connections/{found.id}/reconciliations", after=after)


@router.post("/operate/connections/{connection}/reconciliations")
async def start(request: Request, here: Operating, connection: str) -> Response:
    """Ask for one."""
    found = await places.connection(here.hub, connection)
    return await _start(request, here, found, f"/operate/connections/{found.id}/reconciliations")


@router.get("/operate/reconciliations/{run}")
async def one(request: Request, here: Operating, run: str) -> HTMLResponse:
    """What one found."""
    return await _report(request, here, run, None, "/operate/reconciliations")


@router.post("/operate/reconciliations/{run}/published")
async def published(here: Operating, run: str) -> Response:
    """Begin to compare what the platform published, too."""
    begun = await comparisons.compare_published(here.hub, run)
    await note(here, "reconciliation.published", begun.run.connection, run=run)
    return RedirectResponse(f"/operate/reconciliations/{run}", 303)


@router.get("/connections/{connection}/reconciliation")
async def mine(request: Request, here: Here, connection: Mine, after: Cursor = None) -> HTMLResponse:
    """Those of one's own connection."""
    return await _list(request, here, connection, _own(connection), after=after)


@router.post("/connections/{connection}/reconciliation")
async def start_mine(request: Request, here: Here, connection: Mine) -> Response:
    """Ask for one."""
    return await _start(request, here, connection, _own(connection))


@router.get("/connections/{connection}/reconciliation/{run}")
async def my_report(request: Request, here: Here, connection: Mine, run: str) -> HTMLResponse:
    """What one found."""
    return await _report(request, here, run, connection, _own(connection))


@router.post("/connections/{connection}/reconciliation/{run}/published")
async def my_published(here: Here, connection: Mine, run: str) -> Response:
    """Begin to compare what the platform published, too."""
    await comparisons.compare_published(here.hub, run, connection)
    await note(here, "reconciliation.published", connection, run=run)
    return RedirectResponse(f"{_own(connection)}/{run}", 303)


def _own(connection: Connection) -> str:
    return f"/connections/{connection.id}/reconciliation"


async def _list(
    request: Request, here: Office, connection: Connection, place: str, *, after: str | None = None, **more: Any
) -> HTMLResponse:
    """`asked` is the id of the one that was just asked for: it shows as soon as an exporter has taken it up."""
    found = await comparisons.comparisons(here.hub, connection=connection.id, after=after)
    shown: dict[str, Any] = {
        "days": defaultdict(str),
        "errors": defaultdict(str),
        "asked": request.query_params.get("asked", ""),
        **more,
    }
    known = {one.run.id for one in found.runs}
    return render(
        request, here, "operate/of_connection.html", 422 if shown["errors"] else 200,
        connection=connection, found=found, place=place, title=connectors.get(connection.connector).title,
        goes_on=bool(shown["asked"]) and shown["asked"] not in known, **shown,
    )  # fmt: skip


async def _start(request: Request, here: Office, connection: Connection, place: str) -> Response:
    form = await request.form()
    days = {name: str(form.get(name, "")) for name in ("first", "last")}
    try:
        id = await comparisons.start(here.hub, connection, comparisons.Days.model_validate(days))
    except ValidationError as error:
        wrong = defaultdict(str, {str(one["loc"][0]): here.texts("Choose a day.") for one in error.errors()})
        return await _list(request, here, connection, place, days=days, errors=wrong)
    except Misconfigured as error:
        return await _list(
            request, here, connection, place, days=days, errors=defaultdict(str, first=here.texts.said(str(error)))
        )
    await note(here, "reconciliation.started", connection, run=id)
    return RedirectResponse(f"{place}?asked={id}", 303)


async def _report(request: Request, here: Office, run: str, connection: Connection | None, place: str) -> HTMLResponse:
    found = await comparisons.report(here.hub, run, connection)
    return render(request, here, "operate/report.html", report=found, place=place)
