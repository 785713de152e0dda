"""The kinds of documents we make, and Moloni's classes for them (Moloni PT fact sheet, sections 4.1 and 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ServiceLists = Literal["delivery_notes", "waybills", "bills_of_lading", "estimates"]
"""What may be called service lists: no page of Moloni says what they are."""

SERVICE_LISTS: Mapping[ServiceLists, str] = {
    "delivery_notes": "deliveryNotes",
    "waybills": "waybills",
    "bills_of_lading": "billsOfLading",
    "estimates": "estimates",
}
"""By the user's choice; the first one is the default."""

TRANSPORT = frozenset({"deliveryNotes", "waybills", "billsOfLading"})
"""Classes that move goods: they need where from and where to."""


@dataclass(frozen=True)
class Kind:
    """A kind of document. `cls` None: what the user calls a service list. `bills`: it becomes revenue.

    `paid`: it is an invoice and its receipt in one.
    """

    name: str
    title: str
    cls: str | None
    bills: bool
    paid: bool = False

    def class_of(self, service_lists: ServiceLists) -> str:
        """Moloni's class."""
        return self.cls or SERVICE_LISTS[service_lists]

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class in which such a document may be: the user may have chosen another one when it was made."""
        return (self.cls,) if self.cls else tuple(SERVICE_LISTS.values())


KINDS = (
    Kind("invoice", "Invoice", "invoices", bills=True),
    # These two become invoices inside Moloni, so they are revenue as well: of one work there is only one of them.
    Kind("purchase_order", "Purchase order", "purchaseOrder", bills=True),
    Kind("service_list", "Service list", None, bills=True),
    Kind("internal_document", "Internal document", "internalDocuments", bills=False),
    Kind("invoice_receipt", "Invoice receipt", "invoiceReceipts", bills=True, paid=True),
)
