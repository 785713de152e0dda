"""The one path of the pretend Moloni Spain: GraphQL by POST (Moloni Spain fact sheet, section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    build_ast_schema,
    execute_sync,
    parse,
    validate,
    visit,
)
from graphql.language import REMOVE, FieldDefinitionNode, Visitor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.sandbox.oauth import Chain, OAuthServer
from shared.sandbox.payload import decode, encode

from .refusals import Refusal

if TYPE_CHECKING:
    from .operations import Operations

PATH = "/v1"
_ASKED = re.compile(rb'"query"\s*:\s*"(?:\s|\\n)*(?:query|mutation)\s+(\w+)')


def operation(_headers: Mapping[str, str], body: bytes) -> str:
    """The operation a call asks for, by the name that stands in its text."""
    found = _ASKED.search(body)
    return found[1].decode() if found else ""


def schema(*, proven_only: bool) -> GraphQLSchema:
    """What can be asked for. `proven_only`: without what is marked as inferred."""
    text = parse(Path(__file__).with_name("schema.graphql").read_text())
    return build_ast_schema(visit(text, _Proven()) if proven_only else text)


class _Proven(Visitor):
    """Leaves out the fields that no source proves."""

    def enter_field_definition(self, node: FieldDefinitionNode, *_: Any) -> Any:
        return REMOVE if any(one.name.value == "inferred" for one in node.directives or ()) else None


@dataclass(frozen=True)
class Visit:
    """Who asks."""

    chain: Chain


Resolver = Callable[..., Any]


class Api:
    """Answers calls. `warns` names mutations that succeed with an error beside their data."""

    def __init__(self, oauth: OAuthServer, operations: Operations, *, proven_only: bool, invalid_status: int) -> None:
        self._oauth = oauth
        self._schema = schema(proven_only=proven_only)
        self._operations = operations
        self._invalid_status = invalid_status
        self.warns: set[str] = set()
        self._read: dict[str, tuple[DocumentNode | None, list[GraphQLError]]] = {}
        self.routes = [Route(PATH, self._serve, methods=["POST"])]

    async def _serve(self, request: Request) -> Response:
        chain = self._chain(request)
        if chain is None:
            return _answer({"errors": [_error("Not authenticated", "UNAUTHENTICATED")]}, 401)
        try:
            asked = decode(await request.body())
            query, variables = str(asked["query"]), _plain(asked.get("variables") or {})
        except (ValueError, TypeError, LookupError):
            return _answer({"errors": [_error("The request is not valid.", "BAD_REQUEST")]}, 400)
        return self._executed(query, variables, Visit(chain))

    def _executed(self, query: str, variables: Any, visit: Visit) -> Response:
        root = {name: self._enveloped(name, how) for name, how in self._operations.resolvers.items()}
        document, errors = self._understood(query)
        if document is not None:
            result = execute_sync(self._schema, document, root, visit, variables)
            if result.data is not None:
                return _answer({"data": result.data}, 200)
            errors = result.errors or []
        return _answer({"errors": [_invalid(one) for one in errors]}, self._invalid_status)

    def _understood(self, query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
        """The text of a request, read and checked once: clients send the same ones again and again."""
        if query not in self._read:
            try:
                document = parse(query)
                errors = validate(self._schema, document)
            except GraphQLError as error:
                document, errors = None, [error]
            self._read[query] = (None if errors else document, errors)
        return self._read[query]

    def _chain(self, request: Request) -> Chain | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self._oauth.grant_of(token) if scheme.lower() == "bearer" else None

    def _enveloped(self, name: str, resolver: Resolver) -> Resolver:
        """Data and errors side by side; what was written is shown with an error if `warns` says so."""

        def resolve(info: Any, **arguments: Any) -> Any:
            try:
                found = resolver(info.context.chain, **arguments)
            except Refusal as refusal:
                return {"data": None, "errors": [refusal.error]}
            if isinstance(found, list) or "data" in found:
                return found
            errors = (
                [{"field": "*", "msg": "It was saved, but something else went wrong."}] if name in self.warns else []
            )
            return {"data": found, "errors": errors}

        return resolve


def _plain(value: Any) -> Any:
    """Numbers as the engine wants them: it is written in doubles, as JavaScript's are."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | None) else float(value)


def _invalid(error: GraphQLError) -> dict[str, Any]:
    inside = error.original_error is not None and not isinstance(error.original_error, GraphQLError)
    return _error(error.message, "INTERNAL_SERVER_ERROR" if inside else "GRAPHQL_VALIDATION_FAILED")


def _error(message: str, code: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}


def _answer(body: Any, status: int) -> Response:
    return Response(encode(body), status, media_type="application/json")
