"""One method per call to Billit. Knows paths and vendor shapes (Billit fact sheet, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from shared.connector import Page, ReadFrom, VendorUser
from shared.errors import NeedsOwner, Rejected
from shared.schemas.connections import Administration

from . import companies, odata, sync
from .calls import RawRow, understood
from .hooks import Hooks
from .listings import INVOICES, Listings
from .models import Account, Order, Product
from .orders import Orders
from .parties import Parties


class Client(Orders, Parties, Listings, Hooks):
    """The calls of one connection, always for its own company."""

    async def whoami(self) -> VendorUser:
        """The user who granted access. Billit shows no id of theirs; one e-mail address is one user."""
        account = await self._account()
        if account.Email is None:
            raise NeedsOwner("Billit does not say who logged in. Log in again.")
        name = " ".join(part for part in (account.FirstName, account.LastName) if part)
        return VendorUser(account.Email.lower(), name or account.Email)

    async def administrations(self) -> list[Administration]:
        """The companies that the user may open and that let apps in; an accountant's clients among them."""
        account = await self._account()
        return [companies.administration(company) for company in companies.own(account)] + await self._clients(account)

    async def parties(self, where: ReadFrom) -> Page:
        """A page of parties, 120 at most."""
        return await self._list(sync.start(where), "/v1/parties")

    async def products(self, where: ReadFrom) -> Page:
        """A page of products, hour types included, 120 at most."""
        return await self._list(sync.start(where), "/v1/products")

    async def sales(self, where: ReadFrom) -> Page:
        """A page of sales invoices and credit notes, 120 at most; what was deleted comes last."""
        at = sync.start(where)
        if at.deletions:
            return Page([], next=None, cursor=at.changes(), removed=await self._deleted())
        page, behind = await self._changed(at, "/v1/orders", INVOICES)
        return Page(page.rows, next=behind.dump() if page.next else self._deletions(behind))

    async def sales_by_id(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the orders that are there and are sales invoices or credit notes, as lists show them."""
        filters = [f"({part}) and {INVOICES}" for part in odata.any_of("OrderID", ids)]
        found = [row for part in filters for row in await self._all_raw("/v1/orders", {"$filter": part})]
        return [row for row in found if str(row.get("OrderID")) in ids]

    async def existing_parties(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("/v1/parties", ids)

    async def existing_products(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("/v1/products", ids)

    async def existing_orders(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {str(row.OrderID) for row in await self.orders_by_id(ids)}

    async def products_by_reference(self, references: Iterable[str]) -> list[Product]:
        """The products with one of these references, which need not be unique (section 6)."""
        wanted = set(references)
        found: list[Product] = []
        for part in odata.any_of("Reference", map(odata.text, sorted(wanted))):
            rows = await self._matching("/v1/products", Product, part, lambda row: row.Reference in wanted)
            found += [row for row in rows if row not in found]
        return found

    async def _account(self) -> Account:
        return understood(Account, await self._bare.read("/v1/account/accountInformation"))

    async def _clients(self, account: Account) -> list[Administration]:
        """The clients of an accountant, with the headers that open them; none when nothing proves which do."""
        found = companies.clients(account)
        if found is None:
            return []
        for client, swapped in product(found.companies, (False, True)):
            if await self._opens(companies.code(client, found.office, swapped=swapped), client.PartyID):
                return companies.offered(found, swapped=swapped)
        return []

    async def _opens(self, code: str, company: int) -> bool:
        """Whether these headers lead to the books of that company: its orders say whose they are.

        Headers the wrong way round may well lead to the accountant's own books, so silence is no proof.
        """
        try:
            read = self._bare.with_headers(companies.headers(code)).read
            rows = odata.rows(await read("/v1/orders", {"$top": "1"})).rows
        except (NeedsOwner, Rejected):
            return False
        return any(understood(Order, row).CompanyID == company for row in rows)

    async def _deleted(self) -> list[str]:
        """The orders that are gone: as ids or as records, the form is not documented (section 3)."""
        page = await self._rows("/v1/orders/deleted")
        found = [*page.rows]
        while page.next:
            page = await self._rows(page.next)
            found += page.rows
        return [str(id) for row in found if (id := _order_id(row)) is not None]


def _order_id(row: RawRow | int) -> object:
    return row if isinstance(row, int | str) else row.get("OrderID")
