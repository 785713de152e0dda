"""A pretend Moloni (Portugal): login by GET, lists of 50, drafts that close for good, and a script for bad days.

The facts are those of the Moloni PT fact sheet; what it leaves open is an option of `create` (see `Rules`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from starlette.types import ASGIApp

from shared.sandbox import Sandbox, SandboxClock
from shared.sandbox.login import LoginPages
from shared.sandbox.oauth import App, Issued, OAuthServer

from . import documents, words
from . import seed as seeding
from .api import Api
from .books import CUSTOMERS, DOCUMENTS, KEYS, LISBON, Books, Row
from .people import COMPANIES, USERS
from .rules import Rules
from .scenario import SCENARIO
from .shapes import shown

__all__ = ["SCENARIO", "USERS", "MoloniSandbox", "app", "create"]


class MoloniSandbox(Sandbox):
    """The sandbox with its companies. `books(id)` fills one on first use."""

    def __init__(
        self, *, sizes: seeding.Sizes, rules: Rules, oauth: OAuthServer, clock: SandboxClock, base_url: str
    ) -> None:
        self._sizes = sizes
        self._companies: dict[int, Books] = {}
        self.oauth = oauth
        self.api = Api(oauth, self.books, rules)
        routes = [*LoginPages(oauth, words.DIALECT).routes, *self.api.routes]
        super().__init__(routes=routes, clock=clock, base_url=base_url, memory=self._written, edit=self._edit)

    def books(self, company: int) -> Books:
        """A company's books; `KeyError` for one that does not exist."""
        if company not in self._companies:
            made = Books(company, COMPANIES[company].place, self._local_now, self.lagging)
            seeding.fill(made, self._sizes, self.api.rules)
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

    def close(self, company: int, id: int) -> None:
        """Somebody closes a draft in Moloni."""
        books = self.books(company)
        documents.close(books, books.tables[DOCUMENTS][id], self.api.rules)

    def _edit(self, order: Mapping[str, Any]) -> None:
        company = int(order["company"])
        match order:
            case {"close": id}:
                self.close(company, int(id))
            case {"delete": True}:
                self.remove(company, order["table"], int(order["id"]))
            case _:
                self.change(company, order["table"], int(order["id"]), **order["values"])

    def _written(self) -> dict[str, Any]:
        """What the API made and is still there."""
        tables = {"customers": CUSTOMERS, "documents": DOCUMENTS}
        return {
            name: [row for books in self._companies.values() for row in _kept(books, table)]
            for name, table in tables.items()
        }

    def _local_now(self) -> datetime:
        return self.clock.now().astimezone(LISBON)


def _kept(books: Books, table: str) -> list[Row]:
    rows = [books.tables[table][id] for id in books.made[table] if id in books.tables[table]]
    return [{**shown(row), "company_id": books.id, KEYS[table]: row[KEYS[table]], **_class(row)} for row in rows]


def _class(row: Row) -> Row:
    return {"class": row["_class"]} if "_class" in row else {}


def create(
    *,
    seed: int = 7,
    customers: int = 180,
    products: int = 130,
    service_lists: int = 24,
    employees: int = 6,
    clock: SandboxClock | None = None,
    base_url: str = "http://moloni-pt.sandbox",
    client_id: str = "fieldledger-demo",
    client_secret: str = "demo-secret",  # noqa: S107  # opens nothing but this sandbox
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8765/callback", "http://localhost:8765/callback"),
    app_name: str = "Fieldledger",
    matching: Literal["exact", "substring"] = "substring",
    modified_in: str = "Europe/Lisbon",
    modified_inclusive: bool = True,
    repeats_pages: Collection[str] = (),
    unknown_as: Literal["empty", "object", "error"] = "empty",
    rounded: Literal["line", "sum"] = "line",
    negative_quantities: bool = True,
    chronological: bool = False,
    empty_refusals: bool = False,
) -> MoloniSandbox:
    """A fresh sandbox; the same `seed` gives the same books.

    Each company gets so many `customers`, `products` (six at least), `service_lists` and `employees`. The other
    options are what the sheet leaves open: see `Rules`.
    """
    clock = clock or SandboxClock()
    registered = App(app_name, client_id, client_secret, tuple(redirect_uris))
    return MoloniSandbox(
        sizes=seeding.Sizes(seed, customers, products, service_lists, employees),
        rules=Rules(
            matching, modified_in, modified_inclusive, repeats_pages, unknown_as, rounded, negative_quantities,
            chronological, empty_refusals,
        ),
        oauth=OAuthServer(app=registered, users=USERS, rules=words.RULES, clock=clock, seed=seed),
        clock=clock,
        base_url=base_url,
    )  # fmt: skip


def app() -> ASGIApp:
    """For `uvicorn --factory shared.connectors.moloni_pt.sandbox:app`."""
    return create().app
