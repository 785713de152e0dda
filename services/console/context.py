"""What a page or an API call is given: who asks, in which language, and the connection it is about.

`Here`, `Mine` and `Operating` are what areas write in their signatures. Every route of the app asks `office` first, so
none can be reached without signing in, and no change be made by a foreign page.
"""

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request

from services.console import sessions
from services.console.identity import NotSignedIn, Platform, User
from services.console.texts import Texts, chosen, texts
from shared.hub import Hub
from shared.schemas.connections import Connection

LANGUAGE = "fieldledger-language"
THEME = "fieldledger-theme"
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Office:
    """Somebody at work. `csrf` is None for a caller with a token of the platform: nobody can forge its requests."""

    hub: Hub
    user: User
    texts: Texts
    csrf: str | None = None
    session: sessions.Session | None = None

    @property
    def operates(self) -> bool:
        """Whether the user looks after the whole installation."""
        return self.user.role == "operator"


def hub_of(request: Request) -> Hub:
    """The hub of the process."""
    hub: Hub = request.app.state.hub
    return hub


def language_of(request: Request, user: User | None = None) -> str:
    """What the user chose, else what the platform says, else what the browser asks for."""
    wishes = (request.cookies.get(LANGUAGE), user.locale if user else None, request.headers.get("accept-language"))
    return chosen(*wishes)


async def office(request: Request) -> Office:
    """Who asks; `NotSignedIn` when nobody we know."""
    if token := bearer(request):
        platform: Platform = request.app.state.platform
        user = await platform.user(token)
        return _at_work(request, user, None)
    session = await sessions.find(hub_of(request), request)
    if session is None:
        raise NotSignedIn("Sign in to go on.")
    await _must_be_meant(request, session)
    return _at_work(request, session.user, session)


def bearer(request: Request) -> str | None:
    """The token of an `Authorization` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _at_work(request: Request, user: User, session: sessions.Session | None) -> Office:
    here = Office(hub_of(request), user, texts(language_of(request, user)), session.csrf if session else None, session)
    request.state.here = here
    return here


async def _must_be_meant(request: Request, session: sessions.Session) -> None:
    """403 for a change without the session's own token: a foreign page can send the cookie, but does not know it."""
    if request.method in SAFE:
        return
    must_come_from_us(request)
    given = request.headers.get("x-csrf-token") or await _of_form(request)
    if not secrets.compare_digest(given.encode(), session.csrf.encode()):
        raise HTTPException(403, "This page is too old. Load it again, then try once more.")


def must_come_from_us(request: Request) -> None:
    """403 for what another site asks for, where the browser tells; it holds also for a token that leaked."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "That was asked for by another site. Nothing was changed.")


async def _of_form(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind != "application/x-www-form-urlencoded":
        return ""
    given = (await request.form()).get("csrf")
    return given if isinstance(given, str) else ""


Here = Annotated[Office, Depends(office)]
"""Whoever is signed in."""


async def mine(here: Here, connection: Annotated[str, Path(max_length=100)]) -> Connection:
    """The connection of the path; 404 unless it is the user's tenant's."""
    found = await here.hub.connections.of_tenant(here.user.tenant, connection)
    if found is None:
        raise HTTPException(404)
    return found


Mine = Annotated[Connection, Depends(mine)]
"""The user's own connection, by `{connection}` of the path."""


async def operating(here: Here) -> Office:
    """403 unless the user is an operator."""
    if not here.operates:
        raise HTTPException(403, "Only operators may see this.")
    return here


Operating = Annotated[Office, Depends(operating)]
"""An operator."""
