"""One method per call to Exact Online. Knows paths and vendor shapes (Exact fact sheet, sections 2, 6 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.connector import Page, ReadFrom, VendorUser
from shared.mapping import Receipt, Request
from shared.schemas.connections import Administration

from . import odata, settlements, sync
from .bookings import Bookings
from .calls import RawRow
from .changed import ChangedRecords
from .field_orders import FieldOrders
from .goods import Goods
from .listings import Listings
from .models import (
    Account,
    Division,
    Employee,
    GLAccount,
    Item,
    ItemGroup,
    Journal,
    Me,
    Named,
    PaymentTerm,
    Receivable,
    Ref,
    SalesInvoice,
    SalesOrder,
    VATCode,
)
from .origin_calls import OriginCalls
from .papers import Papers
from .project_calls import ProjectCalls
from .sync import EntityType


class Client(Papers, Goods, Bookings, Listings, ChangedRecords, FieldOrders, ProjectCalls, OriginCalls):
    """The calls of one connection, always in its own division: Exact's "current" one moves (section 10)."""

    async def whoami(self) -> VendorUser:
        """The user who granted access."""
        me = await self._me()
        return VendorUser(me.UserID, me.FullName or me.UserName or me.UserID)

    async def administrations(self) -> list[Administration]:
        """The active divisions the user granted; archived and blocked ones are left out."""
        # The division in this path is not looked at, but one has to stand there (section 2).
        path = f"/api/v1/{self._division or (await self._me()).CurrentDivision}/system/Divisions"
        divisions = await self._all(path, Division)
        return [_administration(row) for row in divisions if row.Status == 1 and not row.BlockingStatus]

    async def accounts(self, where: ReadFrom) -> Page:
        """A page of relations, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "CRM/Accounts", Account, EntityType.ACCOUNT)

    async def items(self, where: ReadFrom) -> Page:
        """A page of items, hour items included, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "Logistics/Items", Item, EntityType.ITEM)

    async def item_group_page(self, where: ReadFrom) -> Page:
        """A page of item groups, 60 at most. There is no sync twin, so it is always all of them (section 6)."""
        page = await (self._rows(where.position) if where.position else self._first("logistics/ItemGroups", ItemGroup))
        return Page(records=page.rows, next=page.next)

    async def employees(self, where: ReadFrom) -> Page:
        """A page of employees, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "Payroll/Employees", Employee, EntityType.EMPLOYEE)

    async def payments(self, where: ReadFrom) -> Page:
        """The invoices whose terms changed, each with all its terms; the pages of deleted terms follow.

        A page has 1000 terms at most. Where they do not add up to the invoice, the others are looked up.
        """
        page = await self._sync(where, "Cashflow/PaymentTerms", PaymentTerm, EntityType.PAYMENT_TERM)
        invoices = settlements.by_invoice(page.records)
        partial = [id for id, terms in invoices.items() if not settlements.complete(terms)]
        whole = invoices | (settlements.by_invoice(await self._terms_of(partial)) if partial else {})
        return replace(page, records=settlements.records(whole))

    async def settlements(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the booked invoices that still have terms, with all of them."""
        return settlements.records(settlements.by_invoice(await self._terms_of(ids)))

    async def existing_settlements(self, ids: Sequence[str]) -> set[str]:
        """Those of the booked invoices that still have terms."""
        return {row["ID"] for row in await self.settlements(ids)}

    async def _terms_of(self, ids: Sequence[str]) -> list[RawRow]:
        """Raw terms by invoice, and by their own id where a term belongs to no entry."""
        terms = await self._any_raw("cashflow/Receivables", Receivable, "TransactionEntryID", map(odata.guid, ids))
        others = sorted(set(ids) - settlements.by_invoice(terms).keys())
        return terms + await self._any_raw("cashflow/Receivables", Receivable, "ID", map(odata.guid, others))

    async def existing_item_groups(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {row.ID for row in await self._any("logistics/ItemGroups", Ref, "ID", map(odata.guid, ids))}

    async def existing_employees(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {row.ID for row in await self._any("payroll/Employees", Ref, "ID", map(odata.guid, ids))}

    async def existing_accounts(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {row.ID for row in await self._any("crm/Accounts", Ref, "ID", map(odata.guid, ids))}

    async def existing_items(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {row.ID for row in await self._any("logistics/Items", Ref, "ID", map(odata.guid, ids))}

    async def account_by_id(self, id: str) -> list[Receipt]:
        """The account, or nothing."""
        return await self._accounts(f"ID eq {odata.guid(id)}")

    async def accounts_by_code(self, code: str) -> list[Receipt]:
        """The account with this number, or nothing."""
        return await self._accounts(f"Code eq {odata.padded(code)}")

    async def accounts_by_search_code(self, code: str) -> list[Receipt]:
        """All accounts with this search code; it is not unique (section 7)."""
        return await self._accounts(f"SearchCode eq {odata.text(code)}")

    async def sales_orders_by_reference(self, reference: str) -> list[Receipt]:
        """All sales orders with our reference in `YourRef`; it is not unique (section 7)."""
        filters = f"YourRef eq {odata.text(reference)}"
        return [
            _order_receipt(row) for row in await self._all(self._path("salesorder/SalesOrders"), SalesOrder, filters)
        ]

    async def sales_invoices_by_reference(self, reference: str) -> list[Receipt]:
        """All sales invoices with our reference in `YourRef`; it is not unique (section 7)."""
        filters = f"YourRef eq {odata.text(reference)}"
        path = self._path("salesinvoice/SalesInvoices")
        return [_invoice_receipt(row) for row in await self._all(path, SalesInvoice, filters)]

    async def vat_codes(self) -> list[VATCode]:
        """All VAT codes."""
        return await self._table("vat/VATCodes", VATCode)

    async def journals(self) -> list[Journal]:
        """All journals."""
        return await self._table("financial/Journals", Journal)

    async def item_groups(self) -> list[Named]:
        """All item groups."""
        return await self._table("logistics/ItemGroups", Named)

    async def ledgers(self) -> list[GLAccount]:
        """All ledgers, by way of the sync twin: it has 1000 to a page instead of 60."""
        return await self._table("sync/Financial/GLAccounts", GLAccount, f"Timestamp gt {sync.START}")

    async def cost_centres(self) -> list[Named]:
        """All cost centres."""
        return await self._table("hrm/Costcenters", Named)

    async def cost_units(self) -> list[Named]:
        """All cost units."""
        return await self._table("hrm/Costunits", Named)

    async def warehouses(self) -> list[Named]:
        """All warehouses."""
        return await self._table("inventory/Warehouses", Named)

    async def create_account(self, request: Request) -> Receipt:
        """Create a relation."""
        return _account_receipt(await self._create(request, Ref))

    async def create_sales_order(self, request: Request) -> Receipt:
        """Create a sales order."""
        return _order_receipt(await self._create(request, SalesOrder))

    async def create_sales_invoice(self, request: Request) -> Receipt:
        """Create a sales invoice: open, not printed, not sent, not in the ledger yet."""
        return _invoice_receipt(await self._create(request, SalesInvoice))

    async def _me(self) -> Me:
        return (await self._all("/api/v1/current/Me", Me))[0]

    async def _accounts(self, filters: str) -> list[Receipt]:
        return [_account_receipt(row) for row in await self._all(self._path("crm/Accounts"), Ref, filters)]


def _administration(row: Division) -> Administration:
    return Administration(
        code=str(row.Code),
        name=row.Description or row.CustomerName or str(row.Code),
        currency=row.Currency or "EUR",
        country=row.Country,
        era=" ".join(day for day in (row.DivisionMoveDate, row.DivisionHRLinkUnlinkDate) if day),
    )


def _account_receipt(row: Ref) -> Receipt:
    return Receipt(row.ID, number=row.Code)


def _order_receipt(row: SalesOrder) -> Receipt:
    return Receipt(
        row.OrderID,
        number=_number(row.OrderNumber),
        customer=row.OrderedBy,
        total_excl=row.AmountFCExclVat,
        day=row.OrderDate,
    )


def _invoice_receipt(row: SalesInvoice) -> Receipt:
    return Receipt(
        row.InvoiceID,
        number=_number(row.InvoiceNumber),
        customer=row.OrderedBy,
        total_excl=row.AmountFCExclVat,
        day=row.OrderDate,
    )


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
