"""Customers of the pretend Multivers: what is checked when one is made (Multivers fact sheet, section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .catalogue import COUNTRIES
from .refusals import refused
from .render import text
from .seed import customer_row
from .store import CUSTOMERS, Books, Row

_LONGEST = {
    "shortName": 8, "name": 40, "street1": 40, "street2": 40, "zipCode": 10, "city": 30, "countryId": 3,
    "currencyId": 3, "languageId": 3, "email": 60, "telephone": 25, "vatNumber": 25, "cocRegistration": 12,
    "businessNumber": 15, "paymentConditionId": 3,
}  # fmt: skip


def make(books: Books, body: Mapping[str, Any], *, auto_number: bool) -> Row:
    """A new customer, who is an organization, too."""
    values = {name: text(body, name, longest) for name, longest in _LONGEST.items() if body.get(name)}
    if "shortName" not in values:
        raise refused("Het veld shortName is verplicht.")
    if values.get("countryId", "NL") not in COUNTRIES:
        raise refused(f"Het veld countryId is onjuist: {values['countryId']}.")
    id = books.number(CUSTOMERS) if auto_number else text(body, "customerId", 8)
    if not id:
        raise refused("Het veld customerId is verplicht.")
    if id in books.tables[CUSTOMERS]:
        raise refused(f"Debiteur {id} bestaat al.")
    row = customer_row(customerId=id, organizationId=900_000 + len(books.tables[CUSTOMERS]), **values)
    return books.make(CUSTOMERS, row | {"dateCreated": books.today(), "dateChanged": books.today()})
