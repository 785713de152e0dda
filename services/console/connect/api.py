"""Connecting and disconnecting, for the platform that embeds it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.console.audit import note
from services.console.connect import leaving, views
from services.console.connect.leaving import Ending, Moved, Old
from services.console.connect.logins import WrongLogin
from services.console.connect.views import Asked, Offer
from services.console.connect.words import must_not_hurry, package, sentence, way_back, whose
from services.console.context import Here, Mine, Office
from shared.errors import FieldledgerError
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection

router = APIRouter(prefix="/api/v1", tags=["connect"])
Package = Annotated[str, Depends(package)]
Id = Annotated[str, Field(min_length=1, max_length=500)]


class Wish(BaseModel):
    """How to log in. `site` where the package has several; `credentials` where it has no login page.

    `back`: the user comes back to the `console`, or to the `redirect_uri` that the operator configured (`platform`),
    which then hands code and state to `POST /api/v1/connect/callback`.
    """

    model_config = ConfigDict(extra="forbid")
    site: str | None = None
    credentials: dict[str, SecretStr] | None = None
    back: Literal["console", "platform"] = "console"


class Begun(Frozen):
    """Send the user to `login_page`; or the login is finished already, and `offer` says what can be chosen."""

    login_page: str | None = None
    offer: Offer | None = None


class CameBack(BaseModel):
    """What the package sent the user back with."""

    model_config = ConfigDict(extra="forbid")
    state: str | None = None
    code: SecretStr | None = None
    error: str | None = None


class Connected(Frozen):
    """A live connection. `exports_on_hold`: nothing is exported before `POST .../preview/start`."""

    connection: str
    connector: str
    administration: str
    exports_on_hold: bool


class Decision(BaseModel):
    """What happens to documents of an ended connection: these, or all that are surely not in its books (None)."""

    model_config = ConfigDict(extra="forbid")
    ended: Id
    act: Literal["move", "leave"]
    documents: list[Id] | None = Field(None, min_length=1, max_length=500)


class Looked(BaseModel):
    """Somebody looked into the old books: the document is there under `number`, or (None) it is not there."""

    model_config = ConfigDict(extra="forbid")
    ended: Id
    document: Id
    number: str | None = Field(None, min_length=1, max_length=100)


def _problem(here: Office, error: FieldledgerError) -> HTTPException:
    """The sentence, for the frame's JSON."""
    return HTTPException(409 if isinstance(error, views.NotThere | leaving.Ended) else 422, sentence(here, error))


@router.get("/connect/{connector}")
async def what_it_takes(here: Here, connector: Package) -> Asked:
    """What connecting this package takes."""
    return await views.asked(here.hub, here.user.tenant, connector, here.texts.language)


@router.post("/connect/callback")
async def finish(here: Here, back: CameBack) -> Offer:
    """The user came back to the platform: finish the login."""
    code = back.code.get_secret_value() if back.code else None
    try:
        opened = await views.come_back(here.hub, whose(here), state=back.state, code=code, error=back.error)
    except (views.NoAccess, WrongLogin) as problem:
        raise _problem(here, problem) from problem
    await note(here, "login.finished", connector=opened.connector)
    return opened


@router.post("/connect/{connector}", dependencies=[Depends(must_not_hurry)])
async def begin(request: Request, here: Here, connector: Package, wish: Annotated[Wish, Body()]) -> Begun:
    """Where to send the user; with credentials: whether they are let in, and what can be chosen."""
    who = whose(here)
    try:
        if wish.credentials is not None:
            typed = {name: value.get_secret_value() for name, value in wish.credentials.items()}
            opened = await views.type_in(here.hub, who, connector, typed)
            await note(here, "login.finished", connector=connector)
            return Begun(offer=opened)
        back = way_back(request, here)
        if wish.back == "platform":
            back = here.hub.settings.access(connector).redirect_uri
        there = await views.begin(here.hub, who, connector, wish.site, back)
    except views.Wrong as problem:
        raise _problem(here, problem) from problem
    await note(here, "login.begun", connector=connector)
    return Begun(login_page=there)


@router.get("/connect/logins/{login}")
async def offer(here: Here, login: str) -> Offer:
    """What a finished login opens."""
    found = await views.offer(here.hub, whose(here), login)
    if found is None:
        raise HTTPException(404)
    return found


@router.post("/connect/logins/{login}")
async def choose(
    here: Here, login: str, administration: Annotated[str | None, Body(embed=True, max_length=200)] = None
) -> Connected:
    """Connect an administration: final for this connection. A live connection gets new access to its own."""
    try:
        made = await views.choose(here.hub, whose(here), login, administration)
    except (views.Wrong, views.NotThere, WrongLogin) as problem:
        raise _problem(here, problem) from problem
    if made is None:
        raise HTTPException(404)
    await note(here, "connection.connected", made, administration=made.administration.name)
    return _connected(made)


def _connected(made: Connection) -> Connected:
    return Connected(
        connection=made.id,
        connector=made.connector,
        administration=made.administration.name,
        exports_on_hold=made.exports_from is None,
    )


@router.get("/connections/{connection}/disconnect")
async def what_ends(here: Here, connection: Mine) -> Ending:
    """What ending the connection means."""
    try:
        return await leaving.ending(here.hub, connection)
    except leaving.Ended as problem:
        raise _problem(here, problem) from problem


@router.post("/connections/{connection}/disconnect")
async def disconnect(here: Here, connection: Mine) -> Ending:
    """End the connection. What waits is kept."""
    try:
        meant = await leaving.ending(here.hub, connection)
        await leaving.end(here.hub, connection)
    except leaving.Ended as problem:
        raise _problem(here, problem) from problem
    await note(here, "connection.ended", connection, administration=connection.administration.name)
    return meant


@router.get("/connections/{connection}/move")
async def left_behind(here: Here, connection: Mine) -> list[Old]:
    """What waits in ended connections of this company to this package."""
    return list(await leaving.olds(here.hub, connection))


@router.post("/connections/{connection}/move")
async def decide(here: Here, connection: Mine, decision: Decision) -> Moved:
    """Documents of an ended connection go to the books of this one, or stay out."""
    ended = await _old(here, connection, decision.ended)
    try:
        wanted = decision.documents
        left = await leaving.chosen(here.hub, ended, wanted) if wanted else await leaving.all_of(here.hub, ended)
        done = await (
            leaving.move(here.hub, left, connection) if decision.act == "move" else leaving.leave(here.hub, left)
        )
    except (leaving.Ended, leaving.NotLeft) as problem:
        raise _problem(here, problem) from problem
    what = "documents.moved" if decision.act == "move" else "documents.left_out"
    await note(here, what, connection, of=ended.id, **done.model_dump())
    return done


@router.post("/connections/{connection}/move/look")
async def looked(here: Here, connection: Mine, look: Looked) -> list[Old]:
    """The word on a document that may be in the old books; what waits now."""
    ended = await _old(here, connection, look.ended)
    try:
        (left,) = await leaving.chosen(here.hub, ended, [look.document])
    except leaving.NotLeft as problem:
        raise _problem(here, problem) from problem
    await leaving.settle(here.hub, left, look.number)
    await note(here, "document.looked_for", connection, document=left.entry.number, there=look.number is not None)
    return list(await leaving.olds(here.hub, connection))


async def _old(here: Office, connection: Connection, ended: str) -> Connection:
    found = await leaving.old_of(here.hub, connection, ended)
    if found is None:
        raise HTTPException(404)
    return found
