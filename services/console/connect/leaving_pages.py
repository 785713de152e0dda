"""The question before a connection ends, and the list of what may go to other books."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.audit import note
from services.console.connect import leaving
from services.console.connect.leaving import Moved
from services.console.connect.words import sentence
from services.console.context import Here, Mine, Office
from services.console.rendering import render
from shared import connectors
from shared.errors import FieldledgerError
from shared.moving import Left
from shared.schemas.connections import Connection

router = APIRouter(include_in_schema=False)


@router.get("/connections/{connection}/disconnect")
async def question(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """What happens, and what does not, before anybody says yes. `then=move`: to connect another administration."""
    moving = request.query_params.get("then") == "move"
    ending = await leaving.ending(here.hub, connection)
    return render(request, here, "connect/disconnect.html", connection=connection, ending=ending, moving=moving)


@router.post("/connections/{connection}/disconnect")
async def disconnect(request: Request, here: Here, connection: Mine) -> Response:
    """The user said yes."""
    ended = await leaving.end(here.hub, connection)
    await note(here, "connection.ended", ended, administration=ended.administration.name)
    moving = (await request.form()).get("then") == "move"
    return RedirectResponse(f"/connect/{ended.connector}" if moving else "/", 303)


@router.get("/connections/{connection}/move")
async def moves(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """What waits in ended connections, for the user to decide; else how to move to another administration."""
    return await _moves(request, here, connection)


async def _moves(
    request: Request, here: Office, connection: Connection, status: int = 200, **more: Any
) -> HTMLResponse:
    olds = await leaving.olds(here.hub, connection) if connection.state != "disconnected" else []
    title = connectors.get(connection.connector).title
    usual: dict[str, Any] = {"done": None, "wrong": None, "settled": None}
    known = {"connection": connection, "title": title, "olds": olds}
    return render(request, here, "connect/move.html", status, **{**known, **usual, **more})


@router.post("/connections/{connection}/move")
async def decide(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """These go along, or stay out: the ticked ones, or all that are surely not in the old books."""
    form = await request.form()
    ended = await _old(here, connection, form.get("from"))
    act, ticked = form.get("act"), [one for one in form.getlist("document") if isinstance(one, str)]
    everything = act in {"move_all", "leave_all"}
    if not everything and not ticked:
        wrong = here.texts("Choose at least one document first.")
        return await _moves(request, here, connection, 422, wrong=wrong)
    try:
        left = await leaving.all_of(here.hub, ended) if everything else await leaving.chosen(here.hub, ended, ticked)
        done = await _done(here, connection, ended, left, leave=act in {"leave", "leave_all"})
    except FieldledgerError as problem:
        return await _moves(request, here, connection, 422, wrong=sentence(here, problem))
    return await _moves(request, here, connection, done=done)


async def _old(here: Office, connection: Connection, ended: object) -> Connection:
    found = await leaving.old_of(here.hub, connection, ended) if isinstance(ended, str) else None
    if found is None:
        raise HTTPException(404)
    return found


async def _done(here: Office, to: Connection, ended: Connection, left: Sequence[Left], *, leave: bool) -> Moved:
    done = await leaving.leave(here.hub, left) if leave else await leaving.move(here.hub, left, to)
    await note(here, "documents.left_out" if leave else "documents.moved", to, of=ended.id, **done.model_dump())
    return done


@router.post("/connections/{connection}/move/look")
async def looked(request: Request, here: Here, connection: Mine) -> HTMLResponse:
    """The user looked into the old books: a document is there, under a number, or it is not."""
    form = await request.form()
    ended = await _old(here, connection, form.get("from"))
    number = str(form.get("number") or "").strip() if form.get("act") == "there" else None
    if number == "":
        wrong = here.texts("Fill in the number that the document has in the old books.")
        return await _moves(request, here, connection, 422, wrong=wrong)
    try:
        (left,) = await leaving.chosen(here.hub, ended, [str(form.get("document"))])
        await leaving.settle(here.hub, left, number)
    except FieldledgerError as problem:
        return await _moves(request, here, connection, 422, wrong=sentence(here, problem))
    await note(here, "document.looked_for", connection, document=left.entry.number, there=number is not None)
    return await _moves(request, here, connection, settled=left.entry)
