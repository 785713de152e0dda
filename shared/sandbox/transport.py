"""How tests call a sandbox inside their own process, bad days included."""

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.sandbox.stage import PATIENCE, HungUp, NoAnswer


class SandboxTransport(httpx.AsyncBaseTransport):
    """Like `httpx.ASGITransport`; a cut line and a missing answer become the errors a real socket gives.

    An answer later than the request's read time-out is a `ReadTimeout` at once: no test waits for it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through the app."""
        patience = request.extensions.get("timeout", {}).get("read")
        try:
            return await httpx.ASGITransport(_patient(self._app, patience)).handle_async_request(request)
        except HungUp as error:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            ) from error
        except NoAnswer as error:
            raise httpx.ReadTimeout("No answer in time.", request=request) from error


def _patient(app: ASGIApp, seconds: float | None) -> ASGIApp:
    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {PATIENCE: {"seconds": seconds}}}, receive, send)

    return patient
