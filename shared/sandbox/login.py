"""The OAuth server over HTTP: authorize and consent pages, and the token endpoint in the vendor's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.oauth import Issued, OAuthServer, Problem, Refused
from shared.sandbox.pages import consent_page, error_page, login_page
from shared.sandbox.payload import decode


@dataclass(frozen=True)
class TokenError:
    """How a vendor says no: OAuth `error`, `description` (`{at}` and `{now}` are filled in) and extra headers."""

    status: int
    error: str
    description: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def standard_refusal(error: str, description: str | None) -> Mapping[str, Any]:
    """The body of a refusal as RFC 6749 has it."""
    return {"error": error} if description is None else {"error": error, "error_description": description}


@dataclass(frozen=True)
class Dialect:
    """A vendor's paths and words. `sees` lists on the consent page what the app will see; `answer` builds the JSON.

    `send`: how the fields of a token request come; those in a `query` by GET. `response_type` False: the login page is
    asked for without one. `refuse` builds the JSON of a refusal. `names` gives the RFC's name for each of the
    package's own.
    """

    title: str
    authorize: str
    token: str
    sees: tuple[str, ...]
    errors: Mapping[Problem, TokenError]
    answer: Callable[[Issued], Mapping[str, Any]]
    invalid_redirect: int = 400
    send: Literal["form", "json", "query"] = "form"
    response_type: bool = True
    refuse: Callable[[str, str | None], Mapping[str, Any]] = standard_refusal
    names: Mapping[str, str] = field(default_factory=dict)

    def read(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields under the RFC's names."""
        return {self.names.get(name, name): value for name, value in fields.items()}


_KEPT = ("client_id", "redirect_uri", "response_type", "state")


class LoginPages:
    """Routes for one `OAuthServer`. The pages keep no session: everything travels in hidden fields."""

    def __init__(self, server: OAuthServer, dialect: Dialect) -> None:
        self._server = server
        self._dialect = dialect

    @property
    def routes(self) -> list[BaseRoute]:
        """GET and POST of the authorize path; the token path by POST, or by GET where the fields come in the query."""
        asked_by = "GET" if self._dialect.send == "query" else "POST"
        return [
            Route(self._dialect.authorize, self._ask, methods=["GET"]),
            Route(self._dialect.authorize, self._answer, methods=["POST"]),
            Route(self._dialect.token, self._token, methods=[asked_by]),
        ]

    async def _ask(self, request: Request) -> Response:
        asked = self._dialect.read(request.query_params)
        wanted = {name: asked[name] for name in _KEPT if name in asked}
        return self._refusal(wanted) or HTMLResponse(
            login_page(self._dialect.title, self._dialect.authorize, wanted, self._server.users.values())
        )

    async def _answer(self, request: Request) -> Response:
        form = await request.form()
        fields = {name: str(value) for name, value in form.items() if name in {*_KEPT, "user", "decision"}}
        if refusal := self._refusal(fields):
            return refusal
        if fields.get("user") not in self._server.users:
            return self._error(400, "There is no such user.")
        if "decision" not in fields:
            return self._consent(fields)
        return self._back(fields, form)

    def _consent(self, fields: dict[str, str]) -> Response:
        user, dialect = self._server.users[fields["user"]], self._dialect
        return HTMLResponse(
            consent_page(dialect.title, dialect.authorize, fields, app=self._server.app, user=user, sees=dialect.sees)
        )

    def _back(self, fields: dict[str, str], form: FormData) -> Response:
        result = {"error": "access_denied"}
        if fields["decision"] == "allow":
            scopes = frozenset(str(scope) for scope in form.getlist("scope"))
            result = {"code": self._server.authorize(fields["user"], scopes, fields["redirect_uri"])}
        if "state" in fields:
            result["state"] = fields["state"]
        joint = "&" if "?" in fields["redirect_uri"] else "?"
        return RedirectResponse(f"{fields['redirect_uri']}{joint}{urlencode(result)}", 302)

    def _refusal(self, wanted: Mapping[str, str]) -> Response | None:
        if wanted.get("client_id") != self._server.app.client_id:
            return self._error(400, "This app is not known.")
        if not self._server.app.redirects_to(wanted.get("redirect_uri", "")):
            return self._error(self._dialect.invalid_redirect, "Callback URI is not valid")
        if self._dialect.response_type and wanted.get("response_type") != "code":
            return self._error(400, "Only response_type=code is offered.")
        return None

    def _error(self, status: int, message: str) -> Response:
        return HTMLResponse(error_page(self._dialect.title, message), status)

    async def _token(self, request: Request) -> Response:
        try:
            fields = await _READERS[self._dialect.send](request)
            issued = self._server.token(self._dialect.read(fields))
        except Refused as refused:
            return self._say_no(refused)
        return JSONResponse(dict(self._dialect.answer(issued)), headers={"Cache-Control": "no-store"})

    def _say_no(self, refused: Refused) -> Response:
        words = self._dialect.errors[refused.problem]
        said = words.description and words.description.format(at=refused.at, now=refused.now)
        return JSONResponse(dict(self._dialect.refuse(words.error, said)), words.status, dict(words.headers))


async def _form(request: Request) -> dict[str, str]:
    _check_type(request, "application/x-www-form-urlencoded")
    return dict(parse_qsl((await request.body()).decode()))


async def _json(request: Request) -> dict[str, str]:
    _check_type(request, "application/json")
    try:
        body = decode(await request.body())
    except ValueError:
        raise Refused("malformed") from None
    if not isinstance(body, dict):
        raise Refused("malformed")
    return {name: str(value) for name, value in body.items()}


async def _query(request: Request) -> dict[str, str]:
    return dict(request.query_params)


def _check_type(request: Request, wanted: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip() != wanted:
        raise Refused("malformed")


_READERS = {"form": _form, "json": _json, "query": _query}
