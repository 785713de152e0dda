"""Connecting a package: its page, the way to its login page and back, and the choice of administration."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.audit import note
from services.console.connect import leaving, leaving_pages, views
from services.console.connect.views import Offer
from services.console.connect.words import must_not_hurry, package, sentence, way_back, whose
from services.console.context import Here, Office
from services.console.rendering import render
from shared.errors import FieldledgerError
from shared.schemas.connections import Connection

router = APIRouter(include_in_schema=False)
router.include_router(leaving_pages.router)

Package = Annotated[str, Depends(package)]
_WRONG = 422


@router.get("/connect/callback")
async def callback(
    request: Request, here: Here, state: str | None = None, code: str | None = None, error: str | None = None
) -> Response:
    """The package sends the user back. The address holds a code, so the user goes on at once."""
    try:
        offer = await views.come_back(here.hub, whose(here), state=state, code=code, error=error)
    except FieldledgerError as problem:
        return _failed(request, here, problem)
    return await _go_on(request, here, offer)


def _failed(request: Request, here: Office, problem: FieldledgerError) -> Response:
    connector = problem.connector if isinstance(problem, views.LoginProblem) else None
    page = render(request, here, "connect/failed.html", 400, sentence=sentence(here, problem), connector=connector)
    page.headers["Referrer-Policy"] = "no-referrer"  # the address may hold a code
    return page


async def _go_on(request: Request, here: Office, offer: Offer) -> Response:
    """To the choice of administration; for a live connection there is none to make."""
    await note(here, "login.finished", connector=offer.connector)
    if offer.live is None:
        return RedirectResponse(f"/connect/logins/{offer.login}", 303)
    try:
        made = await views.choose(here.hub, whose(here), offer.login, None)
    except views.NotThere as problem:
        return _failed(request, here, problem)
    return await _connected(here, made)


@router.get("/connect/logins/{login}")
async def choice(request: Request, here: Here, login: str) -> Response:
    """The administrations that the login opens, and that the choice is final."""
    try:
        offer = await views.offer(here.hub, whose(here), login)
    except FieldledgerError as problem:
        return _failed(request, here, problem)
    return _choice(request, here, offer)


def _choice(request: Request, here: Office, offer: Offer | None, wrong: bool = False) -> HTMLResponse:  # noqa: FBT001, FBT002
    if offer is None:
        raise HTTPException(404)
    return render(request, here, "connect/choose.html", _WRONG if wrong else 200, offer=offer, wrong=wrong)


@router.post("/connect/logins/{login}")
async def choose(request: Request, here: Here, login: str) -> Response:
    """Connect the chosen administration."""
    chosen = (await request.form()).get("administration")
    code = chosen if isinstance(chosen, str) else None
    try:
        made = await views.choose(here.hub, whose(here), login, code)
    except views.Wrong:
        return _choice(request, here, await views.offer(here.hub, whose(here), login), wrong=True)
    except FieldledgerError as problem:
        return _failed(request, here, problem)
    return await _connected(here, made)


async def _connected(here: Office, made: Connection | None) -> Response:
    """On to the connection; where documents of an ended one wait for a word, to those first."""
    if made is None:
        raise HTTPException(404)
    await note(here, "connection.connected", made, administration=made.administration.name)
    waits = await leaving.olds(here.hub, made)
    return RedirectResponse(f"/connections/{made.id}/move" if waits else f"/connections/{made.id}", 303)


@router.get("/connect/{connector}")
async def ask(request: Request, here: Here, connector: Package) -> HTMLResponse:
    """What connecting the package takes; for a live connection: how to give it new access."""
    return await _asked(request, here, connector)


async def _asked(request: Request, here: Office, connector: str, status: int = 200, **more: Any) -> HTMLResponse:
    asked = await views.asked(here.hub, here.user.tenant, connector, here.texts.language)
    usual: dict[str, Any] = {"wrong": (), "refused": None, "typed": {}}
    return render(request, here, "connect/ask.html", status, asked=asked, **{**usual, **more})


@router.post("/connect/{connector}", dependencies=[Depends(must_not_hurry)])
async def go(request: Request, here: Here, connector: Package) -> Response:
    """To the package's login page, or try what was typed."""
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        if (await views.asked(here.hub, here.user.tenant, connector, "en")).by == "credentials":
            return await _go_on(request, here, await views.type_in(here.hub, whose(here), connector, typed))
        back = way_back(request, here)
        there = await views.begin(here.hub, whose(here), connector, typed.get("site"), back)
    except views.Wrong as problem:
        return await _asked(request, here, connector, _WRONG, wrong=problem.fields, typed=typed)
    except FieldledgerError as problem:
        return await _asked(request, here, connector, _WRONG, refused=sentence(here, problem), typed=typed)
    await note(here, "login.begun", connector=connector)
    return RedirectResponse(there, 303)
