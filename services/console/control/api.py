"""The JSON API of this area."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.console.context import Here, Mine
from services.console.control import views
from services.console.control.views import AskSync, Chosen, Control, Instant, Progress, Sent

router = APIRouter(prefix="/api/v1", tags=["control"])


@router.get("/connections/{connection}/control")
async def read_control(here: Here, connection: Mine) -> Control:
    """What can be asked of a connection now."""
    return await views.control(here.hub, connection)


@router.get("/connections/{connection}/control/sync")
async def read_sync(
    here: Here,
    connection: Mine,
    asked: Annotated[Instant | None, Query(description="only a sync that was not over then")] = None,
) -> Progress:
    """How far the sync is, or how the last one ended."""
    return await views.progress(here.hub, connection, asked)


@router.post("/connections/{connection}/control/sync")
async def sync_now(here: Here, connection: Mine, asked: AskSync) -> Progress:
    """Read from the package now. Kinds that are read only by hand are read when they are named."""
    return await views.sync_now(here, connection, asked)


@router.post("/connections/{connection}/control/pause")
async def pause(here: Here, connection: Mine) -> Control:
    """Nothing is read or sent until it is resumed; what comes is kept."""
    return await views.pause(here, connection)


@router.post("/connections/{connection}/control/resume")
async def resume(here: Here, connection: Mine) -> Control:
    """Go on: after a pause, or when what the connection rested for was mended in the package."""
    return await views.resume(here, connection)


@router.post("/connections/{connection}/control/send")
async def send(here: Here, connection: Mine, chosen: Chosen) -> Sent:
    """Send documents that were collected, because the connection sends by hand."""
    return await views.send(here, connection, chosen)
