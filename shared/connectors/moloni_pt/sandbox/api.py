"""The routes of the pretend Moloni: a path for each class and method, all by POST (Moloni PT fact sheet, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.oauth import OAuthServer, User

from . import customers, documents, lists, people, shapes
from .bodies import parse, whole
from .books import CUSTOMERS, DOCUMENTS, PRODUCTS, USERS, Books, Row
from .refusals import AuthError, Invalid, Problem, answer
from .rules import Rules

WRITES = frozenset({"insert", "update"})


@dataclass(frozen=True)
class Visit:
    """One call of a user for a company."""

    books: Books
    cls: str
    body: Mapping[str, Any]
    rules: Rules


Handler = Callable[[Visit], Any]


class Api:
    """The routes under /v1. `books_of` fills a company's books on first use."""

    def __init__(self, oauth: OAuthServer, books_of: Callable[[int], Books], rules: Rules) -> None:
        self._oauth = oauth
        self._books_of = books_of
        self.rules = rules

    @property
    def routes(self) -> list[BaseRoute]:
        """Every class and method."""
        return [Route("/v1/{cls}/{method}/", self._serve, methods=["POST"])]

    async def _serve(self, request: Request) -> Response:
        human = request.query_params.get("human_errors") == "true"
        try:
            user = self._user(request)
            body = parse(await request.body(), as_json=request.query_params.get("json") == "true")
            return answer(self._done(user, request.path_params["cls"], request.path_params["method"], body))
        except AuthError as error:
            return error.response
        except Invalid as error:
            refused = request.path_params["method"] in WRITES and self.rules.empty_refusals
            return answer([]) if refused else error.response(human=human)

    def _user(self, request: Request) -> User:
        token = request.query_params.get("access_token", "")
        chain = self._oauth.grant_of(token)
        if chain is not None:
            return chain.user
        if token:
            raise AuthError("invalid_grant", "Token is no longer valid")
        raise AuthError("invalid_request", "The access token was not found")

    def _done(self, user: User, cls: str, method: str, body: Mapping[str, Any]) -> Any:
        if (cls, method) == ("companies", "getAll"):
            return [people.company_row(company) for company in people.opened(user)]
        if (cls, method) == ("users", "getMe"):
            return people.me(user)
        if (cls, method) == ("countries", "getAll"):
            return [{"country_id": id, "iso_3166_1": iso, "name": name} for id, (iso, name) in shapes.COUNTRIES.items()]
        handler = _HANDLERS.get((cls, method)) or (_DOCUMENTS.get(method) if cls in _CLASSES else None)
        if handler is None:
            raise AuthError("invalid_request", "There is no such method")
        return handler(Visit(self._books(user, body), cls, body, self.rules))

    def _books(self, user: User, body: Mapping[str, Any]) -> Books:
        company = whole(body.get("company_id"))
        if company not in {one.id for one in people.opened(user)}:
            raise Invalid([Problem(1 if not body.get("company_id") else 5, "company_id")])
        return self._books_of(company)


def _table(name: str) -> Handler:
    return lambda visit: [shapes.shown(row) for row in visit.books.tables[name].values()]


def _paged(rows: Callable[[Books, Mapping[str, Any]], list[Row]]) -> Handler:
    return lambda visit: lists.page(rows(visit.books, visit.body), visit.body, visit.cls, visit.rules)


def _since(table: str, rows: Callable[[Books, Mapping[str, Any]], list[Row]]) -> Handler:
    def serve(visit: Visit) -> Any:
        found = lists.since(visit.books, table, rows(visit.books, visit.body), visit.body, visit.rules)
        return lists.page(found, visit.body, visit.cls, visit.rules)

    return serve


def _searched(rows: Callable[[Books, Mapping[str, Any]], list[Row]], field: str) -> Handler:
    def serve(visit: Visit) -> Any:
        return lists.page(lists.by(field)(rows(visit.books, visit.body), visit.body), visit.body, "", visit.rules)

    return serve


def _one(table: str, rows: Callable[[Books, Mapping[str, Any]], list[Row]]) -> Handler:
    return lambda visit: lists.one(rows(visit.books, {"with_invisible": 1}), table, visit.body, visit.rules)


def _company(visit: Visit) -> Row:
    row = people.company_row(people.COMPANIES[visit.books.id])
    return row | {"currency": {**row["currency"], "iso4217": "EUR"}}


def _exemptions(_visit: Visit) -> list[Row]:
    return [{"code": code, "name": name} for code, name in EXEMPTIONS.items()]


EXEMPTIONS = {
    "M05": "Isento artigo 14.º do CIVA", "M07": "Isento artigo 9.º do CIVA", "M16": "Isento artigo 14.º do RITI",
    "M30": "IVA - autoliquidação", "M40": "IVA - autoliquidação (artigo 6.º)", "M99": "Não sujeito ou não tributado",
}  # fmt: skip

_HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("customers", "getAll"): _paged(lists.customers),
    ("customers", "getModifiedSince"): _since(CUSTOMERS, lists.customers),
    ("customers", "getOne"): _one(CUSTOMERS, lists.customers),
    ("customers", "getByNumber"): _searched(lists.customers, "number"),
    ("customers", "getByVat"): _searched(lists.customers, "vat"),
    ("customers", "count"): lambda visit: {"count": str(len(visit.books.tables[CUSTOMERS]))},
    ("customers", "insert"): lambda visit: customers.insert(visit.books, visit.body),
    ("products", "getAll"): _paged(lists.products),
    ("products", "getModifiedSince"): _since(PRODUCTS, lists.products),
    ("products", "getOne"): _one(PRODUCTS, lists.products),
    ("products", "getByReference"): _searched(lists.products, "reference"),
    ("users", "getAll"): _table(USERS),
    ("companies", "getOne"): _company,
    ("taxExemptions", "getAll"): _exemptions,
    **{
        (name, "getAll"): _table(name)
        for name in (
            "measurementUnits",
            "taxes",
            "documentSets",
            "paymentMethods",
            "maturityDates",
            "deliveryMethods",
        )
    },
}

_CLASSES = frozenset({"documents", *shapes.TYPES})


def _documents(visit: Visit) -> list[Row]:
    return lists.documents(visit.books, visit.cls, visit.body, visit.rules)


def _document_list(visit: Visit, rows: list[Row]) -> list[Row]:
    found = lists.page(rows, visit.body, visit.cls, visit.rules)
    return [shapes.document(visit.books, row, details=False) for row in found]


def _changed_documents(visit: Visit) -> list[Row]:
    return _document_list(visit, lists.since(visit.books, DOCUMENTS, _documents(visit), visit.body, visit.rules))


def _document(visit: Visit) -> Any:
    """By its key, so a search that lags behind does not hide it."""
    rows = [row for row in visit.books.tables[DOCUMENTS].values() if visit.cls in ("documents", row["_class"])]
    shown = [shapes.document(visit.books, row, details=True) for row in rows if _is(row, visit.body)]
    return lists.one(shown, DOCUMENTS, visit.body, visit.rules)


def _is(row: Row, body: Mapping[str, Any]) -> bool:
    return bool(row["document_id"] == whole(body.get("document_id")))


_DOCUMENTS: Mapping[str, Handler] = {
    "getAll": lambda visit: _document_list(visit, _documents(visit)),
    "getModifiedSince": _changed_documents,
    "getOne": _document,
    "count": lambda visit: {"count": str(len(_documents(visit)))},
    "insert": lambda visit: documents.insert(visit.books, visit.cls, visit.body, visit.rules),
    "update": lambda visit: documents.update(visit.books, visit.cls, visit.body, visit.rules),
}
