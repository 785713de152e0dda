"""The resources this sandbox offers, by path (Exact fact sheet, sections 6 to 8). A new one is a table entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .columns import columns
from .kinds import (
    ACCOUNTS,
    DELETED,
    DIVISIONS,
    EMPLOYEES,
    INVOICES,
    ITEM_GROUPS,
    ITEMS,
    ME,
    ORDERS,
    SYNC_PAGE,
    TERMS,
    Resource,
)
from .tables_books import BOOKS, VIEWS
from .tables_master import MASTER
from .tables_pro import PRO, PRO_ACTIONS
from .tables_sales import ACTIONS, SALES

__all__ = [
    "ACCOUNTS", "DELETED_FEED", "EMPLOYEES", "INVOICES", "ITEMS", "ITEM_GROUPS", "ORDERS", "RESOURCES", "SERVED",
    "SYNC", "SYSTEM", "TERMS",
]  # fmt: skip

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


_STORED = (*MASTER, *SALES, *BOOKS, *PRO)
RESOURCES: Mapping[str, Resource] = {resource.path: resource for resource in _STORED}
"""The stored resources, by path."""

DELETED_FEED = Resource(
    DELETED, "Deleted", key="Timestamp", needs_select=True, by_version=True, base=DELETED,
    only_filters=("Timestamp", "EntityType"), page=SYNC_PAGE,
    columns=columns(
        "Timestamp I64 r", "ID G r", "EntityKey G r", "EntityType I32 r", "DeletedBy G r", "DeletedDate DT r",
        "Division I32 r",
    ),
)  # fmt: skip


def _twin(resource: Resource) -> Resource:
    """The sync view of a resource: by row version, a thousand rows a page, GET only."""
    return replace(
        resource, path=resource.sync or "", columns=columns("Timestamp I64 r") | dict(resource.columns),
        methods=frozenset({"GET"}), needs_select=True, by_version=True, only_filters=("Timestamp",), must_filter=(),
        base=resource.path, page=SYNC_PAGE,
    )  # fmt: skip


SYNC: Mapping[str, Resource] = {r.sync: _twin(r) for r in _STORED if r.sync} | {DELETED: DELETED_FEED}
"""The resources that are read by row version."""

SERVED: Mapping[str, Resource] = {r.path: r for r in (*_STORED, *VIEWS, *ACTIONS, *PRO_ACTIONS)} | dict(SYNC)
"""Everything that answers under a division."""
