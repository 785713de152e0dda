"""One method per call to Exact Online. Knows paths and vendor shapes (Exact fact sheet, sections 2, 6 and 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from shared import clock
from shared.connector import Page, ReadFrom, VendorUser
from shared.errors import TryLater, Uncertain
from shared.mapping import Receipt, Request
from shared.schemas.connections import Administration

from . import odata, sync
from .models import (
    Account,
    Division,
    Item,
    ItemGroup,
    Journal,
    Me,
    Ref,
    Row,
    SalesInvoice,
    SalesOrder,
    VATCode,
)
from .sync import EntityType

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)
RawRow = Mapping[str, Any]


class Client:
    """The calls of one connection, always in its own division: Exact's "current" one moves (section 10)."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._http = http
        self._division = administration

    async def whoami(self) -> VendorUser:
        """The user who granted access."""
        me = await self._me()
        return VendorUser(me.UserID, me.FullName or me.UserName or me.UserID)

    async def administrations(self) -> list[Administration]:
        """The active divisions the user granted; archived and blocked ones are left out."""
        # The division in this path is not looked at, but one has to stand there (section 2).
        path = f"/api/v1/{(await self._me()).CurrentDivision}/system/Divisions"
        divisions = await self._all(path, Division)
        return [_administration(row) for row in divisions if row.Status == 1 and not row.BlockingStatus]

    async def accounts(self, where: ReadFrom) -> Page:
        """A page of relations, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "CRM/Accounts", Account, EntityType.ACCOUNT)

    async def items(self, where: ReadFrom) -> Page:
        """A page of items, hour items included, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "Logistics/Items", Item, EntityType.ITEM)

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

    async def items_by_code(self, codes: Iterable[str]) -> dict[str, Item]:
        """Those of the items that exist, by code."""
        found = await self._any("logistics/Items", Item, "Code", map(odata.text, sorted(set(codes))))
        return {item.Code: item for item in found if item.Code}

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
        return await self._all(self._path("vat/VATCodes"), VATCode)

    async def journals(self) -> list[Journal]:
        """All journals."""
        return await self._all(self._path("financial/Journals"), Journal)

    async def item_groups(self) -> list[ItemGroup]:
        """All item groups."""
        return await self._all(self._path("logistics/ItemGroups"), ItemGroup)

    async def create_account(self, request: Request) -> Receipt:
        """Create a relation."""
        return _account_receipt(await self._create(request, Ref))

    async def create_sales_order(self, request: Request) -> Receipt:
        """Create a sales order."""
        return _order_receipt(await self._create(request, SalesOrder))

    async def create_sales_invoice(self, request: Request) -> Receipt:
        """Create a sales invoice: open, not printed, not sent, not in the ledger yet."""
        return _invoice_receipt(await self._create(request, SalesInvoice))

    def _path(self, resource: str) -> str:
        assert self._division is not None, "no administration chosen"
        return f"/api/v1/{self._division}/{resource}"

    async def _me(self) -> Me:
        return (await self._all("/api/v1/current/Me", Me))[0]

    async def _accounts(self, filters: str) -> list[Receipt]:
        return [_account_receipt(row) for row in await self._all(self._path("crm/Accounts"), Ref, filters)]

    async def _any(self, resource: str, shape: type[R], field: str, literals: Iterable[str]) -> list[R]:
        path = self._path(resource)
        return [row for part in odata.any_of(field, literals) for row in await self._all(path, shape, part)]

    async def _all(self, path: str, shape: type[R], filters: str | None = None) -> list[R]:
        """Every row of a list, page after page."""
        query = _query(shape, filters)
        page = await self._rows(path, query)
        found = [*page.rows]
        while page.next:
            page = await self._rows(page.next)
            found += page.rows
        return [_understood(shape, row) for row in found]

    async def _rows(self, path: str, query: Mapping[str, str] | None = None) -> odata.Rows:
        try:
            return odata.rows(await self._http.read(path, query))
        except ValueError as error:
            raise TryLater("Exact Online answered in an unknown form.") from error

    async def _sync(self, where: ReadFrom, resource: str, shape: type[Row], entity: EntityType) -> Page:
        at = sync.start(where)
        path, select = (f"sync/{resource}", f"{shape.select()},Timestamp")
        if at.deletions:
            path, select = ("sync/Deleted", "EntityKey,Timestamp")
        query = {"$filter": at.filter(entity), "$select": select}
        page = await (self._rows(at.link) if at.link else self._rows(self._path(path), query))
        at = at.after(page.rows, page.next)
        on = at.next
        return Page(
            records=[] if at.deletions else [_dated(row) for row in page.rows],
            removed=[row["EntityKey"] for row in page.rows] if at.deletions else [],
            next=on.dump() if on else None,
            cursor=None if on else at.seen.dump(),
        )

    async def _create(self, request: Request, shape: type[R]) -> R:
        answer = await self._http.write(request)
        try:
            return shape.model_validate(odata.single(answer))
        except ValueError as error:
            raise Uncertain("Exact Online answered in an unknown form.") from error


def _query(shape: type[Row], filters: str | None) -> dict[str, str]:
    query = {"$select": shape.select()}
    return query | {"$filter": filters} if filters else query


def _understood(shape: type[R], row: RawRow) -> R:
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        raise TryLater("Exact Online answered in an unknown form.") from error


def _dated(row: RawRow) -> RawRow:
    """Add whether the row's `EndDate` has passed, so that mapping it needs no clock."""
    end = row.get("EndDate")
    return {**row, "_ended": end is not None and odata.day(end) < clock.now().date()}


def _administration(row: Division) -> Administration:
    return Administration(
        code=str(row.Code),
        name=row.Description or row.CustomerName or str(row.Code),
        currency=row.Currency or "EUR",
        country=row.Country,
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
