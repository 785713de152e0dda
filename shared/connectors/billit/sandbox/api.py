"""The routes of the pretend Billit: who calls, for which company, and what each resource does (fact sheet, 3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.oauth import Chain, OAuthServer

from . import lists, orders, parties, people
from .bodies import PRODUCT, answer, bound, read
from .books import KEYS, ORDERS, PARTIES, PRODUCTS, Books, Row, find
from .hooks import Hooks
from .lists import Count
from .orders import OrderRules
from .people import Spelling
from .refusals import Refusal, generic

_IDEMPOTENCY = ("idempotency-key", "idempotent-key")


@dataclass(frozen=True)
class Rules:
    """What the sheet leaves open (section 6), apart from orders: `orders` has their own rules.

    `filters_more`: also what no page lists can be filtered on. `matched_by`: what a new party is matched by.
    `company_tokens`: idempotency tokens count per company. `count`: what `Count` of a list is. `deleted_as`: how
    deleted orders are listed. `spelling`: which header names the client of an accountant.
    """

    orders: OrderRules = field(default_factory=OrderRules)
    filters_more: bool = True
    matched_by: Collection[str] = ("VATNumber", "Email")
    company_tokens: bool = True
    count: Count = "total"
    deleted_as: Literal["rows", "ids"] = "rows"
    spelling: Spelling = "client"


@dataclass(frozen=True)
class _Visit:
    """One call of a user for a company."""

    request: Request
    books: Books
    others: list[Books]
    chain: Chain

    def found(self, table: str) -> Row:
        return find(self.books, self.others, table, int(self.request.path_params["id"]))


Handler = Callable[["Api", _Visit], Awaitable[Response]]


class Api:
    """The routes under /v1. `books_of` fills a company's books on first use."""

    def __init__(self, oauth: OAuthServer, books_of: Callable[[int], Books], rules: Rules, hooks: Hooks) -> None:
        self._oauth = oauth
        self._books_of = books_of
        self.rules = rules
        self.hooks = hooks
        self.sent: list[Row] = []
        self._tokens: set[tuple[int, str]] = set()

    @property
    def routes(self) -> list[BaseRoute]:
        """One endpoint per method and path, all behind the same door."""
        account = Route("/v1/account/accountInformation", self._account, methods=["GET"])
        return [account, *(Route(path, self._behind(how), methods=[method]) for (method, path), how in _ROUTES.items())]

    def _behind(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                visit = self._visit(request)
                return await self._once(visit, handler) if request.method == "POST" else await handler(self, visit)
            except Refusal as refusal:
                return refusal.response

        return serve

    async def _account(self, request: Request) -> Response:
        try:
            return answer(people.account(self._chain(request).user))
        except Refusal as refusal:
            return refusal.response

    def _chain(self, request: Request) -> Chain:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        chain = self._oauth.grant_of(token) if scheme.lower() == "bearer" else None
        if chain is None:
            raise Refusal(401, "InvalidAccessToken")
        return chain

    def _visit(self, request: Request) -> _Visit:
        chain = self._chain(request)
        id = people.company_of(chain.user, request.headers, self.rules.spelling)
        others = [self._books_of(other) for other in people.COMPANIES if other != id]
        return _Visit(request, self._books_of(id), others, chain)

    async def _once(self, visit: _Visit, handler: Handler) -> Response:
        """The token is kept only after a success; a repeat is refused, not replayed (section 2)."""
        token = next((visit.request.headers[name] for name in _IDEMPOTENCY if name in visit.request.headers), None)
        if token is None:
            return await handler(self, visit)
        if not token.isalnum():
            raise generic("The idempotent token is not alphanumeric.")
        key = (visit.books.id if self.rules.company_tokens else 0, token)
        if key in self._tokens:
            raise Refusal(409, "Idempotent token already exists")
        done = await handler(self, visit)
        self._tokens.add(key)
        return done

    async def list(self, visit: _Visit, table: str) -> Response:
        """A page."""
        return answer(lists.page(visit.request, visit.books, table, self.rules.filters_more, self.rules.count))

    async def create_party(self, visit: _Visit) -> Response:
        """The id of what was made, or matched."""
        return answer(
            parties.create(visit.books, await read(visit.request), self.rules.matched_by)[KEYS[PARTIES]],
        )

    async def patch_party(self, visit: _Visit) -> Response:
        """No body."""
        parties.patch(visit.books, visit.found(PARTIES), await read(visit.request))
        return Response(status_code=200)

    async def create_product(self, visit: _Visit) -> Response:
        """One product, or a list of them (section 4.2); the id of the last."""
        body = await read(visit.request)
        ids = [self._product(visit.books, one) for one in body.get("Items", [body])]
        return answer(ids[-1])

    @staticmethod
    def _product(books: Books, body: Row) -> int:
        values = bound(body, PRODUCT)
        if not values.get("Description"):
            raise generic("The field Description is required.")
        if "ProductID" in values:
            return int(books.change(PRODUCTS, values["ProductID"], values)["ProductID"])
        return int(books.make(PRODUCTS, values)["ProductID"])

    async def write_order(self, visit: _Visit) -> Response:
        """The id of what was made or changed."""
        body = await read(visit.request)
        names = {name.lower(): value for name, value in body.items()}
        if names.get("orderid"):
            find(visit.books, visit.others, ORDERS, names["orderid"])
        row = orders.written(visit.books, body, self._customer(visit, names), self.rules.orders)
        kept = visit.books.put(ORDERS, row) if "OrderID" in row else visit.books.make(ORDERS, row)
        self.hooks.ring(visit.books, "Order", "U" if "OrderID" in row else "I", kept)
        return answer(kept["OrderID"])

    def _customer(self, visit: _Visit, names: Row) -> Row:
        if names.get("customerid"):
            return find(visit.books, visit.others, PARTIES, names["customerid"])
        if names.get("customer"):
            return parties.create(visit.books, {"PartyType": "Customer"} | names["customer"], self.rules.matched_by)
        if names.get("orderid"):
            order = find(visit.books, visit.others, ORDERS, names["orderid"])
            return find(visit.books, visit.others, PARTIES, order["CustomerID"])
        raise generic("The field Customer is required.")

    async def patch_order(self, visit: _Visit) -> Response:
        """No body."""
        row = visit.found(ORDERS)
        orders.patch(visit.books, row, await read(visit.request), self.rules.orders)
        self.hooks.ring(visit.books, "Order", "U", row)
        return Response(status_code=200)

    async def delete_order(self, visit: _Visit) -> Response:
        """True."""
        row = visit.found(ORDERS)
        visit.books.drop(ORDERS, row["OrderID"])
        self.hooks.ring(visit.books, "Order", "D", row)
        return answer(value=True)

    async def pay_order(self, visit: _Visit) -> Response:
        """No body."""
        orders.pay(visit.books, visit.found(ORDERS), await read(visit.request))
        return Response(status_code=200)

    async def send_orders(self, visit: _Visit) -> Response:
        """Send each of them, a second time too (section 4.7)."""
        names = {name.lower(): value for name, value in (await read(visit.request)).items()}
        strict = visit.request.headers.get("stricttransporttype", "").lower() == "true"
        rows = [find(visit.books, visit.others, ORDERS, id) for id in names.get("orderids", ())]
        for row in rows:
            by = self._transport(visit.books, row, str(names.get("transporttype")), strict=strict)
            self.send(visit.books, row, by)
        return answer({})

    @staticmethod
    def _transport(books: Books, row: Row, wanted: str, *, strict: bool) -> str:
        customer = books.tables[PARTIES].get(row["CustomerID"], {})
        if wanted != "Peppol" or customer.get("VATNumber"):
            return wanted
        if strict:
            raise Refusal(
                400, "TheCustomerDoesNotSupportPeppolForType_0_", f"The customer does not support {row['OrderType']}."
            )
        return "SMTP"

    def send(self, books: Books, row: Row, by: str) -> None:
        """An order leaves the house."""
        self.sent.append({"OrderID": row["OrderID"], "ExternalProviderID": row.get("ExternalProviderID"), "By": by})
        status = {"OrderStatus": "ToPay"} if row["OrderStatus"] == "ToSend" else {}
        books.change(ORDERS, row["OrderID"], {"IsSent": True, **status})

    async def deleted_orders(self, visit: _Visit) -> Response:
        """Those that are gone; the form is not documented."""
        gone = visit.books.deleted
        return answer([row["OrderID"] for row in gone] if self.rules.deleted_as == "ids" else {"Items": gone})

    async def next_number(self, visit: _Visit) -> Response:
        """The next number of a sequence, consumed or not (section 4.3, OrderNumber)."""
        body = await read(visit.request)
        return answer(visit.books.next_number(str(body.get("SequenceType")), consume=bool(body.get("Consume"))))

    async def file(self, visit: _Visit) -> Response:
        """JSON with the content as base64, not bytes (section 4.8)."""
        file = visit.books.files.get(visit.request.path_params["uuid"])
        if file is None:
            raise Refusal(404, "NotFound", "The file was not found")
        return answer({**file, "MimeType": "application/pdf"})


def _reader(table: str) -> Handler:
    async def read_list(api: Api, visit: _Visit) -> Response:
        return await api.list(visit, table)

    return read_list


def _one(table: str) -> Handler:
    async def read_one(_api: Api, visit: _Visit) -> Response:
        return answer(visit.found(table))

    return read_one


async def _hooks(api: Api, visit: _Visit) -> Response:
    return await api.hooks.serve(visit.request, visit.books)


_ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/v1/parties"): _reader(PARTIES),
    ("POST", "/v1/parties"): Api.create_party,
    ("GET", "/v1/parties/{id:int}"): _one(PARTIES),
    ("PATCH", "/v1/parties/{id:int}"): Api.patch_party,
    ("GET", "/v1/products"): _reader(PRODUCTS),
    ("POST", "/v1/products"): Api.create_product,
    ("GET", "/v1/products/{id:int}"): _one(PRODUCTS),
    ("GET", "/v1/orders"): _reader(ORDERS),
    ("POST", "/v1/orders"): Api.write_order,
    ("GET", "/v1/orders/deleted"): Api.deleted_orders,
    ("POST", "/v1/orders/commands/send"): Api.send_orders,
    ("GET", "/v1/orders/{id:int}"): _one(ORDERS),
    ("PATCH", "/v1/orders/{id:int}"): Api.patch_order,
    ("DELETE", "/v1/orders/{id:int}"): Api.delete_order,
    ("POST", "/v1/orders/{id:int}/payments"): Api.pay_order,
    ("POST", "/v1/account/sequences"): Api.next_number,
    ("GET", "/v1/files/{uuid}"): Api.file,
    ("GET", "/v1/webhooks"): _hooks,
    ("POST", "/v1/webhooks"): _hooks,
    ("POST", "/v1/webhooks/refresh/{id:int}"): _hooks,
    ("DELETE", "/v1/webhooks/{id:int}"): _hooks,
}
