"""The preview, for the platform that embeds it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from services.console.audit import note
from services.console.context import Here, Mine
from services.console.preview import looks, views
from services.console.preview.looks import Draft, Verdict
from services.console.preview.views import Preview, Started

router = APIRouter(prefix="/api/v1/connections/{connection}/preview", tags=["preview"])
Day = Annotated[date | None, Query(alias="from", description="The first day to export")]
After = Annotated[str | None, Query(max_length=600, description="`next` of the answer before")]


class Start(BaseModel):
    """From which day on documents are sent. `takes_over`: a connection that bills the same ends the day before."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)
    first_day: date = Field(alias="from")
    takes_over: bool = False


@router.get("")
async def preview(here: Here, connection: Mine, first_day: Day = None, after: After = None) -> Preview:
    """What would be sent from that day on, and what stays out."""
    return await views.preview(here.hub, connection, first_day, after)


@router.get("/look")
async def look(here: Here, connection: Mine, first_day: Day = None, after: After = None) -> list[Verdict]:
    """What would become of the documents of that list, tried against the package, which is only read."""
    shown = await views.preview(here.hub, connection, first_day, after)
    return list(await looks.check(here.hub, connection, [one.id for one in shown.documents if one.goes]))


@router.get("/documents/{document:path}")
async def one(here: Here, connection: Mine, document: str) -> Draft:
    """One document in full, and what would be sent for it."""
    entry = await looks.entry_of(here.hub, connection, document)
    if entry is None:
        raise HTTPException(404)
    return await looks.draft(here.hub, connection, entry)


@router.post("/start")
async def start(here: Here, connection: Mine, wish: Start) -> Started:
    """Let documents of that day and later go. 409: another connection would end, say `takes_over` if it may."""
    started = await views.start(here.hub, connection, wish.first_day, takes_over=wish.takes_over)
    await note(here, "exports.started", connection, from_day=wish.first_day.isoformat())
    return started
