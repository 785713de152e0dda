"""Pages of replays: ask for a preview, look at it, start it, watch it."""

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from services.console.audit import note
from services.console.context import Office, Operating
from services.console.operate import replays
from services.console.rendering import render
from shared import connectors
from shared.errors import Misconfigured

router = APIRouter(include_in_schema=False)


@router.get("/operate/replays")
async def index(
    request: Request, here: Operating, after: Annotated[str | None, Query(max_length=300)] = None
) -> HTMLResponse:
    """The form, and those there were."""
    return await _index(request, here, {}, {}, after)


async def _index(
    request: Request, here: Office, asked: dict[str, Any], errors: dict[str, str], after: str | None = None
) -> HTMLResponse:
    found = await replays.jobs(here.hub, after)
    every = connectors.all_connectors()
    return render(
        request, here, "operate/replays.html", 422 if errors else 200,
        found=found, connectors=every, asked=defaultdict(str, asked), errors=defaultdict(str, errors),
    )  # fmt: skip


@router.post("/operate/replays")
async def preview(request: Request, here: Operating) -> Response:
    """Begin the preview; what is wrong is said beside its field."""
    form = await request.form()
    asked: dict[str, Any] = {name: str(value) for name, value in form.items() if name != "csrf"}
    asked["letters"] = [str(value) for value in form.getlist("letters")]
    try:
        wish = _wish(asked)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): here.texts("This cannot be understood.") for one in error.errors()}
        return await _index(request, here, asked, wrong)
    try:
        begun = await replays.preview(here.hub, wish, here.user.name)
    except Misconfigured as error:
        return await _index(request, here, asked, {_field(wish): here.texts.said(str(error))})
    await note(here, "replay.previewed", replay=begun.id, wish=wish.model_dump(mode="json"))
    return RedirectResponse(f"/operate/replays/{begun.id}", 303)


def _wish(asked: dict[str, Any]) -> replays.Wish:
    """Only what belongs to the way that was chosen: the form has fields for all of them."""
    what = asked.get("what")
    fields: dict[str, Any] = {"connector": asked.get("connector"), "what": what, "tenant": asked.get("tenant") or None}
    if what == "period":
        fields |= {"first": asked.get("first") or None, "last": asked.get("last") or None}
    if what == "dead":
        fields["letters"] = asked["letters"]
    if what == "documents":
        fields["documents"] = asked.get("documents", "").replace(",", "\n").split()
    return replays.Wish.model_validate(fields)


def _field(wish: replays.Wish) -> str:
    """Beside which field an error of the whole belongs."""
    if wish.what == "period" and (wish.first is None or (wish.last and wish.last < wish.first)):
        return "first"
    return "documents" if wish.what == "documents" and not wish.documents else "connector"


@router.get("/operate/replays/{replay}")
async def one(request: Request, here: Operating, replay: str) -> HTMLResponse:
    """One, followed while it goes on."""
    found = await replays.job(here.hub, replay)
    return render(request, here, "operate/replay.html", job=found, title=_title(found))


@router.get("/operate/replays/{replay}/progress")
async def progress(request: Request, here: Operating, replay: str) -> HTMLResponse:
    """How far it is, as a part of its page."""
    found = await replays.job(here.hub, replay)
    return render(request, here, "operate/progress.html", job=found, title=_title(found))


@router.post("/operate/replays/{replay}/start")
async def start(here: Operating, replay: str) -> Response:
    """Do what the preview showed."""
    begun = await replays.start(here.hub, replay, here.user.name)
    await note(here, "replay.started", replay=begun.id, wish=begun.wish.model_dump(mode="json"))
    return RedirectResponse(f"/operate/replays/{begun.id}", 303)


def _title(job: replays.Job) -> str:
    return connectors.get(job.wish.connector).title
