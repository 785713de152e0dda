"""The resources this sandbox offers, as a table (Exact fact sheet, sections 6 to 8). A new resource is a new entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .columns import Column, columns

PAGE, SYNC_PAGE = 60, 1000

ACCOUNTS, ITEMS, ITEM_GROUPS = "crm/Accounts", "logistics/Items", "logistics/ItemGroups"
VAT_CODES, GL_ACCOUNTS, JOURNALS, WAREHOUSES = (
    "vat/VATCodes", "financial/GLAccounts", "financial/Journals", "inventory/Warehouses"
)  # fmt: skip
ORDERS, ORDER_LINES = "salesorder/SalesOrders", "salesorder/SalesOrderLines"
INVOICES, INVOICE_LINES = "salesinvoice/SalesInvoices", "salesinvoice/SalesInvoiceLines"
DIVISIONS, ME = "system/Divisions", "current/Me"


@dataclass(frozen=True)
class Resource:
    """One entity set. `sync` is the path of its sync twin, `entity_type` its number in sync/Deleted.

    `lines` is the path of its lines; their collection column has that path's last word as its name. `parent` is a
    line's column with the key of its header. `blank_answer`: a POST answers little more than the id. `must_filter`:
    with mandatory filtering on, a list needs a filter on one of these. `only_filters`: nothing else may be filtered.
    """

    path: str
    model: str
    columns: Mapping[str, Column]
    key: str = "ID"
    methods: frozenset[str] = frozenset({"GET"})
    sync: str | None = None
    entity_type: int | None = None
    lines: str | None = None
    parent: str = ""
    unique: tuple[str, ...] = ()
    blank_answer: bool = False
    must_filter: tuple[str, ...] = ()
    only_filters: tuple[str, ...] = ()
    needs_select: bool = False
    page: int = PAGE

    @property
    def collection(self) -> str | None:
        """The name of the column that holds the lines."""
        return self.lines.rpartition("/")[2] if self.lines else None


WRITABLE = frozenset({"GET", "POST", "PUT", "DELETE"})
_COMMON = columns(
    "Created DT r", "Modified DT r", "Creator G r", "Modifier G r", "CreatorFullName S r", "ModifierFullName S r",
    "Division I32 r",
)  # fmt: skip


def _columns(*lines: str) -> dict[str, Column]:
    return columns(*lines) | _COMMON


_LISTED = (
    Resource(
        ACCOUNTS, "Account", methods=WRITABLE, sync="sync/CRM/Accounts", entity_type=2, unique=("Code",),
        blank_answer=True, must_filter=("ID", "Code", "Name", "Modified", "SearchCode", "VATNumber", "Email", "Status"),
        columns=_columns(
            "ID G r", "Code S <18", 'Name S * "Naam', "Status S =A", "Type S r =A", "IsSupplier B =false",
            "IsSales B r =false", "IsPurchase B r =false", "Blocked B =false", "StartDate DT", "EndDate DT",
            "AddressLine1 S", "AddressLine2 S", "AddressLine3 S", "Postcode S", "City S", "State S >3", "Country S >3",
            "Email S", "Phone S", "Website S", "VATNumber S", "ChamberOfCommerce S", "SearchCode S", "Language S >10",
            "SalesCurrency S", 'SalesVATCode S >3 "Btw-code', "PaymentConditionSales S", "GLAccountSales G", "GLAR G",
            "PriceList G", "DiscountSales D", "CreditLineSales D", 'InvoiceAccount G ^crm/Accounts "Factuur_voor',
            "InvoicingMethod I32", "MainContact G", "Parent G", "AccountManager G", "PeppolIdentifier S",
            "PeppolIdentifierType I32", "BankAccounts Col r", "Remarks S",
        ),
    ),
    Resource(
        ITEMS, "Item", methods=WRITABLE, sync="sync/Logistics/Items", entity_type=9, unique=("Code",),
        blank_answer=True, must_filter=("ID", "Code", "Modified", "ItemGroup", "Barcode"),
        columns=_columns(
            "ID G r", "Code S *", 'Description S * "Omschrijving', "ExtraDescription S",
            'ItemGroup G ^logistics/ItemGroups "Artikelgroep', "ItemGroupCode S r", "ItemGroupDescription S r",
            "Unit S >8 =stuk", "UnitDescription S r", "UnitType S r =O", "IsTime By =0", "IsSalesItem B =true",
            "IsPurchaseItem B =false", "IsStockItem B =false", "IsMakeItem By =0", "IsWebshopItem By =0",
            "IsFractionAllowedItem B =false", "IsSerialItem B =false", "IsBatchItem By =0", "SalesVatCode S >3",
            "StandardSalesPrice D r", "CostPriceStandard D", "CostPriceNew D", "CostPriceCurrency S", "Barcode S",
            "SearchCode S", "GLRevenue G", "GLCosts G", "GLStock G", "Stock D r", "StartDate DT", "EndDate DT",
            "Notes S",
        ),
    ),
    Resource(
        ITEM_GROUPS, "ItemGroup",
        columns=_columns(
            "ID G r", "Code S", "Description S", "IsDefault By =0", "GLRevenue G", "GLRevenueCode S",
            "GLRevenueDescription S", "GLCosts G", "GLCostsCode S", "GLStock G",
        ),
    ),
    Resource(
        VAT_CODES, "VATCode",
        columns=_columns(
            "ID G r", "Code S * >3", "Description S *", "Percentage D r", "Type S", "VATTransactionType S",
            "GLToPay G", "GLToClaim G", "EUSalesListing S", "Charged B =false", "IsBlocked B =false",
            "VATPercentages Col r",
        ),
    ),
    Resource(
        GL_ACCOUNTS, "GLAccount", sync="sync/Financial/GLAccounts", entity_type=7,
        columns=_columns(
            "ID G r", "Code S *", "Description S *", "Type I32", "BalanceSide S", "BalanceType S", "VATCode S >3",
            "UseCostcenter By =0", "UseCostunit By =0", "IsBlocked B =false", "SearchCode S",
        ),
    ),
    Resource(
        JOURNALS, "Journal",
        columns=_columns(
            "ID G r", "Code S", "Description S", "Type I32", "Currency S", "IsBlocked B =false", "GLAccount G"
        ),
    ),
    Resource(
        WAREHOUSES, "Warehouse",
        columns=_columns("ID G r", "Code S", "Description S", "Main By =0", "EMail S", "ManagerUser G"),
    ),
    Resource(
        ORDERS, "SalesOrder", key="OrderID", methods=WRITABLE, entity_type=32, lines=ORDER_LINES,
        must_filter=("OrderID", "OrderNumber", "YourRef", "Modified", "OrderedBy", "OrderDate", "Status"),
        columns=_columns(
            "OrderID G r", 'OrderedBy G * f ^crm/Accounts "Besteld_door', 'SalesOrderLines Col * f "Regels',
            "OrderNumber I32 f", "OrderDate DT", "DeliveryDate DT", "YourRef S", "Description S", "Remarks S",
            "Currency S =EUR", "PaymentCondition S", 'WarehouseID G ^inventory/Warehouses "Magazijn',
            "DeliveryAddress G", "ShippingMethod G", "Salesperson G", "Document G", "DeliverTo G f ^crm/Accounts",
            'InvoiceTo G f ^crm/Accounts "Factuur_voor', "Discount D", "AmountDC D r", "AmountFC D r",
            "AmountFCExclVat D r", "AmountDiscount D r", "Status I16 r =12", "DeliveryStatus I16 r =12",
            "InvoiceStatus I16 r =12", "ApprovalStatus I16 =1", "OrderedByName S r",
        ),
    ),
    Resource(
        ORDER_LINES, "SalesOrderLine", methods=WRITABLE, entity_type=33, parent="OrderID",
        must_filter=("ID", "OrderID", "OrderNumber", "Modified", "Item"),
        columns=_columns(
            'OrderID G f ^salesorder/SalesOrders "Verkooporder', "ID G r", 'Item G * ^logistics/Items "Artikel',
            "Quantity D =1", "UnitPrice D", "NetPrice D", "Discount D", "VATCode S >3", "VATPercentage D",
            "VATAmount D r", "AmountFC D r", "AmountDC D r", "Description S", "Notes S", "UnitCode S",
            "DeliveryDate DT", "Project G", "CostCenter S", "CostUnit S", "QuantityDelivered D r =0",
            "QuantityInvoiced D r =0", "LineNumber I32 r", "ItemCode S r", "ItemDescription S r", "OrderNumber I32 r",
            "ShopOrder G", "UseDropShipment By =0",
        ),
    ),
    Resource(
        INVOICES, "SalesInvoice", key="InvoiceID", methods=WRITABLE, entity_type=13, lines=INVOICE_LINES,
        must_filter=("InvoiceID", "InvoiceNumber", "YourRef", "Modified", "OrderedBy", "InvoiceDate", "Status"),
        columns=_columns(
            "InvoiceID G r", 'OrderedBy G * ^crm/Accounts "Besteld_door', 'Journal S "Dagboek',
            'SalesInvoiceLines Col * f "Regels', 'InvoiceTo G ^crm/Accounts "Factuur_voor',
            "DeliverTo G ^crm/Accounts", "InvoiceDate DT", "OrderDate DT", "DueDate DT", "Type I32 =8020",
            "Status I16 r =20", "InvoiceNumber I32 r", "OrderNumber I32 f", "YourRef S", "Description S", "Remarks S",
            "PaymentCondition S", "PaymentReference S", "Currency S =EUR", "Discount D", "AmountDC D r", "AmountFC D r",
            "AmountFCExclVat D r", "VATAmountFC D r", "VATAmountDC D r", "Salesperson G", "Document G",
            "Warehouse G ^inventory/Warehouses", "StarterSalesInvoiceStatus I16 r", "OrderedByName S r",
        ),
    ),
    Resource(
        INVOICE_LINES, "SalesInvoiceLine", methods=WRITABLE, parent="InvoiceID",
        must_filter=("ID", "InvoiceID", "Modified", "Item"),
        columns=_columns(
            'InvoiceID G f ^salesinvoice/SalesInvoices "Verkoopfactuur', "ID G r",
            'Item G * ^logistics/Items "Artikel', 'GLAccount G ^financial/GLAccounts "Grootboekrekening',
            "Quantity D =1", "NetPrice D", "UnitPrice D", "AmountFC D", "AmountDC D r", "Discount D", "VATCode S >3",
            "VATPercentage D",
            "VATAmountFC D r", "VATAmountDC D r", "Description S", "Notes S", "UnitCode S", "CostCenter S",
            "CostUnit S", "Project G", "Employee G", "StartTime DT", "EndTime DT", "LineNumber I32 r", "ItemCode S r",
            "ItemDescription S r", "SalesOrder G r", "SalesOrderLine G r",
        ),
    ),
)  # fmt: skip

SYSTEM = {
    DIVISIONS: Resource(
        DIVISIONS, "System.Division", key="Code",
        columns=columns(
            "Code I32 r", "Hid I64", "Description S", "Customer G", "CustomerCode S <18", "CustomerName S",
            "Country S >3", "Currency S", "VATNumber S", "Status I32", "BlockingStatus I32", "Current B", "Created DT",
            "IsMainDivision B", "ArchiveDate DT", "DivisionMoveDate DT", "DivisionHRLinkUnlinkDate DT",
        ),
    ),
    ME: Resource(
        ME, "System.Me", key="UserID",
        columns=columns(
            "UserID G r", "CurrentDivision I32", "AccountingDivision I32", "DossierDivision I32", "DivisionCustomer G",
            "DivisionCustomerCode S <18", "DivisionCustomerName S", "FullName S", "Email S", "UserName S",
            "LanguageCode S", "Legislation I64", "ServerTime S", "ServerUtcOffset D", "EmployeeID G", "PackageCode S",
        ),
    ),
}  # fmt: skip
"""Resources whose rows are made for the caller, not stored."""

RESOURCES: Mapping[str, Resource] = {resource.path: resource for resource in _LISTED}
"""The stored resources, by path."""

DELETED_FEED = Resource(
    "sync/Deleted", "Deleted", key="Timestamp", needs_select=True, only_filters=("Timestamp", "EntityType"),
    page=SYNC_PAGE,
    columns=columns(
        "Timestamp I64 r", "ID G r", "EntityKey G r", "EntityType I32 r", "DeletedBy G r", "DeletedDate DT r",
        "Division I32 r",
    ),
)  # fmt: skip


def _twin(resource: Resource) -> Resource:
    """The sync view of a resource: by row version, a thousand rows a page, GET only."""
    return replace(
        resource, path=resource.sync or "", columns=columns("Timestamp I64 r") | dict(resource.columns),
        methods=frozenset({"GET"}), needs_select=True, only_filters=("Timestamp",), must_filter=(), page=SYNC_PAGE,
    )  # fmt: skip


TWINS: Mapping[str, Resource] = {r.sync: r for r in _LISTED if r.sync}
"""Sync path to the stored resource behind it."""

SYNC: Mapping[str, Resource] = {path: _twin(resource) for path, resource in TWINS.items()} | {
    DELETED_FEED.path: DELETED_FEED
}
"""The resources that are read by row version."""
