"""The door to Exact's REST API: who may call, how often, on which books (Exact fact sheet, sections 1 to 5)."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.oauth import Chain, OAuthServer

from . import queries, rendering
from .kinds import DIVISIONS, ME
from .limits import Limits
from .refusals import Refusal, forbidden
from .rendering import View
from .resources import SYSTEM
from .store import Table
from .visits import Books, Target, Visit, by_key, origin

_PATH = re.compile(
    r"/api/v1/(?P<division>\d+|current)/(?P<path>\w+(?:/\w+){0,3})(?:\((?P<key>[^()]*)\))?(?:/(?P<rest>\$?\w+))?"
)
_METHODS = ["GET", "POST", "PUT", "DELETE"]


class Api:
    """The routes under /api/v1."""

    def __init__(self, oauth: OAuthServer, limits: Limits, books: Books) -> None:
        self._oauth = oauth
        self._limits = limits
        self._books = books
        self.maintenance = False

    @property
    def routes(self) -> list[BaseRoute]:
        """One route; the paths are read by their own grammar."""
        return [Route("/api/v1/{rest:path}", self._serve, methods=_METHODS)]

    async def _serve(self, request: Request) -> Response:
        json = "application/json" in request.headers.get("accept", "")
        if self.maintenance:
            return Response("<html><body>Exact Online is in onderhoud.</body></html>", 503, media_type="text/html")
        try:
            target, login = self._target(request), self._login(request)
        except Refusal as refusal:
            return rendering.refused(refusal, json=json)
        scope = (self._oauth.app.client_id, self._number(target, login))
        endpoint = (login.user.id, str(scope[1]), target.path)
        try:
            self._limits.check_endpoint(endpoint)
            self._limits.spend(scope)
        except Refusal as refusal:
            return rendering.refused(refusal, json=json)
        response = await self._answer(request, target, login, json=json)
        self._limits.note(endpoint, response.status_code)
        response.headers.update(self._limits.headers(scope))
        return response

    async def _answer(self, request: Request, target: Target, login: Chain, *, json: bool) -> Response:
        try:
            if f"{target.division}/{target.path}" == ME or target.path == DIVISIONS:
                return self._system(request, target, login, json=json)
            if target.division not in login.scopes:
                raise forbidden("NoDivisionAccess")
            return await Visit(self._books, request, target, login, json=json).answer()
        except Refusal as refusal:
            return rendering.refused(refusal, json=json)

    def _login(self, request: Request) -> Chain:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        login = self._oauth.grant_of(token) if scheme.lower() == "bearer" else None
        if login is None:
            raise Refusal(401)
        return login

    @staticmethod
    def _target(request: Request) -> Target:
        match = _PATH.fullmatch(request.scope["path"])
        if match is None:
            raise Refusal(404)
        return Target(match["division"], match["path"], match["key"], match["rest"])

    def _number(self, target: Target, login: Chain) -> int:
        return int(self._books.me(login)["CurrentDivision"] if target.division == "current" else target.division)

    def _system(self, request: Request, target: Target, login: Chain, *, json: bool) -> Response:
        # The division in the path of system/Divisions is not looked at (section 1).
        name = DIVISIONS if target.path == DIVISIONS else ME
        resource, table = SYSTEM[name], Table(SYSTEM[name].key)
        table.fill(self._books.divisions(login) if name == DIVISIONS else [self._books.me(login)])
        if request.method != "GET":
            raise Refusal(405)
        root = f"{origin(request)}/api/v1" + (f"/{target.division}" if name == DIVISIONS else "")
        view = View(resource, root, None)
        if target.key is not None:
            return rendering.single(view.row(by_key(table, target.key)), json=json)
        query = queries.parse(request.query_params, resource, mandatory_filter=False)
        found = queries.run(query, resource, table, frozenset())
        return rendering.listing(found, [view.row(row, query.select) for row in found.rows], None, json=json)
