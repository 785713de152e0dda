"""The pages of this area: the log panel, what waits, and one document."""

from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from services.console.context import Here, Mine, Office
from services.console.log import acting
from services.console.log.acting import SendAgain, There
from services.console.log.api import Before, Key
from services.console.log.documents import Group, document, documents
from services.console.log.live import stream
from services.console.log.standing import standing
from services.console.log.views import Filter, Line, Wanted, Word, lines, top
from services.console.rendering import page, render
from shared import connectors
from shared.paging import Place
from shared.schemas.connections import Connection
from shared.words import FLOWS, plural

router = APIRouter(include_in_schema=False)


@router.get("/connections/{connection}/log")
async def panel(request: Request, here: Here, connection: Mine, wanted: Wanted, before: Before = None) -> HTMLResponse:
    """The log panel; for htmx that asks for older lines, only these."""
    ended = await top(here.hub, connection)  # before the lines are read: what comes in between is shown, or streamed
    found = await lines(here.hub, connection, wanted, before=before)
    more = _address(connection, wanted, found.older)
    context: dict[str, Any] = {"connection": connection, "found": found, "wanted": wanted, "more": more}
    if before and request.headers.get("hx-request") == "true":
        return render(request, here, "log/lines.html", **context)
    shown = max(ended, Place.read(found.lines[0].place)) if found.lines else ended
    live = None if before or wanted.last else _stream(connection, wanted, shown)
    return render(
        request,
        here,
        "log/panel.html",
        **context,
        live=live,
        standing=await standing(here.hub, connection),
        kinds=_kinds(connection),
        title=connectors.get(connection.connector).title,
    )


def _kinds(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """What may be looked for: values and titles, below `import` and `export`."""
    records = [(kind, plural(kind)) for kind in connectors.get(connection.connector).kinds]
    return {"import": records, "export": [(flow, plural(word)) for flow, word in FLOWS.items()]}


def _address(connection: Connection, wanted: Filter, before: str | None) -> str | None:
    """Where the older lines are, if there are any."""
    query = urlencode({**wanted.query, "before": before}) if before else ""
    return f"/connections/{connection.id}/log?{query}" if before else None


def _stream(connection: Connection, wanted: Filter, after: Place) -> str:
    """What is written behind that place."""
    query = urlencode({**wanted.query, "after": str(after)})
    return f"/connections/{connection.id}/log/stream?{query}"


@router.get("/connections/{connection}/log/stream")
async def watch(
    request: Request, here: Here, connection: Mine, wanted: Wanted, after: Before = None
) -> StreamingResponse:
    """Each new line, as it stands in the list."""
    return await stream(request, here, connection, wanted, after, partial(_row, request, here, connection))


def _row(request: Request, here: Office, connection: Connection, one: Line) -> str:
    return page(request, here.texts, "log/line.html", here=here, connection=connection, line=one)


@router.get("/connections/{connection}/standing")
async def stands(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """What holds it up and what waits, anew."""
    return render(
        request, here, "log/standing.html", connection=connection, standing=await standing(here.hub, connection)
    )


@router.get("/connections/{connection}/documents")
async def index(
    request: Request, here: Here, connection: Mine, group: Group = "open", number: Word = "", before: Before = None
) -> HTMLResponse:
    """Documents of some states, or of one number."""
    found = await documents(here.hub, connection, group=group, number=number, before=before)
    query = urlencode({"group": group, "number": number, "before": found.older or ""})
    return render(
        request,
        here,
        "log/documents.html",
        connection=connection,
        found=found,
        group=group,
        number=number,
        more=f"/connections/{connection.id}/documents?{query}" if found.older else None,
        title=connectors.get(connection.connector).title,
    )


@router.get("/connections/{connection}/documents/{key}")
async def one(request: Request, here: Here, connection: Mine, key: Key, asked: Word = "") -> HTMLResponse:
    """One document, and what can be done about it. `asked`: what was just done."""
    ended = await top(here.hub, connection)  # first: what happens from now on makes the page read anew
    shown = await document(here.hub, connection, key)
    told = await lines(here.hub, connection, Filter(document=shown.number), limit=10)
    return render(
        request,
        here,
        "log/document.html",
        connection=connection,
        document=shown,
        asked=asked,
        told=told,
        live=_stream(connection, Filter(document=shown.number), ended),
        title=connectors.get(connection.connector).title,
    )


@router.post("/connections/{connection}/documents/{key}/send-again")
async def send_again(
    here: Here, connection: Mine, key: Key, *, without_invoice: Annotated[bool, Form()] = False
) -> Response:
    """Try it once more."""
    await acting.send_again(here, connection, key, SendAgain(without_invoice=without_invoice))
    return _back(connection, key, "send_again")


@router.post("/connections/{connection}/documents/{key}/leave-out")
async def leave_out(here: Here, connection: Mine, key: Key) -> Response:
    """It goes into no books."""
    await acting.leave_out(here, connection, key)
    return _back(connection, key, "leave_out")


@router.post("/connections/{connection}/documents/{key}/it-is-there")
async def it_is_there(
    request: Request,
    here: Here,
    connection: Mine,
    key: Key,
    number: Annotated[Word, Form()] = "",
    vendor_id: Annotated[Word, Form()] = "",
) -> Response:
    """Somebody looked: it is in the package."""
    if not number and not vendor_id:
        return await _which(request, here, connection, key)
    await acting.it_is_there(here, connection, key, There(number=number, vendor_id=vendor_id))
    return _back(connection, key, "it_is_there")


async def _which(request: Request, here: Office, connection: Connection, key: str) -> HTMLResponse:
    """The same page, with the word beside the field that is empty."""
    shown = await one(request, here, connection, key, asked="which")
    return HTMLResponse(shown.body, 422)


def _back(connection: Connection, key: str, asked: str) -> Response:
    return RedirectResponse(f"/connections/{connection.id}/documents/{key}?asked={asked}", 303)
