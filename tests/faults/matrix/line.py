"""The line between victim and package: HTTP over a socket, where a cut or a silence takes no time.

The server's side marks what an in-process caller would have met; the victim's side turns it into the error that httpx
raises for it. Nobody waits for a time-out, so time is the sandbox's alone.
"""

from __future__ import annotations

import httpx
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.sandbox.stage import PATIENCE, HungUp, NoAnswer

TIMEOUT = 30.0
"""Seconds a caller of a package waits for its answer; what comes later on the sandbox's clock is no answer."""
MARK = "x-line"
"""The header that says how the line failed: `cut`, `silent`, or `refused` (a scripted answer, see `scripts`)."""


def on_line(package: ASGIApp) -> ASGIApp:
    """The package's app, with failures of the line as marked answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await package({**scope, "extensions": {PATIENCE: {"seconds": TIMEOUT}}}, receive, send)
        except HungUp:
            await Response(status_code=502, headers={MARK: "cut"})(scope, receive, send)
        except NoAnswer:
            await Response(status_code=504, headers={MARK: "silent"})(scope, receive, send)

    return app


class LineTransport(httpx.AsyncBaseTransport):
    """The victim's side. A connection per call: what died with a connection open leaves nothing behind."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncHTTPTransport(verify=False) as socket:  # no certificates to load: plain HTTP
            response = await socket.handle_async_request(request)
            await response.aread()
        match response.headers.get(MARK):
            case "cut":
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
            case "silent":
                raise httpx.ReadTimeout("No answer in time.", request=request)
            case "refused":
                raise httpx.ConnectError("All connection attempts failed", request=request)
            case _:
                return response
