"""A pretend Exact Online: five countries, login pages, OData with its quirks, limits and a script for bad days.

The facts are those of the Exact fact sheet, sections 1 to 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from starlette.types import ASGIApp

from shared.sandbox import Sandbox, SandboxClock
from shared.sandbox.bells import Bells
from shared.sandbox.login import LoginPages
from shared.sandbox.oauth import App, Chain, Issued, OAuthServer, User

from . import ledger, rules, words
from . import seed as seeding
from .api import Api
from .columns import Row
from .countries import COUNTRIES
from .hooks import Hooks
from .kinds import (
    ACCOUNTS,
    ATTACHMENTS,
    COSTS,
    DELIVERIES,
    DOCUMENTS,
    ENTRIES,
    INVOICES,
    ITEMS,
    ORDERS,
    TERMS,
    TIMES,
    TRANSACTION_LINES,
)
from .limits import Limits
from .resources import RESOURCES
from .scenario import SCENARIO
from .store import Division
from .visits import Books

__all__ = ["SCENARIO", "USERS", "ExactSandbox", "app", "create"]

USERS = tuple(
    User(id, name, email, {str(code): seeding.COMPANIES[code].name for code in codes})
    for id, name, email, codes in (
        ("6c2f1f0e-3a55-4c1b-9f0e-0d6a7b1c2d31", "Anouk de Vries", "anouk@devries.example.com", (900001, 900002)),
        ("0b9d8a7c-6e5f-4d3c-8b2a-1f0e9d8c7b62", "Bram Peeters", "bram@devries.example.com", (900002,)),
        ("f4e3d2c1-b0a9-4887-a766-5544332211f3", "Sanne van Dam", "sanne@vandam.example.com", (900003,)),
        ("3d1a5b70-4c2e-4f68-9a1b-7e6d5c4b3a24", "Lena Hoffmann", "lena@hoffmann.example.com", (900004,)),
        ("a2b4c6d8-1e3f-4a5b-8c7d-9e0f1a2b3c45", "Camille Moreau", "camille@moreau.example.com", (900005,)),
        ("5e4d3c2b-1a09-4f8e-9d7c-6b5a49382716", "Javier Navarro", "javier@navarro.example.com", (900006,)),
    )
)
_MEMORY = {
    "accounts": ACCOUNTS, "items": ITEMS, "sales_orders": ORDERS, "sales_invoices": INVOICES, "sales_entries": ENTRIES,
    "transaction_lines": TRANSACTION_LINES, "receivables": TERMS, "documents": DOCUMENTS,
    "document_attachments": ATTACHMENTS, "time_transactions": TIMES, "cost_transactions": COSTS,
    "goods_deliveries": DELIVERIES,
}  # fmt: skip
_OUTBOX = ("printed", "mailed", "peppol")
_BY_HAND = User("00000000-0000-4000-8000-000000000001", "Somebody by hand", "")


class ExactSandbox(Sandbox):
    """The sandbox with its administrations. `division(code)` fills one on first use; `api.maintenance` switches 503."""

    def __init__(
        self,
        *,
        sizes: seeding.Sizes,
        limits: Limits,
        oauth: OAuthServer,
        clock: SandboxClock,
        base_url: str,
        utc_offset: timedelta,
        mandatory_filter: bool,
        payroll_role: bool,
        webhook_secret: str,
    ) -> None:
        self._sizes = sizes
        self._offset = utc_offset
        self._divisions: dict[int, Division] = {}
        self.current: dict[str, int] = {}
        self.oauth = oauth
        bells = Bells()
        self.hooks = Hooks(bells, oauth.app, webhook_secret, base_url)
        books = Books(
            self.division, self._me, self._granted, lambda: self.lagging, self.hooks, mandatory_filter, payroll_role
        )
        self.api = Api(oauth, limits, books)
        routes = [*LoginPages(oauth, words.DIALECT).routes, *self.api.routes]
        super().__init__(
            routes=routes, clock=clock, base_url=base_url, memory=self._written, edit=self._edit, bells=bells
        )

    def division(self, code: int) -> Division:
        """An administration; `KeyError` for a number that does not exist."""
        if code not in self._divisions:
            company = seeding.COMPANIES[code]
            made = self._divisions[code] = seeding.division(company, self._sizes, self._local_now)
            made.told = lambda path, action, key: self.hooks.ring(made, path, action, key)
        return self._divisions[code]

    def log_in(self, user: str = USERS[0].name, divisions: tuple[int, ...] | None = None) -> Issued:
        """A token pair without walking the pages; `user` is a name or id."""
        found = next(known for known in USERS if user in {known.id, known.name})
        return self.oauth.log_in(found.id, None if divisions is None else frozenset(map(str, divisions)))

    def switch_division(self, user: str, code: int) -> None:
        """The user opens another administration in the web pages: `CurrentDivision` moves (section 2)."""
        found = next(known for known in USERS if user in {known.id, known.name})
        self.current[found.id] = code

    def change(self, division: int, resource: str, id: str, **values: Any) -> None:
        """Somebody changes a record by hand; no rule is checked. `LookupError` when it is not there."""
        books = self.division(division)
        old = books.tables[resource].rows[id]
        columns = RESOURCES[resource].columns
        new = {name: columns[name].read(value) for name, value in values.items()}
        books.save(resource, old | new | {"Modifier": _BY_HAND.id, "ModifierFullName": _BY_HAND.name})

    def remove(self, division: int, resource: str, id: str) -> None:
        """Somebody deletes a record by hand, used or not. `LookupError` when it is not there."""
        books, kind = self.division(division), RESOURCES[resource]
        rules.release(books, resource, id, _BY_HAND.id)
        for line in books.tables[kind.lines].lines_of(id) if kind.lines else []:
            books.drop(
                kind.lines or "", line["ID"], entity_type=RESOURCES[kind.lines or ""].entity_type, by=_BY_HAND.id
            )
        books.drop(resource, id, entity_type=kind.entity_type, by=_BY_HAND.id)

    def pay(self, division: int, id: str, day: date, amount: Decimal | None = None) -> None:
        """A customer pays an invoice or entry (by its id): all that is open, or `amount` in its currency.

        `LookupError` when nothing is booked under that id, `ValueError` when it is more than is open.
        """
        ledger.pay(self.division(division), id, day, amount)

    def unpay(self, division: int, id: str) -> None:
        """Somebody undoes the match of an invoice or entry: it is open again."""
        ledger.unpay(self.division(division), id)

    def _edit(self, order: Mapping[str, Any]) -> None:
        if "pay" in order:
            amount = order.get("amount")
            day = date.fromisoformat(order["day"])
            self.pay(int(order["division"]), order["pay"], day, None if amount is None else Decimal(amount))
            return
        if "unpay" in order:
            self.unpay(int(order["division"]), order["unpay"])
            return
        where = (int(order["division"]), order["resource"], order["id"])
        if order.get("delete"):
            self.remove(*where)
        else:
            self.change(*where, **order["values"])

    def _written(self) -> dict[str, Any]:
        """What the API made and is still there, lines inside their documents; and what left the house."""
        divisions = self._divisions.values()
        made = {name: [row for books in divisions for row in _kept(books, path)] for name, path in _MEMORY.items()}
        return made | {name: [row for books in divisions for row in books.outbox.get(name, ())] for name in _OUTBOX}

    def _local_now(self) -> datetime:
        return (self.clock.now() + self._offset).replace(tzinfo=None)

    def _current(self, login: Chain) -> int:
        return self.current.get(login.user.id, int(min(login.user.scopes)))

    def _me(self, login: Chain) -> Row:
        current = self._current(login)
        info = self.division(current).info
        return {
            "UserID": login.user.id, "CurrentDivision": current, "AccountingDivision": current,
            "DivisionCustomer": info["Customer"], "DivisionCustomerCode": info["CustomerCode"],
            "DivisionCustomerName": info["CustomerName"], "FullName": login.user.name, "Email": login.user.email,
            "UserName": login.user.email, "LanguageCode": COUNTRIES[info["Country"]].culture, "Legislation": 1,
            "ServerTime": self._local_now().strftime("%Y-%m-%dT%H:%M:%S"),
            "ServerUtcOffset": Decimal(int(self._offset.total_seconds())),
            "EmployeeID": "00000000-0000-0000-0000-000000000000",
        }  # fmt: skip

    def _granted(self, login: Chain) -> list[Row]:
        current = self._current(login)
        return [self.division(int(code)).info | {"Current": int(code) == current} for code in login.scopes]


def _kept(books: Division, path: str) -> list[Row]:
    resource, table = RESOURCES[path], books.tables[path]
    rows = [dict(table.rows[id]) for id in books.written.get(path, ()) if id in table.rows]
    if resource.lines and resource.collection:
        for row in rows:
            row[resource.collection] = books.tables[resource.lines].lines_of(row[resource.key])
    return rows


def create(
    *,
    seed: int = 7,
    accounts: int = 2500,
    items: int = 900,
    groups: int = 7,
    employees: int = 12,
    entries: int = 60,
    orders: int = 24,
    warehouses: int = 3,
    minutely_limit: int = 60,
    daily_limit: int = 5000,
    error_limit: int | None = None,
    clock: SandboxClock | None = None,
    base_url: str = "http://exact.sandbox",
    client_id: str = "fieldledger-demo",
    client_secret: str = "demo-secret",  # noqa: S107  # opens nothing but this sandbox
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8765/callback", "http://localhost:8765/callback"),
    app_name: str = "Fieldledger",
    token_gate: bool = True,
    mandatory_filter: bool = False,
    payroll_role: bool = False,
    receivable_sign: Literal[-1, 1] = -1,
    utc_offset: timedelta = timedelta(hours=1),
    webhook_secret: str = "demo-webhook-secret",  # noqa: S107  # signs what this sandbox calls back, and nothing else
) -> ExactSandbox:
    """A fresh sandbox; the same `seed` gives the same books.

    Each administration gets so many `accounts`, `items`, item `groups` (seven at least), `employees`, sales `entries`,
    `warehouses` (three at least), and `orders` of each kind (quotations, prices, deliveries and planning too).
    `payroll_role` shows private data of employees; `receivable_sign` is the sign of money still to be received, on
    which reports differ. `error_limit` switches the error velocity on (Exact allows 10 an hour), `token_gate` the
    refusal of early renewals, `mandatory_filter` that of unfiltered lists. `utc_offset` is how far the server's wall
    clock is ahead of UTC. `webhook_secret` is the app's own, which callbacks are signed with.
    """
    clock = clock or SandboxClock()
    registered = App(app_name, client_id, client_secret, tuple(redirect_uris))
    return ExactSandbox(
        sizes=seeding.Sizes(seed, accounts, items, groups, employees, entries, receivable_sign, orders, warehouses),
        clock=clock,
        base_url=base_url, utc_offset=utc_offset, mandatory_filter=mandatory_filter, payroll_role=payroll_role,
        webhook_secret=webhook_secret,
        limits=Limits(clock, minutely=minutely_limit, daily=daily_limit, errors=error_limit),
        oauth=OAuthServer(app=registered, users=USERS, rules=words.rules(gate=token_gate), clock=clock, seed=seed),
    )  # fmt: skip


def app() -> ASGIApp:
    """For `uvicorn --factory shared.connectors.exact_online.sandbox:app`."""
    return create().app
