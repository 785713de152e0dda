"""A pretend Moloni Spain: login pages, a GraphQL engine over its schema, drafts that close for good, hooks.

The facts are those of the Moloni Spain fact sheet; what it leaves open is an option of `create`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.types import ASGIApp

from shared.sandbox import Sandbox, SandboxClock
from shared.sandbox.bells import Bells
from shared.sandbox.login import Dialect, LoginPages
from shared.sandbox.oauth import App, Issued, OAuthServer

from . import seed as seeding
from . import words
from .api import Api, operation
from .books import CUSTOMERS, INVOICES, ORDERS, PRODUCTS, Books, Row
from .documents import DocumentRules
from .hooks import CATALOGUE, PROVEN, Hooks
from .lists import Listing
from .operations import Operations
from .people import COMPANIES, USERS
from .scenario import SCENARIO

__all__ = ["SCENARIO", "USERS", "MoloniEsSandbox", "app", "create"]


class MoloniEsSandbox(Sandbox):
    """The sandbox with its companies. `books(id)` fills one on first use."""

    def __init__(
        self,
        *,
        sizes: seeding.Sizes,
        listing: Listing,
        rules: DocumentRules,
        hooks: Hooks,
        oauth: OAuthServer,
        clock: SandboxClock,
        base_url: str,
        timezone: str,
        dialect: Dialect,
        **api: Any,
    ) -> None:
        self._sizes = sizes
        self._zone = ZoneInfo(timezone)
        self._companies: dict[int, Books] = {}
        self.oauth = oauth
        self.hooks = hooks
        self.api = Api(oauth, Operations(self.books, hooks, listing, rules), **api)
        super().__init__(
            routes=[*LoginPages(oauth, dialect).routes, *self.api.routes],
            clock=clock,
            base_url=base_url,
            memory=self._written,
            edit=self._edit,
            operation=operation,
            bells=hooks.bells,
        )

    def books(self, company: int) -> Books:
        """A company's books; `KeyError` for one that does not exist."""
        if company not in self._companies:
            place = list(COMPANIES).index(COMPANIES[company].id) + 1
            made = Books(company, place, self._local_now, self.lagging, self.hooks.ring)
            seeding.fill(made, self._sizes)
            self._companies[company] = made
        return self._companies[company]

    def log_in(self, user: str = USERS[0].name) -> Issued:
        """A token pair without walking the pages; `user` is a name or id."""
        return self.oauth.log_in(next(known.id for known in USERS if user in {known.id, known.name}))

    def change(self, company: int, table: str, id: int, **values: Any) -> None:
        """Somebody changes a record by hand; no rule is checked. `KeyError` when it is not there."""
        self.books(company).change(table, id, values)

    def remove(self, company: int, table: str, id: int) -> None:
        """Somebody deletes a record by hand. `KeyError` when it is not there."""
        self.books(company).drop(table, id)

    def lose_hooks(self, company: int) -> None:
        """Another plugin saves its settings, and deletes every hook of the company (section 5.4, Trap)."""
        self.hooks.rows[company] = []

    def _edit(self, order: Mapping[str, Any]) -> None:
        company = int(order["company"])
        match order:
            case {"lose_hooks": True}:
                self.lose_hooks(company)
            case {"delete": True}:
                self.remove(company, order["table"], int(order["id"]))
            case _:
                self.change(company, order["table"], int(order["id"]), **order["values"])

    def _written(self) -> dict[str, Any]:
        """What the API made and is still there, each with its company."""
        names = {"customers": CUSTOMERS, "products": PRODUCTS, "invoices": INVOICES, "purchaseOrders": ORDERS}
        return {
            name: [row for books in self._companies.values() for row in _kept(books, table)]
            for name, table in names.items()
        }

    def _local_now(self) -> datetime:
        return self.clock.now().astimezone(self._zone)


def _kept(books: Books, table: str) -> list[Row]:
    return [{**books.tables[table][id], "companyId": books.id} for id in books.made[table] if id in books.tables[table]]


def create(
    *,
    seed: int = 7,
    customers: int = 320,
    products: int = 180,
    categories: int = 12,
    clock: SandboxClock | None = None,
    base_url: str = "http://moloni-es.sandbox",
    client_id: str = "fieldledger-demo",
    client_secret: str = "demo-secret",  # noqa: S107  # opens nothing but this sandbox
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8765/callback", "http://localhost:8765/callback"),
    app_name: str = "Fieldledger",
    strict_pages: bool = True,
    most: int = 1000,
    unfilterable: Mapping[str, Literal["refused", "everything", "nothing"]] | None = None,
    gte_includes: bool = True,
    timezone: str = "Europe/Madrid",
    rounding: Literal["line", "rate"] = "rate",
    draft_number: int | None = 0,
    surcharge: Decimal = Decimal(0),
    proven_only: bool = False,
    proven_hooks: bool = False,
    invalid_status: int = 400,
    refusal_status: int = 400,
) -> MoloniEsSandbox:
    """A fresh sandbox; the same `seed` gives the same books.

    Each company gets so many `customers`, `products` (four at least) and `categories`. The other options are what the
    sheet leaves open: `unfilterable` to `timezone` of lists (`Listing`), `rounding` to `surcharge` of documents
    (`DocumentRules`). `proven_only`: nothing but what a source proves can be asked for; `proven_hooks`: products tell
    of themselves, customers do not. `invalid_status` comes with a request that does not fit the schema,
    `refusal_status` from the token endpoint.
    """
    clock = clock or SandboxClock()
    return MoloniEsSandbox(
        sizes=seeding.Sizes(seed, customers, products, categories),
        listing=Listing(strict_pages, unfilterable or {}, gte_includes, most),
        rules=DocumentRules(rounding, draft_number, surcharge),
        hooks=Hooks(Bells(), PROVEN if proven_hooks else CATALOGUE),
        oauth=OAuthServer(
            app=App(app_name, client_id, client_secret, tuple(redirect_uris)),
            users=USERS, rules=words.RULES, clock=clock, seed=seed,
        ),
        clock=clock,
        base_url=base_url,
        timezone=timezone,
        dialect=words.dialect(refusal_status),
        proven_only=proven_only,
        invalid_status=invalid_status,
    )  # fmt: skip


def app() -> ASGIApp:
    """For `uvicorn --factory shared.connectors.moloni_es.sandbox:app`."""
    return create().app
