"""The calls for customers of documents (Moloni PT fact sheet, sections 3.1 and 3.3)."""

from __future__ import annotations

from collections.abc import Callable

from shared.mapping import Receipt, Request

from .calls import Calls
from .models import Customer

_KEY = "customer_id"


class Customers(Calls):
    """What a client does with customers. Searches by number and tax number are lenient, so their hits are compared."""

    async def customer(self, id: str) -> list[Customer]:
        """The customer with this id, or nothing."""
        found = await self._one("customers", Customer, _KEY, id)
        return [found] if found else []

    async def customers_by_number(self, number: str) -> list[Customer]:
        """Customers with this number."""
        return await self._matching("getByNumber", lambda row: row.number == number, number=number)

    async def customers_by_vat(self, vat: str) -> list[Customer]:
        """Customers with this tax number."""
        return await self._matching("getByVat", lambda row: row.vat == vat, vat=vat)

    async def create_customer(self, request: Request) -> Receipt:
        """Create a customer."""
        return Receipt(await self._write(request, _KEY), number=request.body["number"])

    async def _matching(self, method: str, fits: Callable[[Customer], bool], **asked: str) -> list[Customer]:
        found = await self._found("customers", method, Customer, _KEY, **asked)
        return [row for row in found if fits(row)]
