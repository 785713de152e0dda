"""The pages of this area: one panel, whose parts are asked for anew while a sync is going on."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.context import Here, Mine, Office
from services.console.control import views
from services.console.control.views import AskSync, Chosen, Instant
from services.console.log.api import Before
from services.console.log.views import Word
from services.console.rendering import render
from shared import connectors
from shared.clock import stamp
from shared.schemas.connections import Connection

router = APIRouter(include_in_schema=False)

Asked = Annotated[Instant | None, Query()]
Count = Annotated[int | None, Query(ge=0, le=10_000_000)]


@router.get("/connections/{connection}/control")
async def panel(
    request: Request, here: Here, connection: Mine, asked: Asked = None, sent: Count = None, before: Before = None
) -> HTMLResponse:
    """Sync now, pause, and what was collected."""
    return await _panel(request, here, connection, asked=asked, sent=sent, before=before)


async def _panel(
    request: Request,
    here: Office,
    connection: Connection,
    *,
    asked: datetime | None = None,
    sent: int | None = None,
    before: str | None = None,
) -> HTMLResponse:
    shown = await views.control(here.hub, connection)
    progress = await views.progress(here.hub, connection, asked) if asked else shown.progress
    return render(
        request,
        here,
        "control/panel.html",
        connection=connection,
        control=shown,
        progress=progress,
        again=_again(connection, asked),
        collected=await views.collected(here.hub, connection, before) if shown.collected else None,
        sent=sent,
        title=connectors.get(connection.connector).title,
    )


@router.get("/connections/{connection}/control/sync")
async def progress(request: Request, here: Here, connection: Mine, asked: Asked = None) -> HTMLResponse:
    """How far the sync is."""
    shown = await views.progress(here.hub, connection, asked)
    again = _again(connection, asked)
    return render(request, here, "control/progress.html", connection=connection, progress=shown, again=again)


def _again(connection: Connection, asked: datetime | None) -> str:
    """Where the progress is asked for anew."""
    query = f"?{urlencode({'asked': stamp(asked)})}" if asked else ""
    return f"/connections/{connection.id}/control/sync{query}"


@router.post("/connections/{connection}/control/sync")
async def sync_now(
    request: Request,
    here: Here,
    connection: Mine,
    *,
    kind: Annotated[Word, Form()] = "",
    accept_deletions: Annotated[bool, Form()] = False,
) -> Response:
    """Read all that is read by itself, or one kind."""
    moment = await here.hub.store.now()
    kinds = (kind,) if kind else ()
    await views.sync_now(here, connection, AskSync(kinds=kinds, accept_deletions=accept_deletions))
    return await _answer(request, here, connection, asked=moment)


@router.post("/connections/{connection}/control/pause")
async def pause(request: Request, here: Here, connection: Mine) -> Response:
    """Nothing is read or sent any more."""
    await views.pause(here, connection)
    return await _answer(request, here, connection)


@router.post("/connections/{connection}/control/resume")
async def resume(request: Request, here: Here, connection: Mine) -> Response:
    """It goes on."""
    await views.resume(here, connection)
    return await _answer(request, here, connection)


@router.post("/connections/{connection}/control/send")
async def send(
    request: Request,
    here: Here,
    connection: Mine,
    *,
    document: Annotated[list[str] | None, Form()] = None,
    all_: Annotated[bool, Form(alias="all")] = False,
) -> Response:
    """Send the chosen documents, or all that are collected."""
    chosen = Chosen(documents=() if all_ else tuple(document or ()), all=all_)
    done = await views.send(here, connection, chosen)
    return await _answer(request, here, connection, sent=done.documents)


async def _answer(
    request: Request, here: Office, connection: Connection, *, asked: datetime | None = None, sent: int | None = None
) -> Response:
    """The panel anew for htmx, else the page of it."""
    if request.headers.get("hx-request") == "true":
        now = await here.hub.connections.get(connection.id)
        return await _panel(request, here, now, asked=asked, sent=sent)
    known = {"asked": stamp(asked) if asked else None, "sent": sent}
    query = urlencode({name: value for name, value in known.items() if value is not None})
    return RedirectResponse(f"/connections/{connection.id}/control?{query}", 303)
