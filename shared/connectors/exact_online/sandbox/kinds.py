"""What a resource is, and the paths of those this sandbox has (Exact fact sheet, sections 6 to 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .columns import Column, columns

PAGE, SYNC_PAGE = 60, 1000

ACCOUNTS, ITEMS, ITEM_GROUPS = "crm/Accounts", "logistics/Items", "logistics/ItemGroups"
VAT_CODES, GL_ACCOUNTS, JOURNALS, WAREHOUSES = (
    "vat/VATCodes", "financial/GLAccounts", "financial/Journals", "inventory/Warehouses"
)  # fmt: skip
COST_CENTERS, COST_UNITS, PAYMENT_CONDITIONS = "hrm/Costcenters", "hrm/Costunits", "cashflow/PaymentConditions"
EMPLOYEES, HOUR_TYPES, COST_TYPES = "payroll/Employees", "read/project/HourTypes", "read/project/CostTypes"
ORDERS, ORDER_LINES = "salesorder/SalesOrders", "salesorder/SalesOrderLines"
INVOICES, INVOICE_LINES = "salesinvoice/SalesInvoices", "salesinvoice/SalesInvoiceLines"
PRINTED = "salesinvoice/PrintedSalesInvoices"
ENTRIES, ENTRY_LINES = "salesentry/SalesEntries", "salesentry/SalesEntryLines"
TRANSACTION_LINES, TERMS = "financialtransaction/TransactionLines", "cashflow/PaymentTerms"
RECEIVABLES, RECEIVABLES_LIST = "cashflow/Receivables", "read/financial/ReceivablesList"
DOCUMENTS, ATTACHMENTS, DOCUMENT_TYPES = (
    "documents/Documents", "documents/DocumentAttachments", "documents/DocumentTypes"
)  # fmt: skip
WEBHOOKS = "webhooks/WebhookSubscriptions"
QUOTATIONS, QUOTATION_LINES = "crm/Quotations", "crm/QuotationLines"
SHOP_ORDERS, ASSEMBLY_ORDERS = "manufacturing/ShopOrders", "inventory/AssemblyOrders"
DELIVERIES, DELIVERY_LINES = "salesorder/GoodsDeliveries", "salesorder/GoodsDeliveryLines"
PRICES, PROJECTS, PLANNING = "logistics/SalesItemPrices", "project/Projects", "project/ProjectPlanning"
TIMES, COSTS = "project/TimeTransactions", "project/CostTransactions"
COMPLETE_ORDER, FINISH_ASSEMBLY = "salesorder/CompleteSalesOrder", "inventory/FinishAssemblyOrder"
DIVISIONS, ME, DELETED = "system/Divisions", "current/Me", "sync/Deleted"


@dataclass(frozen=True)
class Resource:
    """One entity set. `sync` is the path of its sync twin, `entity_type` its number in sync/Deleted.

    `lines` is the path of its lines; their collection column has that path's last word as its name. `parent` is a
    line's column with the key of its header. `blank_answer`: a POST answers little more than the id. `must_filter`:
    with mandatory filtering on, a list needs a filter on one of these. `only_filters`: nothing else may be filtered.
    `by_version`: read in the order of row versions. `private` columns are null without the role that may see them.
    `base` is the path of the stored table that a view shows. `unread`: the status of a GET when there is none.
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
    by_version: bool = False
    private: frozenset[str] = frozenset()
    base: str = ""
    unread: int = 405
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


def stored(*lines: str) -> dict[str, Column]:
    """The columns of a stored resource: its own and those that all have."""
    return columns(*lines) | _COMMON
