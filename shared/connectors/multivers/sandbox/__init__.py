"""A pretend Multivers Online: login, administrations, customers, products, orders and invoices, in its own odd words.

The facts are those of the Multivers fact sheet; what it leaves open is an option of `create`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.routing import Mount
from starlette.types import ASGIApp

from shared.sandbox import Sandbox, SandboxClock
from shared.sandbox.oauth import App, Issued, OAuthServer

from . import orders, words
from . import seed as seeding
from .api import Api, Rules
from .orders import OrderRules
from .people import ADMINISTRATIONS, OPENS, USERS
from .scenario import SCENARIO
from .store import CUSTOMERS, INVOICES, ORDERS, Books, Row

__all__ = ["SCENARIO", "USERS", "MultiversSandbox", "app", "create"]

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class MultiversSandbox(Sandbox):
    """The sandbox with its administrations. `books(id)` fills one on first use."""

    def __init__(
        self, *, sizes: seeding.Sizes, rules: Rules, oauth: OAuthServer, clock: SandboxClock, base_url: str
    ) -> None:
        self._sizes = sizes
        self._rules = rules
        self._filled: dict[str, Books] = {}
        self.oauth = oauth
        self.api = Api(oauth, self.books, OPENS, rules)
        routes = [*words.login_routes(oauth), *self.api.routes]
        # With a version before it or without: old versions stay up beside new ones (section 1, Versions).
        routes.append(Mount("/{version}", routes=[*routes]))
        super().__init__(routes=routes, clock=clock, base_url=base_url, memory=self._written, edit=self._edit)

    def books(self, administration: str) -> Books:
        """An administration; `KeyError` for one that does not exist."""
        if administration not in self._filled:
            if administration not in ADMINISTRATIONS:
                raise KeyError(administration)
            made = Books(administration, self._today, self.lagging)
            seeding.fill(made, self._sizes, self._rules.orders)
            self._filled[administration] = made
        return self._filled[administration]

    def log_in(self, user: str = USERS[0].name) -> Issued:
        """A token pair without walking the pages; `user` is a name or id."""
        return self.oauth.log_in(next(known.id for known in USERS if user in {known.id, known.name}))

    def pay(self, administration: str, id: str, amount: Decimal) -> None:
        """A payment is booked on an invoice; a negative one takes it back."""
        books = self.books(administration)
        orders.pay(books, books.tables[INVOICES][id], amount)

    def bill(self, administration: str, id: str) -> str:
        """The office processes an order by hand; the number of its invoice. `ValueError` when that cannot be done."""
        books, on = self.books(administration), self._today()
        query = {"journalId": "VRK", "fiscalYear": str(on.year), "periodNumber": str(on.month)}
        words = orders.process(books, books.tables[ORDERS][id], {**query, "invoiceDate": f"{on:%d-%m-%Y}"})
        if words:
            raise ValueError(words)
        return str(books.tables[ORDERS][id]["_invoiceId"])

    def rewrite(self, administration: str, id: str, lines: list[Row]) -> None:
        """The office changes the lines of an order by hand, and the package adds it up anew."""
        books = self.books(administration)
        row = {**books.tables[ORDERS][id], "orderLines": lines}
        books.add(ORDERS, row | orders.totals(row, self._rules.orders))

    def _edit(self, order: Mapping[str, Any]) -> None:
        administration, id = order["administration"], str(order["id"])
        match order:
            case {"pay": amount}:
                self.pay(administration, id, Decimal(amount))
            case {"bill": True}:
                self.bill(administration, id)
            case {"delete": True}:
                self.books(administration).remove(order["table"], id)
            case _:
                self.books(administration).change(order["table"], id, **order["values"])

    def _written(self) -> dict[str, list[Row]]:
        """What the API made and is still there, with the administration it is in."""
        return {
            name: [
                {"administration": books.id, **row} for books in self._filled.values() for row in books.written(table)
            ]
            for name, table in {"customers": CUSTOMERS, "orders": ORDERS}.items()
        }

    def _today(self) -> date:
        return self.clock.now().astimezone(_AMSTERDAM).date()


def create(
    *,
    seed: int = 7,
    customers: int = 420,
    products: int = 260,
    orders: int = 60,
    invoices: int = 120,
    clock: SandboxClock | None = None,
    base_url: str = "http://multivers.sandbox/V22",
    client_id: str = "fieldledger-demo",
    client_secret: str = "demo-secret",  # noqa: S107  # opens nothing but this sandbox
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8765/callback", "http://localhost:8765/callback"),
    app_name: str = "Fieldledger",
    strict_refresh: bool = False,
    paging: bool = True,
    lines: Literal["expand", "always", "never"] = "expand",
    refuses_in_200: bool = False,
    auto_number: bool = False,
    session: bool = True,
    inclusive: bool = True,
    amount_of: Literal["quantityOrdered", "quantityDelivered"] = "quantityOrdered",
) -> MultiversSandbox:
    """A fresh sandbox; the same `seed` gives the same administrations.

    Each gets so many `customers`, `products` (seven at least), `orders` and `invoices`. The other options are what the
    sheet leaves open: see `Rules` and `OrderRules`, and `words.rules` for `strict_refresh`.
    """
    clock = clock or SandboxClock()
    registered = App(app_name, client_id, client_secret, tuple(redirect_uris))
    return MultiversSandbox(
        sizes=seeding.Sizes(seed, customers, products, orders, invoices),
        rules=Rules(OrderRules(amount_of), paging, lines, refuses_in_200, auto_number, session, inclusive),
        oauth=OAuthServer(
            app=registered, users=USERS, rules=words.rules(strict=strict_refresh), clock=clock, seed=seed
        ),
        clock=clock,
        base_url=base_url,
    )


def app() -> ASGIApp:
    """For `uvicorn --factory shared.connectors.multivers.sandbox:app`."""
    return create().app
