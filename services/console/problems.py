"""What goes wrong, as a sentence: on a page, in the part of a page that htmx asked for, or as JSON."""

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.console.context import language_of
from services.console.identity import NotSignedIn
from services.console.rendering import page
from services.console.texts import Texts, texts
from shared.bus import BusUnavailable
from shared.errors import (
    FieldledgerError,
    Misconfigured,
    NeedsOwner,
    RateLimited,
    StoreUnavailable,
    TryLater,
    Unavailable,
)
from shared.log import get
from shared.schemas.base import Frozen

SIGN_IN = "/session"
_STATUS: tuple[tuple[type[FieldledgerError], int], ...] = (
    (Misconfigured, 422),
    (NeedsOwner, 409),
    (RateLimited, 503),
    (TryLater, 503),
    (Unavailable, 503),
)
"""Any other error of ours is about a document or a connection as it stands: 409."""

_log = get(__name__)


class Problem(Frozen):
    """What a program is told."""

    error: str


def handle_problems(app: FastAPI) -> None:
    """Answer every error with a sentence."""
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(FieldledgerError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)


def is_api(request: Request) -> bool:
    """Whether the caller is a program."""
    return request.url.path.startswith("/api/")


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request") == "true"


async def _not_signed_in(request: Request, error: Exception) -> Response:
    words = _texts(request)
    if is_api(request):
        return JSONResponse({"error": words.said(str(error))}, 401, {"WWW-Authenticate": "Bearer"})
    back = request.url.path if request.method == "GET" and not is_fragment(request) else "/"
    there = f"{SIGN_IN}?{urlencode({'next': back})}"
    if is_fragment(request):
        return HTMLResponse("", 401, {"HX-Redirect": there})
    return RedirectResponse(there, 303)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, FieldledgerError), "registered for these"
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 409)
    return answer(request, status, _told(request, error))


def _told(request: Request, error: FieldledgerError) -> str:
    """The error's own sentence; where our parts stand and what ails them is told to operators alone."""
    here, words = getattr(request.state, "here", None), _texts(request)
    if isinstance(error, StoreUnavailable | BusUnavailable):
        _log.warning("a part of ours does not answer", path=request.url.path, why=str(error))
        if here is None or not here.operates:
            return words("Something that Fieldledger needs does not answer at this moment. Try again in a minute.")
    return words.said(str(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for these"
    words = _texts(request)
    plain = _PLAIN.get(error.status_code)
    sentence = plain(words) if plain else words.said(error.detail)
    return answer(request, error.status_code, sentence, dict(error.headers or {}))


def _unread(_: Texts) -> str:
    return _("What was sent cannot be read. Load the page again, then try once more.")


_PLAIN: dict[int, Callable[[Texts], str]] = {
    400: _unread,
    404: lambda _: _("There is nothing here. It may have been removed, or the address is wrong."),
    405: lambda _: _("That cannot be done with this address."),
    413: lambda _: _("That is too much at once."),
    429: lambda _: _("That was tried too often. Wait a minute, then try again."),
    415: _unread,
    500: lambda _: _("Something went wrong on our side. It was written down; try again."),
}


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError), "registered for these"
    fields = ", ".join(sorted({".".join(str(part) for part in one["loc"][1:]) for one in error.errors()}))
    return answer(request, 422, _texts(request)("This cannot be understood: {fields}.", fields=fields))


def failed(request: Request, status: int, error: Exception | None) -> Response:
    """What the guard answers when nobody else did; of our own mistake the caller learns nothing."""
    if error is not None:
        _log.error("a page failed", path=request.url.path, exc_info=error)
    words = _texts(request)
    return answer(request, status, _PLAIN[status](words))


def answer(request: Request, status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    """The sentence, in the form that the caller can use. In a page it is shown on top, whatever was asked for."""
    if is_api(request):
        return JSONResponse({"error": sentence}, status, headers)
    if is_fragment(request):
        shown = page(request, _texts(request), "parts/problem.html", sentence=sentence)
        return HTMLResponse(shown, status, {"HX-Retarget": "#problem", "HX-Reswap": "innerHTML", **(headers or {})})
    here = getattr(request.state, "here", None)
    text = page(request, _texts(request), "problem.html", here=here, sentence=sentence, status=status)
    return HTMLResponse(text, status, headers)


def _texts(request: Request) -> Texts:
    here = getattr(request.state, "here", None)
    return here.texts if here else texts(language_of(request))
