"""A pretend Billit: login pages, companies, OData lists, orders that it adds up itself, and a script for bad days.

The facts are those of the Billit fact sheet; what it leaves open is an option of `create`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.types import ASGIApp

from shared.sandbox import Sandbox, SandboxClock
from shared.sandbox.bells import Bells
from shared.sandbox.login import LoginPages
from shared.sandbox.oauth import App, Issued, OAuthServer

from . import orders, words
from . import seed as seeding
from .api import Api, Rules
from .books import ORDERS, PARTIES, PRODUCTS, Books, Row
from .hooks import Hooks
from .lists import Count
from .orders import OrderRules
from .people import COMPANIES, USERS, Spelling
from .scenario import SCENARIO

__all__ = ["SCENARIO", "USERS", "BillitSandbox", "app", "create"]

_BELGIUM = ZoneInfo("Europe/Brussels")


class BillitSandbox(Sandbox):
    """The sandbox with its companies. `books(id)` fills one on first use; `sent` is what left the house."""

    def __init__(
        self, *, sizes: seeding.Sizes, rules: Rules, oauth: OAuthServer, clock: SandboxClock, base_url: str
    ) -> None:
        self._sizes = sizes
        self._companies: dict[int, Books] = {}
        self.oauth = oauth
        bells = Bells()
        self.hooks = Hooks(clock, sizes.seed, bells)
        self.api = Api(oauth, self.books, rules, self.hooks)
        routes = [*LoginPages(oauth, words.DIALECT).routes, *self.api.routes]
        super().__init__(
            routes=routes, clock=clock, base_url=base_url, memory=self._written, edit=self._edit, bells=bells
        )

    def books(self, company: int) -> Books:
        """A company's books; `KeyError` for one that does not exist."""
        if company not in self._companies:
            known = COMPANIES[company]
            made = Books(company, list(COMPANIES).index(company) + 1, known.shown, self._local_now, self.lagging)
            seeding.fill(made, self._sizes, self.api.rules.orders)
            self._companies[company] = made
        return self._companies[company]

    def log_in(self, user: str = USERS[0].name) -> Issued:
        """A token pair without walking the pages; `user` is a name or id."""
        return self.oauth.log_in(next(known.id for known in USERS if user in {known.id, known.name}))

    def change(self, company: int, table: str, id: int, **values: Any) -> None:
        """Somebody changes a record by hand; no rule is checked. `KeyError` when it is not there."""
        row = self.books(company).change(table, id, values)
        if table == ORDERS:
            self.hooks.ring(self.books(company), "Order", "U", row)

    def remove(self, company: int, table: str, id: int) -> None:
        """Somebody deletes a record by hand. `KeyError` when it is not there."""
        self.books(company).drop(table, id)

    def pay(self, company: int, id: int, amount: Decimal | None = None) -> None:
        """A customer pays an order: all that is open, or `amount`; Billit found it on the bank."""
        row = self.books(company).tables[ORDERS][id]
        orders.pay(self.books(company), row, {"Amount": row["ToPay"] if amount is None else amount})
        self.hooks.ring(self.books(company), "Order", "U", row)

    def unpay(self, company: int, id: int) -> None:
        """Somebody takes a payment back."""
        row = self.books(company).tables[ORDERS][id]
        open_again = {"Paid": False, "ToPay": row["TotalIncl"], "OrderStatus": "ToPay", "PaidDate": None}
        self.change(company, ORDERS, id, **open_again)

    def morning_run(self, company: int) -> None:
        """Billit sends all unsent invoices, as a company may have set it (section 4.7, Auto-send)."""
        books = self.books(company)
        for row in [*books.tables[ORDERS].values()]:
            if row["OrderType"] in orders.BILLED and row.get("ExternalProvider") and not row["IsSent"]:
                self.api.send(books, row, "SMTP")

    def _edit(self, order: Mapping[str, Any]) -> None:
        company = int(order["company"])
        match order:
            case {"pay": id}:
                self.pay(company, int(id), Decimal(order["amount"]) if "amount" in order else None)
            case {"unpay": id}:
                self.unpay(company, int(id))
            case {"morning_run": True}:
                self.morning_run(company)
            case {"delete": True}:
                self.remove(company, order["table"], int(order["id"]))
            case _:
                self.change(company, order["table"], int(order["id"]), **order["values"])

    def _written(self) -> dict[str, Any]:
        """What the API made and is still there; and what left the house."""
        names = {"parties": PARTIES, "products": PRODUCTS, "orders": ORDERS}
        made = {name: [row for books in self._companies.values() for row in _kept(books, table)] for name, table in
                names.items()}  # fmt: skip
        return made | {"sent": list(self.api.sent)}

    def _local_now(self) -> datetime:
        return self.clock.now().astimezone(_BELGIUM).replace(tzinfo=None)


def _kept(books: Books, table: str) -> list[Row]:
    return [dict(books.tables[table][id]) for id in books.made[table] if id in books.tables[table]]


def create(
    *,
    seed: int = 7,
    parties: int = 260,
    products: int = 150,
    invoices: int = 140,
    clock: SandboxClock | None = None,
    base_url: str = "http://billit.sandbox",
    client_id: str = "fieldledger-demo",
    client_secret: str = "demo-secret",  # noqa: S107  # opens nothing but this sandbox
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8765/callback", "http://localhost:8765/callback"),
    app_name: str = "Fieldledger",
    filters_more: bool = True,
    matched_by: Collection[str] = ("VATNumber", "Email"),
    company_tokens: bool = True,
    count: Count = "total",
    deleted_as: Literal["rows", "ids"] = "rows",
    spelling: Spelling = "client",
    rounded_lines: bool = True,
    unique_numbers: bool = False,
    replaces: bool = False,
    refuses_unpatchable: bool = False,
) -> BillitSandbox:
    """A fresh sandbox; the same `seed` gives the same books.

    Each company gets so many `parties`, `products` (four at least) and sales `invoices`, credit notes among them. The
    other options are what the sheet leaves open: see `Rules` and `OrderRules`.
    """
    clock = clock or SandboxClock()
    registered = App(app_name, client_id, client_secret, tuple(redirect_uris))
    return BillitSandbox(
        sizes=seeding.Sizes(seed, parties, products, invoices),
        rules=Rules(
            OrderRules(rounded_lines, unique_numbers, replaces, refuses_unpatchable),
            filters_more, matched_by, company_tokens, count, deleted_as, spelling,
        ),
        oauth=OAuthServer(app=registered, users=USERS, rules=words.RULES, clock=clock, seed=seed),
        clock=clock,
        base_url=base_url,
    )  # fmt: skip


def app() -> ASGIApp:
    """For `uvicorn --factory shared.connectors.billit.sandbox:app`."""
    return create().app
