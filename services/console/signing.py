"""Signing in with a token of the platform, signing out, and what a browser remembers of the user's taste."""

from math import ceil
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console import sessions
from services.console.audit import note
from services.console.context import LANGUAGE, THEME, Here, Office, bearer, hub_of, language_of, must_come_from_us
from services.console.identity import NotSignedIn, Platform
from services.console.rendering import page
from services.console.texts import LANGUAGES, texts
from shared.hub import Hub

router = APIRouter(include_in_schema=False)
YEAR = 31_536_000


async def ask(request: Request) -> Response:
    """GET: on to the platform's login page, which may send `next` back along with the token; else how to come in."""
    login = hub_of(request).settings.platform_login
    if login and "stay" not in request.query_params:
        after = local(request.query_params.get("next"))
        return RedirectResponse(f"{login}{'&' if '?' in login else '?'}{urlencode({'next': after})}", 303)
    return _page(request)


def _page(request: Request, status: int = 200, sentence: str | None = None) -> Response:
    words = texts(language_of(request))
    login = hub_of(request).settings.platform_login
    return HTMLResponse(page(request, words, "signin.html", login=login, sentence=sentence), status)


async def sign_in(request: Request) -> Response:
    """POST with the platform's token, as form field `token` or in the header; never in an address."""
    hub = hub_of(request)
    _must_come_from_us_or_the_platform(request, hub)
    _must_not_hurry(request)
    platform: Platform = request.app.state.platform
    form = await request.form()
    given = form.get("token")
    try:
        user = await platform.user(bearer(request) or (given if isinstance(given, str) else ""))
    except NotSignedIn as error:
        return _page(request, 401, texts(language_of(request)).said(str(error)))
    value = await sessions.begin(hub, user)
    await note(Office(hub, user, texts(language_of(request, user))), "session.began")
    response = RedirectResponse(local(form.get("next")), 303)
    sessions.give(response, hub, value, ceil(hub.settings.console_session))
    return response


def local(path: object) -> str:
    """A path of ours to go on to; the start for anything that leads elsewhere."""
    if not isinstance(path, str) or not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return "/"
    return path if path.isprintable() else "/"


def _must_come_from_us_or_the_platform(request: Request, hub: Hub) -> None:
    """Else a foreign page could sign somebody in as another."""
    origin = request.headers.get("origin")
    settings = hub.settings
    known = [settings.console_url or str(request.base_url), settings.platform_issuer, settings.platform_login or ""]
    if origin and origin not in {origin_of(one) for one in known} | set(settings.console_frames):
        raise HTTPException(403, "Sign in from the platform itself.")


def origin_of(url: str) -> str:
    """`https://app.example.com`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _must_not_hurry(request: Request) -> None:
    if not request.app.state.visitors.may_come(request.client.host if request.client else ""):
        raise HTTPException(429)


@router.post("/session/end")
async def sign_out(here: Here) -> Response:
    """Sign out."""
    if here.session:
        await sessions.end(here.hub, here.session)
        await note(here, "session.ended")
    response = RedirectResponse("/session?stay=1", 303)
    sessions.take_back(response, here.hub)
    return response


async def prefer(request: Request) -> Response:
    """POST of a language or a theme; it changes nothing but cookies of this browser."""
    hub = hub_of(request)
    must_come_from_us(request)
    form = await request.form()
    response = RedirectResponse(local(form.get("next")), 303)
    for name, known in ((LANGUAGE, set(LANGUAGES)), (THEME, {"light", "dark", "system"})):
        wish = form.get(name.removeprefix("fieldledger-"))
        if isinstance(wish, str) and wish in known:
            secure = sessions.is_secure(hub.settings)
            response.set_cookie(name, wish, max_age=YEAR, secure=secure, httponly=True, samesite="lax")
    return response
