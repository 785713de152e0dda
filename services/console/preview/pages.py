"""The preview: the list of what would be sent, one document in full, and the button that lets it go."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from services.console.audit import note
from services.console.context import Here, Mine, Office
from services.console.preview import looks, views
from services.console.preview.looks import Verdict
from services.console.rendering import render
from shared.errors import Misconfigured
from shared.schemas.connections import Connection

router = APIRouter(prefix="/connections/{connection}/preview", include_in_schema=False)


def day_of(text: object) -> date | None:
    """A day as date fields send it; None when it is none."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


@router.get("")
async def preview(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """What would be sent, from which day. The documents shown are tried by a request of their own: that takes calls."""
    day = day_of(request.query_params.get("from"))
    return await _page(request, here, connection, day, tried=request.query_params.get("from") is None)


async def _page(
    request: Request, here: Office, connection: Connection, day: date | None, status: int = 200, **more: Any
) -> HTMLResponse:
    shown = await views.preview(here.hub, connection, day, request.query_params.get("after"))
    usual: dict[str, Any] = {"wrong": None, "asks": None, "tried": False, "verdicts": {}, "started": None}
    known = {"connection": connection, "preview": shown, "after": request.query_params.get("after", "")}
    return render(request, here, "preview/index.html", status, **{**known, **usual, **more})


@router.get("/look")
async def look(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """The same list, with what would become of each document. The package is only read."""
    day = day_of(request.query_params.get("from"))
    shown = await views.preview(here.hub, connection, day, request.query_params.get("after"))
    found = await looks.check(here.hub, connection, [one.id for one in shown.documents if one.goes])
    verdicts: Mapping[str, Verdict] = {one.id: one for one in found}
    after = request.query_params.get("after", "")
    known: dict[str, Any] = {"connection": connection, "preview": shown, "verdicts": verdicts, "tried": False}
    return render(request, here, "preview/documents.html", after=after, **known)


@router.post("/start")
async def start(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """The user's word. When another connection would end by it, that is asked first."""
    form = await request.form()
    day = day_of(form.get("from"))
    if day is None:
        return await _page(request, here, connection, None, 422, wrong=here.texts("Choose a day first."))
    try:
        started = await views.start(here.hub, connection, day, takes_over=form.get("takes_over") == "yes")
    except views.AsksToTakeOver as asks:
        return await _page(request, here, connection, day, 409, asks=asks.question)
    except Misconfigured as problem:
        known = day if views.sensible(here.hub, day) else None
        return await _page(request, here, connection, known, 422, wrong=here.texts.said(str(problem)))
    await note(here, "exports.started", connection, from_day=day.isoformat())
    newer = await here.hub.connections.get(connection.id)
    return await _page(request, here, newer, day, started=started)


@router.get("/documents/{document:path}")
async def one(request: Request, here: Here, connection: Mine, document: str) -> HTMLResponse:
    """One document in full, as the package would get it."""
    entry = await looks.entry_of(here.hub, connection, document)
    if entry is None:
        raise HTTPException(404)
    shown = await looks.draft(here.hub, connection, entry)
    return render(request, here, "preview/document.html", connection=connection, draft=shown)
