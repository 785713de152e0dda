"""The last step of a login: the package sends the user's browser back to us, with a one-time code."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from shared.errors import FieldledgerError, Misconfigured, NeedsOwner
from shared.serving import serving

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Fieldledger</title>
<body style="font:1.1rem system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem">
<h1>{title}</h1><p>{text}</p></body></html>"""


def is_local(redirect_uri: str) -> bool:
    """Whether this machine itself can answer at that address."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def code_in(query: Mapping[str, str], state: str | None) -> str:
    """The code in a callback's query; `state` None where the package does not send it back.

    `Misconfigured`: it is not of this login; `NeedsOwner`: the user said no.
    """
    if state is not None and not secrets.compare_digest(query.get("state", "").encode(), state.encode()):
        raise Misconfigured("This address does not belong to the login that was just started.")
    if error := query.get("error"):
        raise NeedsOwner(f"Access was not given ({error}). Run the same command again to log in after all.")
    if not query.get("code"):
        raise Misconfigured("This address has no code in it.")
    return query["code"]


def code_in_address(address: str, state: str | None) -> str:
    """The code in an address copied from a browser; errors as `code_in`."""
    query = parse_qs(urlsplit(address.strip()).query)
    return code_in({name: values[0] for name, values in query.items()}, state)


@asynccontextmanager
async def listening(redirect_uri: str, state: str | None) -> AsyncIterator["asyncio.Future[str]"]:
    """Answer at `redirect_uri` while the block runs; gives the code, or the error of `code_in` when the user said no.

    Only a callback with our `state` counts, and only the first. `Misconfigured` when the port is taken.
    """
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    parts = urlsplit(redirect_uri)

    async def callback(request: Request) -> Response:
        return _answer(code, request.query_params, state)

    app = Starlette(routes=[Route(parts.path or "/", callback)])
    async with serving(app, parts.hostname or "127.0.0.1", parts.port or 80):
        yield code
    code.cancel()


def _answer(code: "asyncio.Future[str]", query: Mapping[str, str], state: str | None) -> Response:
    if code.done():
        return _page(410, "This page was used already", "Go back to the terminal.")
    try:
        code.set_result(code_in(query, state))
    except NeedsOwner as error:
        code.set_exception(error)
        return _page(200, "Not connected", "No access was given. You can close this window.")
    except FieldledgerError as error:
        return _page(400, "That did not work", str(error))
    return _page(200, "Logged in", "You can close this window and go back to the terminal.")


def _page(status: int, title: str, text: str) -> Response:
    # Both texts are ours: nothing of the request is ever shown.
    # The address of this page holds the code, so it must not be kept or passed on.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(_PAGE.format(title=title, text=text), status, headers)
