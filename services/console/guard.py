"""What holds for every answer and every request, whatever route it takes: headers, and how large a body may be."""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.sessions import is_secure
from shared.settings import Settings

MOST_BYTES = 1024 * 1024
"""Of one request: a form with every setting is a hundredth of it."""


Failed = Callable[[Request, int, Exception | None], Response]
"""What is answered when nobody else did: with 413, or with 500 and what our own mistake was."""


class TooLarge(HTTPException):  # named by what is wrong
    """More was sent than anybody needs. What reads a body lets this kind of error through, and hides any other."""

    def __init__(self) -> None:
        super().__init__(413)


class Guard:
    """Wraps the app."""

    def __init__(
        self, app: ASGIApp, settings: Settings, failed: Failed, form_targets: frozenset[str] = frozenset()
    ) -> None:
        """`form_targets`: where a form may lead besides us, as origins: the login pages of the packages."""
        self._app = app
        self._failed = failed
        self._headers = _headers(settings, form_targets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, self._headers)
        if wrong := _unreadable(scope):
            await self._failed(Request(scope), wrong, None)(scope, receive, answer)
            return
        try:
            await self._app(scope, _bounded(receive), answer)
        except Exception as error:
            if answer.begun:
                raise  # half of it is out: the line is cut, so that nobody takes it for a whole answer
            status = 413 if isinstance(error, TooLarge) else 500
            response = self._failed(Request(scope), status, None if status == 413 else error)  # noqa: PLR2004
            await response(scope, receive, answer)


class _Answer:
    """Sends an answer on, with our headers."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def _unreadable(scope: Scope) -> int | None:
    """The status for what no page of ours sends: an address with a zero character, which no store can look up; parts.

    Ours are forms of short texts: nobody uploads a file here, so none is ever unpacked.
    """
    if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        return 400
    return 415 if Headers(scope=scope).get("content-type", "").lower().startswith("multipart/") else None


def _bounded(receive: Receive) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise TooLarge
        return message

    return bounded


def _headers(settings: Settings, form_targets: frozenset[str]) -> dict[str, str]:
    frames = " ".join(settings.console_frames) or "'none'"
    policy = {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": " ".join(["'self'", *sorted(form_targets)]),
        "frame-ancestors": frames,
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if not settings.console_frames:
        headers["X-Frame-Options"] = "DENY"
    if is_secure(settings):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
