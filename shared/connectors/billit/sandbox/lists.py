"""Lists, 120 to a page: which properties can be filtered on, and the link to the next page (Billit fact sheet, 2)."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request

from . import orders, query
from .books import KEYS, ORDERS, PARTIES, PRODUCTS, Books, Row

Count = Literal["total", "page", "none"]
"""What `Count` of a list is."""

_FILTERABLE = {
    PARTIES: frozenset({"PartyType", "LastModified", "DisplayName", "VATNumber"}),
    PRODUCTS: frozenset({"LastModified", "GroupName"}),
    ORDERS: frozenset(
        {
            "OrderID", "CounterParty/PartyID", "CompanyID", "OrderDirection", "OrderType", "OrderDate", "OrderNumber",
            "ExpiryDate", "ExportedToConnector", "AccountantVerificationNeeded", "TotalExcl", "TotalVAT", "TotalIncl",
            "FXRateToForeign", "Paid", "OrderStatus", "ExternalProviderID", "Currency", "PaymentReference",
            "LastModified", "Created", "ApprovalStatus", "PaidDate", "PaymentMethod", "Reference", "RemindersSent",
            "ExternalProvider", "IsSent",
        }
    ),
}  # fmt: skip
"""What the documentation lists (section 2)."""
_ALSO = {PARTIES: frozenset({"Nr", "ExternalProviderID"}), PRODUCTS: frozenset({"Reference"}), ORDERS: frozenset[str]()}
"""What clients use and no page lists: a switch."""


def page(request: Request, books: Books, table: str, also: bool, count: Count) -> Row:  # noqa: FBT001  # a rule's value
    """`Items`, `NextPageLink` when there are more, `Count`. `also`: filters that no page lists work too."""
    filterable = _FILTERABLE[table] | (_ALSO[table] if also else frozenset())
    asked = query.parse(request.query_params, filterable=filterable, type_name=table, key=KEYS[table])
    found = asked.run(books.visible(table))
    rows = found[asked.skip : asked.skip + asked.top]
    behind = asked.skip + len(rows)
    # Absolute, of the address that was called (section 6 says that its form is not known).
    link = str(request.url.include_query_params(**{"$skip": behind})) if rows and behind < len(found) else None
    counts = {"total": len(found), "page": len(rows), "none": None}
    shown = [orders.summary(row) for row in rows] if table == ORDERS else rows
    return {"Items": shown, "NextPageLink": link, "Count": counts[count]}
