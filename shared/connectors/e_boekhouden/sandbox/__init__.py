"""A pretend e-Boekhouden.nl: its SOAP service with sessions, the wall at 2,000 records and its error codes.

The facts are those of the e-Boekhouden fact sheet, sections 1 to 9; what it does not know are switches of `create`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from starlette.types import ASGIApp

from shared.sandbox import Sandbox, SandboxClock

from . import seed as seeding
from .api import Api, operation
from .envelopes import Spelling
from .queries import Matching, Reading
from .scenario import CODE_1, SCENARIO
from .seed import COMPANIES, Company
from .sessions import Sessions, User
from .store import Books, Row
from .writes import Writing

__all__ = ["SCENARIO", "USERS", "EBoekhoudenSandbox", "app", "create"]

_OWN, _SECOND, _OTHER = COMPANIES
USERS = (
    User("devries", CODE_1, (_OWN.guid, _SECOND.guid), accountant=True),
    User("vandam", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", (_OTHER.guid,)),
)


class EBoekhoudenSandbox(Sandbox):
    """The sandbox with its administrations. `books(guid)` fills one on first use."""

    def __init__(
        self,
        *,
        seed: int,
        sizes: tuple[int, int],
        sessions: Sessions,
        reading: Reading,
        writing: Writing,
        clock: SandboxClock,
        base_url: str,
    ) -> None:
        self._seed = seed
        self._sizes = sizes
        self._books: dict[str, Books] = {}
        self.companies: dict[str, Company] = {one.guid: one for one in COMPANIES}
        self.sessions: Sessions = sessions
        self.api = Api(
            sessions, self.companies, self.books, lambda: self.lagging, lambda: clock.now().date(), reading, writing
        )
        super().__init__(
            routes=[*self.api.routes],
            clock=clock,
            base_url=base_url,
            memory=self._written,
            edit=self._edit,
            operation=operation,
        )

    def books(self, guid: str = _OWN.guid) -> Books:
        """An administration; `KeyError` for one that does not exist."""
        if guid not in self._books:
            self._books[guid] = seeding.books(self.companies[guid], self._seed, *self._sizes)
        return self._books[guid]

    def change(self, table: str, id: int, **values: Any) -> None:
        """Somebody changes a record of the first administration by hand. `LookupError` when it is not there."""
        books = self.books()
        books.save(table, id, books.table(table)[id] | values)

    def remove(self, table: str, id: int) -> None:
        """Somebody deletes a record of the first administration by hand. `LookupError` when it is not there."""
        self.books().drop(table, id)

    def _edit(self, order: Mapping[str, Any]) -> None:
        table, id = order["table"], int(order["id"])
        if order.get("delete"):
            self.remove(table, id)
        else:
            self.change(table, id, **order["values"])

    def _written(self) -> dict[str, list[Row]]:
        """What the API made, and what left the house."""
        filled = self._books.values()
        return {
            "relations": [books.relations[id] for books in filled for id in books.made if id in books.relations],
            "invoices": [row for books in filled for row in books.invoices.values()],
            "booked": [row for books in filled for row in books.booked],
            "mailed": [row for books in filled for row in books.mailed],
            "collected": [row for books in filled for row in books.collected],
        }


def create(
    *,
    seed: int = 7,
    relations: int = 2600,
    articles: int = 900,
    cap: int = 2000,
    session_minutes: int = 20,
    dotted: bool = True,
    success: Literal["empty children", "empty", "absent"] = "empty children",
    empty_container: bool = False,
    stranger: bool = False,
    typed_code: bool = True,
    keyword: Literal["contains", "words"] = "contains",
    article_filters: Matching = "contains",
    any_case: bool = False,
    rounding: Literal["invoice", "rate", "line"] = "invoice",
    price_decimals: int | None = None,
    digit_ends: bool = False,
    clock: SandboxClock | None = None,
    base_url: str = "http://e-boekhouden.sandbox",
    client_id: str = "",
    client_secret: str = "",
    redirect_uris: tuple[str, ...] = (),
) -> EBoekhoudenSandbox:
    """A fresh sandbox; the same `seed` gives the same books.

    Each administration gets so many `relations` and `articles`; `cap` is the most that one answer holds. The other
    switches are the open questions of the sheet: see `Reading`, `Writing`, `Spelling` and `Sessions`. There are no
    apps and no login pages, so `client_id`, `client_secret` and `redirect_uris` are not looked at.
    """
    del client_id, client_secret, redirect_uris
    clock = clock or SandboxClock()
    spelling = Spelling(success, empty_container, stranger, typed_code)
    return EBoekhoudenSandbox(
        seed=seed,
        sizes=(relations, articles),
        sessions=Sessions(USERS, clock, seed, timedelta(minutes=session_minutes), dotted=dotted),
        reading=Reading(spelling, cap, keyword, article_filters, any_case),
        writing=Writing(spelling, rounding, price_decimals, digit_ends),
        clock=clock,
        base_url=base_url,
    )


def app() -> ASGIApp:
    """For `uvicorn --factory shared.connectors.e_boekhouden.sandbox:app`."""
    return create().app
