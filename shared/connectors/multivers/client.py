"""One method per call to Multivers. Knows paths and vendor shapes (Multivers fact sheet, sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shared.connector import Page, ReadFrom, VendorUser
from shared.errors import Uncertain
from shared.mapping import Receipt, Request
from shared.schemas.connections import Administration
from shared.vat import VatCode

from . import forms
from .calls import STRANGE, R, understood
from .listings import Listings
from .models import Customer, Pair, Product, Session, VatCodeInfo
from .open_orders import OpenOrders
from .orders import Orders
from .settlements import Settlements


class Client(Orders, OpenOrders, Settlements, Listings):
    """The calls of one connection, always for its own administration."""

    async def whoami(self) -> VendorUser:
        """The user who granted access; where Multivers does not say, the administrations of the login name it."""
        session = understood(Session, await self._http.read("/api/SessionInfo"))
        if session.user:
            return VendorUser(session.user, session.shown or session.user)
        known = sorted(one.code for one in await self.administrations())
        return VendorUser("+".join(known), "Multivers")

    async def administrations(self) -> list[Administration]:
        """Those the user may open. Multivers is a Dutch package; it gives neither country nor currency here."""
        rows = [understood(Pair, row) for row in await self._rows("/api/AdministrationNVL")]
        return [Administration(code=one.name, name=one.value or one.name, country="NL") for one in rows]

    async def customers(self, where: ReadFrom) -> Page:
        """A page of customers; there is no "changed since" (section 3, Delta)."""
        return await self._list("CustomerInfoList", "customerId", where)

    async def products(self, where: ReadFrom) -> Page:
        """A page of products."""
        return await self._list("ProductInfoList", "productId", where)

    async def hour_types(self, _where: ReadFrom) -> Page:
        """All labour categories: no paging is documented of this list (section 4.3)."""
        return Page(await self._rows(self._path("HourTypeInfoList")), next=None)

    async def employees(self, _where: ReadFrom) -> Page:
        """All employees."""
        return Page(await self._rows(self._path("EmployeeInfoList")), next=None)

    async def existing_customers(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("CustomerInfo", ids)

    async def existing_products(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("ProductInfo", ids)

    async def existing_hour_types(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("HourTypeInfo", ids)

    async def existing_employees(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("EmployeeInfo", ids)

    async def customer(self, id: str) -> Customer | None:
        """The customer with this id."""
        return await self._one(f"Customer/{forms.segment(id)}", Customer)

    async def customers_by_business_number(self, number: str) -> list[Customer]:
        """Customers that carry this number of ours."""
        filters = {"$filter": f"BusinessNumber eq {forms.text(number)}"}
        found = await self._all("CustomerInfoList", Customer, filters)
        return [one for one in found if one.business_number == number]

    async def products_by_id(self, ids: Sequence[str]) -> dict[str, Product]:
        """The products with these ids; what is not there is left out."""
        found = [await self._one(f"ProductInfo/{forms.segment(id)}", Product) for id in ids]
        return {one.product_id: one for one in found if one}

    async def vat_codes_on(self, day: date) -> dict[str, VatCode]:
        """All VAT codes, with the percentage of that day."""
        rows = await self.vat_codes()
        return {
            row.vat_code_id: VatCode(row.vat_code_id, row.description or row.vat_code_id, row.percentage_on(day))
            for row in rows
        }

    async def vat_codes(self) -> list[VatCodeInfo]:
        """All VAT codes."""
        return await self._all("VatCodeInfoList", VatCodeInfo)

    async def table(self, what: str, shape: type[R]) -> list[R]:
        """A short list of reference data."""
        return await self._all(what, shape)

    async def create_customer(self, request: Request) -> Receipt:
        """Create a customer; the number is Multivers' own where it numbers by itself."""
        answer = await self._http.write(request)
        if not isinstance(answer, dict) or not answer.get("customerId"):
            raise Uncertain(STRANGE)
        id = str(answer["customerId"])
        return Receipt(id, id)
