"""The JSON API of this area: everything the operator's pages do, and the comparisons of one's own connection."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from services.console.audit import note
from services.console.context import Here, Mine, Operating
from services.console.operate import comparisons, letters, places, replays
from services.console.operate import overview as overviews
from services.console.operate.words import Plain
from shared.schemas.base import Frozen

router = APIRouter(prefix="/api/v1", tags=["operate"])

Cursor = Annotated[str | None, Query(max_length=300)]
Id = Annotated[Plain, Path()]
Offset = Annotated[int, Path(ge=0, lt=2**62)]
Partition = Annotated[int, Path(ge=0, lt=2**31)]
Name = Annotated[Plain | None, Query()]
Text = Annotated[Plain, Query()]


class Started(Frozen):
    """What was asked for, by its id."""

    id: str


@router.get("/operate")
async def overview(here: Operating) -> overviews.Overview:
    """Every connector: backlog, lanes, documents by state and per hour."""
    return await overviews.overview(here.hub)


@router.get("/operate/connectors/{connector}")
async def connector(here: Operating, connector: Id) -> overviews.ConnectorDetail:
    """One connector, with what rests and why, and failures by reason."""
    return await overviews.detail(here.hub, overviews.named(connector))


@router.get("/operate/connections")
async def search(
    here: Operating,
    text: Text = "",
    connector: Text = "",
    state: Text = "",
    after: Text = "",
    *,
    rests: bool = False,
) -> places.Places:
    """Connections of all tenants."""
    return await places.search(here.hub, text, connector=connector, state=state, rests=rests, after=after)


@router.get("/operate/connections/{connection}")
async def look(here: Operating, connection: Id) -> places.Look:
    """One connection of any tenant, to be read only."""
    return await places.look(here.hub, connection)


@router.get("/operate/dead/{source}")
async def dead(
    here: Operating, source: letters.Source, connector: Name = None, before: Cursor = None
) -> letters.Letters:
    """Dead letters, newest first; of a connector, except those of unreadable events."""
    return await letters.letters(here.hub, source, connector, before)


@router.get("/operate/dead/{source}/{partition}/{offset}")
async def dead_letter(
    here: Operating, source: letters.Source, partition: Partition, offset: Offset, connector: Name = None
) -> letters.LetterDetail:
    """One dead letter with its headers and payload, secrets masked."""
    return await letters.letter(here.hub, source, connector, partition, offset)


@router.get("/operate/replays")
async def list_replays(here: Operating, after: Cursor = None) -> replays.Jobs:
    """Replays and previews, newest first."""
    return await replays.jobs(here.hub, after)


@router.post("/operate/replays", status_code=202)
async def preview_replay(here: Operating, wish: Annotated[replays.Wish, Body()]) -> replays.Job:
    """Begin to find out what a replay would do; nothing is sent."""
    begun = await replays.preview(here.hub, wish, here.user.name)
    await note(here, "replay.previewed", replay=begun.id, wish=wish.model_dump(mode="json"))
    return begun


@router.get("/operate/replays/{replay}")
async def read_replay(here: Operating, replay: Id) -> replays.Job:
    """How far one is, and what came of it."""
    return await replays.job(here.hub, replay)


@router.post("/operate/replays/{replay}/start", status_code=202)
async def start_replay(here: Operating, replay: Id) -> replays.Job:
    """Do what a finished preview showed, or begin a stopped replay anew."""
    begun = await replays.start(here.hub, replay, here.user.name)
    await note(here, "replay.started", replay=begun.id, wish=begun.wish.model_dump(mode="json"))
    return begun


@router.get("/operate/reconciliations")
async def list_comparisons(here: Operating, connector: Name = None, after: Cursor = None) -> comparisons.Comparisons:
    """Comparisons of all connections, newest first."""
    return await comparisons.comparisons(here.hub, connector=connector, after=after)


@router.get("/operate/reconciliations/{run}")
async def read_comparison(here: Operating, run: Id) -> comparisons.Report:
    """What one found."""
    return await comparisons.report(here.hub, run)


@router.post("/operate/reconciliations/{run}/published", status_code=202)
async def compare_published(here: Operating, run: Id) -> comparisons.Report:
    """Begin to compare what the platform published in these days, too."""
    begun = await comparisons.compare_published(here.hub, run)
    await note(here, "reconciliation.published", begun.run.connection, run=run)
    return begun


@router.get("/operate/connections/{connection}/reconciliations")
async def list_comparisons_of(here: Operating, connection: Id, after: Cursor = None) -> comparisons.Comparisons:
    """Comparisons of a connection of any tenant, newest first."""
    found = await places.connection(here.hub, connection)
    return await comparisons.comparisons(here.hub, connection=found.id, after=after)


@router.post("/operate/connections/{connection}/reconciliations", status_code=202)
async def start_comparison(here: Operating, connection: Id, days: Annotated[comparisons.Days, Body()]) -> Started:
    """Ask for a comparison of a connection of any tenant."""
    found = await places.connection(here.hub, connection)
    started = await comparisons.start(here.hub, found, days)
    await note(here, "reconciliation.started", found, run=started)
    return Started(id=started)


@router.get("/connections/{connection}/reconciliation")
async def list_my_comparisons(here: Here, connection: Mine, after: Cursor = None) -> comparisons.Comparisons:
    """Comparisons of this connection, newest first."""
    return await comparisons.comparisons(here.hub, connection=connection.id, after=after)


@router.post("/connections/{connection}/reconciliation", status_code=202)
async def start_my_comparison(here: Here, connection: Mine, days: Annotated[comparisons.Days, Body()]) -> Started:
    """Ask for a comparison."""
    started = await comparisons.start(here.hub, connection, days)
    await note(here, "reconciliation.started", connection, run=started)
    return Started(id=started)


@router.get("/connections/{connection}/reconciliation/{run}")
async def read_my_comparison(here: Here, connection: Mine, run: Id) -> comparisons.Report:
    """What one found."""
    return await comparisons.report(here.hub, run, connection)


@router.post("/connections/{connection}/reconciliation/{run}/published", status_code=202)
async def compare_my_published(here: Here, connection: Mine, run: Id) -> comparisons.Report:
    """Begin to compare what the platform published in these days, too."""
    begun = await comparisons.compare_published(here.hub, run, connection)
    await note(here, "reconciliation.published", connection, run=run)
    return begun
