"""The routes of the pretend Multivers: its four families of objects, behind one door (fact sheet, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.oauth import OAuthServer, User
from shared.sandbox.payload import decode, encode

from . import catalogue, customers, orders, queries, reference, render
from .orders import OrderRules
from .refusals import Refusal, messages, missing
from .seed import YEARS
from .store import CUSTOMERS, EMPLOYEES, HOUR_TYPES, INVOICES, ORDERS, PRODUCTS, Books, Row

_ANY = "0"
_OPEN = "1"
"""`invoiceState` of a list: 0 any, 1 open, 2 paid in full; what is returned is counted otherwise (section 4.7)."""
_BROKEN_RULE = 400


@dataclass(frozen=True)
class Rules:
    """What the sheet leaves open.

    `paging`: lists know `$top` and `$skip`. `lines`: when order lists bring their lines. `refuses_in_200`: broken rules
    come as messages of a success. `auto_number`: the package numbers customers. `session`: whether it says who it is.
    `inclusive`: whether the days that bound a list are in it.
    """

    orders: OrderRules = field(default_factory=OrderRules)
    paging: bool = True
    lines: Literal["expand", "always", "never"] = "expand"
    refuses_in_200: bool = False
    auto_number: bool = False
    session: bool = True
    inclusive: bool = True


@dataclass(frozen=True)
class Visit:
    """One call of a user for an administration."""

    request: Request
    books: Books

    @property
    def id(self) -> str:
        """The id in the path, decoded the package's own way."""
        return render.plain(self.request.path_params["id"])

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters."""
        return self.request.query_params

    async def body(self) -> Row:
        """The JSON object of a write."""
        if "json" not in self.request.headers.get("content-type", ""):
            raise Refusal(415, "The request entity's media type is not supported for this resource.")
        found = decode(await self.request.body())
        if not isinstance(found, dict):
            raise Refusal(400, "An object is expected.")
        return found


Handler = Callable[["Api", Visit], Awaitable[Any]]


class Api:
    """`books_of` fills an administration on first use; `opens` tells which a user may open."""

    def __init__(
        self, oauth: OAuthServer, books_of: Callable[[str], Books], opens: Mapping[str, Mapping[str, str]], rules: Rules
    ) -> None:
        self._oauth = oauth
        self._books_of = books_of
        self._opens = opens
        self.rules = rules

    @property
    def routes(self) -> list[BaseRoute]:
        """General data, then that of administrations."""
        general: list[BaseRoute] = [
            Route("/api/SessionInfo", self._general(self._session)),
            Route("/api/AdministrationNVL", self._general(self._administrations)),
        ]
        return general + [
            Route(f"/api/{{db}}/{path}", self._behind(how), methods=[method]) for (method, path), how in ROUTES.items()
        ]

    def _user(self, request: Request) -> User:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        chain = self._oauth.grant_of(token) if scheme.lower() == "bearer" else None
        if chain is None:
            raise Refusal(401, "Authorization has been denied for this request.")
        if "json" not in request.headers.get("accept", ""):
            raise Refusal(406, "")  # it would answer in XML, which nobody here reads (section 3, Format)
        return chain.user

    def _general(self, answer: Callable[[User], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                return _json(answer(self._user(request)))
            except Refusal as refusal:
                return refusal.response

        return serve

    def _behind(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                visit = self._visit(request)
                return _json(await handler(self, visit))
            except Refusal as refusal:
                return self._no(request, refusal)

        return serve

    def _no(self, request: Request, refusal: Refusal) -> Response:
        """Warnings and errors may come with a success, too (section 6, trap 12)."""
        hides = self.rules.refuses_in_200 and request.method != "GET" and refusal.status == _BROKEN_RULE
        return _json(messages(refusal.words)) if hides else refusal.response

    def _visit(self, request: Request) -> Visit:
        db = request.path_params["db"]
        if db not in self._opens[self._user(request).id]:
            raise Refusal(403, f"U heeft geen rechten op administratie {db}.")
        return Visit(request, self._books_of(db))

    def _session(self, user: User) -> Row:
        names = {"userId": user.id, "userName": user.name} if self.rules.session else {}
        return {**names, "version": "2.2.0"}

    def _administrations(self, user: User) -> list[Row]:
        return [{"name": id, "value": name} for id, name in self._opens[user.id].items()]

    def listed(self, visit: Visit, rows: list[Row], *, paging: bool = True) -> list[Row]:
        """What a list route shows of its rows."""
        return queries.asked(rows, visit.query, paging=paging and self.rules.paging)

    async def customer_list(self, visit: Visit) -> list[Row]:
        """Read models of customers."""
        return self.listed(visit, visit.books.listed(CUSTOMERS))

    async def make_customer(self, visit: Visit) -> Row:
        """The customer as stored."""
        return customers.make(visit.books, await visit.body(), auto_number=self.rules.auto_number)

    async def product_list(self, visit: Visit) -> list[Row]:
        """Read models of products: other names for the prices, and text for the project entry type (trap 8)."""
        return self.listed(visit, [reference.product_info(row) for row in visit.books.listed(PRODUCTS)])

    async def product(self, visit: Visit) -> Row:
        """One of them."""
        return reference.product_info(visit.books.find(PRODUCTS, visit.id))

    async def hour_types(self, visit: Visit) -> list[Row]:
        """All of them: no OData is documented here (section 4.3)."""
        return visit.books.listed(HOUR_TYPES)

    async def employees(self, visit: Visit) -> list[Row]:
        """All of them."""
        return visit.books.listed(EMPLOYEES)

    async def make_order(self, visit: Visit) -> Row:
        """The order as stored."""
        row = orders.written(visit.books, await visit.body(), self.rules.orders)
        return orders.edit_view(visit.books.make(ORDERS, row))

    async def order(self, visit: Visit) -> Row:
        """An order to be edited."""
        return orders.edit_view(visit.books.find(ORDERS, visit.id))

    async def change_order(self, visit: Visit) -> Row:
        """The order as it is now: nothing of before is kept that the body does not say."""
        old = visit.books.find(ORDERS, visit.id)
        return orders.edit_view(
            visit.books.add(ORDERS, orders.written(visit.books, await visit.body(), self.rules.orders, old))
        )

    async def order_info(self, visit: Visit) -> Row:
        """An order to be read."""
        return orders.info_view(visit.books, visit.books.find(ORDERS, visit.id), lines=True)

    async def open_orders(self, visit: Visit) -> list[Row]:
        """Orders that are not billed, of all customers."""
        return self._orders(visit, [row for row in visit.books.listed(ORDERS) if not row["_invoiceId"]])

    async def orders_of(self, visit: Visit) -> list[Row]:
        """Orders of one customer, between two dates."""
        rows = [row for row in visit.books.listed(ORDERS) if row["customerId"] == visit.id]
        first, last = (render.day(visit.query.get(name), name) for name in ("minDate", "maxDate"))
        bound = timedelta(days=0 if self.rules.inclusive else 1)
        rows = [row for row in rows if first is None or first + bound <= row["orderDate"]]
        return self._orders(visit, [row for row in rows if last is None or row["orderDate"] <= last - bound])

    def _orders(self, visit: Visit, rows: list[Row]) -> list[Row]:
        how = self.rules.lines
        lines = how == "always" or (how == "expand" and "OrderLines" in visit.query.get("$expand", ""))
        return self.listed(visit, [orders.info_view(visit.books, row, lines=lines) for row in rows])

    async def process(self, visit: Visit) -> Row:
        """The command with its result; what went wrong stands in it, with status 200 (section 3, Commands)."""
        row = visit.books.find(ORDERS, str(visit.query.get("orderId")))
        return {**visit.query, "error": orders.process(visit.books, row, visit.query), "journalTransaction": 1}

    async def invoices(self, visit: Visit) -> list[Row]:
        """Invoices of a fiscal year in a state."""
        year, state = int(visit.request.path_params["year"]), visit.request.path_params["state"]
        rows = [row for row in visit.books.listed(INVOICES) if row["fiscalYear"] == year]
        return self.listed(
            visit, [row for row in rows if state == _ANY or (state == _OPEN) == bool(row["invoiceBalance"])]
        )

    async def years(self, _visit: Visit) -> list[Row]:
        """The fiscal years there are."""
        return [{"fiscalYear": year, "description": f"Boekjaar {year}"} for year in YEARS]


def _json(found: Any) -> Response:
    return Response(encode(render.shown(found)), media_type="application/json")


def _one(table: str) -> Handler:
    async def read(_api: Api, visit: Visit) -> Row:
        return visit.books.find(table, visit.id)

    return read


def _fixed(rows: list[Row]) -> Handler:
    async def read(_api: Api, _visit: Visit) -> list[Row]:
        return rows

    return read


async def _nothing(_api: Api, visit: Visit) -> Row:
    raise missing("Route", visit.request.url.path)


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "CompanyDetailsInfo"): lambda api, _visit: reference.company(auto_number=api.rules.auto_number),
    ("GET", "CustomerInfoList"): Api.customer_list,
    ("GET", "CustomerInfo/{id}"): _one(CUSTOMERS),
    ("GET", "Customer/{id}"): _one(CUSTOMERS),
    ("POST", "Customer"): Api.make_customer,
    ("GET", "ProductInfoList"): Api.product_list,
    ("GET", "ProductInfo/{id}"): Api.product,
    ("GET", "HourTypeInfoList"): Api.hour_types,
    ("GET", "HourTypeInfo/{id}"): _one(HOUR_TYPES),
    ("GET", "EmployeeInfoList"): Api.employees,
    ("GET", "EmployeeInfo/{id}"): _one(EMPLOYEES),
    ("POST", "Order"): Api.make_order,
    ("GET", "Order/{id}"): Api.order,
    ("PUT", "Order/{id}"): Api.change_order,
    ("GET", "OrderInfo/{id}"): Api.order_info,
    ("GET", "OrderInfoList/OpenOrders"): Api.open_orders,
    ("GET", "OrderInfoList/{id}"): Api.orders_of,
    ("POST", "ProcessOrderCommand"): Api.process,
    ("GET", "CustomerInvoiceInfo/{id}"): _one(INVOICES),
    ("GET", "CustomerInvoiceInfoList/ByFiscalYear/{year:int}/{state}"): Api.invoices,
    ("GET", "FiscalYearInfoList"): Api.years,
    ("GET", "VatCodeInfoList"): _fixed(reference.VAT_CODES),
    ("GET", "JournalInfoList"): _fixed(reference.JOURNALS),
    ("GET", "PaymentConditionInfoList"): _fixed(reference.PAYMENT_CONDITIONS),
    ("GET", "SalesVatScenarioNVL"): _fixed(reference.nvl(catalogue.SCENARIOS)),
    ("GET", "CostCentreNVL"): _fixed(reference.nvl(catalogue.COST_CENTRES)),
    ("GET", "CountryInfoList"): _fixed(reference.COUNTRIES),
}
