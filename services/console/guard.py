"""What holds for every answer and every request, whatever route it takes: headers, and how large a body may be."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.sessions import is_secure
from shared.settings import Settings

MOST_BYTES = 1024 * 1024
"""Of one request: a form with every setting is a hundredth of it."""


class TooLarge(Exception):  # named by what is wrong
    """More was sent than anybody needs."""


class Guard:
    """Wraps the app."""

    def __init__(self, app: ASGIApp, settings: Settings, form_targets: frozenset[str] = frozenset()) -> None:
        """`form_targets`: where a form may lead besides us, as origins: the login pages of the packages."""
        self._app = app
        self._headers = _headers(settings, form_targets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0
        answered = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise TooLarge
            return message

        async def guarded(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, counted, guarded)
        except TooLarge:
            if not answered:
                await guarded({"type": "http.response.start", "status": 413, "headers": []})
                await guarded({"type": "http.response.body"})


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
