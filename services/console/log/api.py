"""The JSON API of this area."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse

from services.console.context import Here, Mine
from services.console.log import acting
from services.console.log.acting import SendAgain, There
from services.console.log.documents import A_PAGE as DOCUMENTS
from services.console.log.documents import MOST, Briefs, Full, Group, document, documents
from services.console.log.live import stream
from services.console.log.standing import Standing, standing
from services.console.log.views import A_PAGE, Lines, Wanted, Word, lines

router = APIRouter(prefix="/api/v1", tags=["log"])

Key = Annotated[str, Path(max_length=600)]
Before = Annotated[str | None, Query(max_length=300, description="`older` of the page before")]


@router.get("/connections/{connection}/log")
async def read_log(
    here: Here,
    connection: Mine,
    wanted: Wanted,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = A_PAGE,
) -> Lines:
    """What happened, newest first."""
    return await lines(here.hub, connection, wanted, before=before, limit=limit)


@router.get(
    "/connections/{connection}/log/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "each line as an event, with its JSON"}},
)
async def watch_log(
    request: Request, here: Here, connection: Mine, wanted: Wanted, after: Before = None
) -> StreamingResponse:
    """What happens, as it happens. Goes on behind `Last-Event-ID`, or the `place` of a line."""
    return await stream(request, here, connection, wanted, after, lambda one: one.model_dump_json())


@router.get("/connections/{connection}/standing")
async def read_standing(here: Here, connection: Mine) -> Standing:
    """What holds the connection up, and what waits for which reason."""
    return await standing(here.hub, connection)


@router.get("/connections/{connection}/documents")
async def list_documents(
    here: Here,
    connection: Mine,
    group: Group = "open",
    number: Annotated[Word, Query(description="all of this number, whatever their state")] = "",
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = DOCUMENTS,
) -> Briefs:
    """Documents and what became of them, newest first."""
    return await documents(here.hub, connection, group=group, number=number, before=before, limit=limit)


@router.get("/connections/{connection}/documents/{key}")
async def read_document(here: Here, connection: Mine, key: Key) -> Full:
    """One document: its writes, the package's words, and what may be asked for."""
    return await document(here.hub, connection, key)


@router.post("/connections/{connection}/documents/{key}/send-again")
async def send_again(here: Here, connection: Mine, key: Key, asked: SendAgain | None = None) -> Full:
    """Try it once more. One that is in the books is never made again."""
    return await acting.send_again(here, connection, key, asked or SendAgain())


@router.post("/connections/{connection}/documents/{key}/leave-out")
async def leave_out(here: Here, connection: Mine, key: Key) -> Full:
    """It goes into no books, until somebody asks for it."""
    return await acting.leave_out(here, connection, key)


@router.post("/connections/{connection}/documents/{key}/it-is-there")
async def it_is_there(here: Here, connection: Mine, key: Key, there: There) -> Full:
    """Of an unsure document: somebody looked, and the package has it."""
    return await acting.it_is_there(here, connection, key, there)
