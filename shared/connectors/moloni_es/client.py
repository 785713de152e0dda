"""One method per call to Moloni. Knows operations and vendor shapes (Moloni Spain fact sheet, sections 1 to 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from shared.connector import Page, ReadFrom, VendorUser
from shared.mapping import Receipt, Request
from shared.schemas.connections import Administration

from . import queries, sync
from .calls import Raw, understood
from .documents import Documents
from .hooks import Hooks
from .models import Company, Country, Customer, DocumentSet, Me, Product, Tax, Unit
from .settings import KNOWN_COUNTRIES

_ALL_PRODUCTS: Raw = {"includeVariants": True, "filter": [queries.filtered("visible", "in", "[0, 1]")]}
"""Invisible ones and variants are left out where nothing asks for them (section 3, product options)."""


class Client(Documents, Hooks):
    """The calls of one connection, always about its own company."""

    async def whoami(self) -> VendorUser:
        """The user who granted access; where Moloni does not tell who that is, whoever may open the same companies."""
        me = await self._me()
        if me.userId is not None:
            return VendorUser(str(me.userId), me.name or me.email or str(me.userId))
        ids = sorted(one.company.companyId for one in me.userCompanies)
        return VendorUser(sha256(str(ids).encode()).hexdigest()[:16], f"User of company {', '.join(map(str, ids))}")

    async def administrations(self) -> list[Administration]:
        """The companies that the user may open, those left out that nobody has finished making."""
        ids = [one.company.companyId for one in (await self._me()).userCompanies]
        found = [await self.company_of(id) for id in ids]
        return [_administration(one) for one in found if one.isConfirmed]

    async def customers(self, where: ReadFrom) -> Page:
        """A page of customers."""
        return await self._changed(where, "customers", "customerId")

    async def products(self, where: ReadFrom) -> Page:
        """A page of products: hour types, variants and invisible ones included."""
        return await self._changed(where, "products", "productId", _ALL_PRODUCTS)

    async def categories(self, where: ReadFrom) -> Page:
        """A page of product categories, of all levels."""
        return await self._changed(where, "productCategories", "productCategoryId")

    async def fetched_customers(self, ids: Sequence[str]) -> list[Raw]:
        """Those of the customers that are there, by one call each."""
        return await self._ones("customer", "customerId", ids)

    async def fetched_products(self, ids: Sequence[str]) -> list[Raw]:
        """Those of the products that are there, by one call each."""
        return await self._ones("product", "productId", ids)

    async def existing_customers(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {str(row["customerId"]) for row in await self.fetched_customers(ids)}

    async def existing_products(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {str(row["productId"]) for row in await self.fetched_products(ids)}

    async def existing_categories(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        found = await self._ones("productCategory", "productCategoryId", ids)
        return {str(row["productCategoryId"]) for row in found}

    async def products_by_reference(self, references: Iterable[str]) -> list[Product]:
        """The products with one of these references."""
        wanted = set(references)
        found: list[Product] = []
        for one in sorted(wanted):
            filters = [queries.filtered("reference", "eq", one)]
            rows = await self._matching(
                "products", Product, filters, lambda row: row.reference in wanted, _ALL_PRODUCTS
            )
            found += [row for row in rows if row not in found]
        return found

    async def customers_by(self, field: str, value: str) -> list[Receipt]:
        """The customers whose `number` or `vat` is this; each is one customer's alone (section 3, customer rules)."""
        filters = [queries.filtered(field, "eq", value)]
        rows = await self._matching("customers", Customer, filters, lambda row: getattr(row, field) == value)
        return [_receipt(row) for row in rows]

    async def customer(self, id: str) -> list[Receipt]:
        """The customer, or nothing."""
        return [_receipt(understood(Customer, row)) for row in await self.fetched_customers([id])]

    async def create_customer(self, request: Request) -> Receipt:
        """Make a customer."""
        made = understood(Customer, {"name": "", **await self._tell(request)})
        return Receipt(str(made.customerId), number=request.body["variables"]["data"]["number"])

    async def basics(self) -> tuple[Company, list[Tax], list[DocumentSet]]:
        """What every document needs, in one call: the company, its taxes and its series."""
        first = {"pagination": {"page": 1, "qty": sync.QTY}}
        found = await self._ask_together("basics", companyId=self.company, taxes=first, documentSets=first)
        return (
            understood(Company, found["company"].get("data") or {}),
            await self._rest("taxes", Tax, found["taxes"]),
            await self._rest("documentSets", DocumentSet, found["documentSets"]),
        )

    async def taxes(self) -> list[Tax]:
        """All taxes of the company."""
        return await self._all("taxes", Tax)

    async def document_sets(self) -> list[DocumentSet]:
        """The series of the company."""
        return await self._all("documentSets", DocumentSet)

    async def units(self) -> list[Unit]:
        """The units of the company."""
        return await self._all("measurementUnits", Unit)

    async def countries(self) -> list[Country]:
        """All countries; where their codes cannot be read, those that are known anyway."""
        return list(await self._with_more(self._countries, "countries", ""))

    async def _countries(self, operation: str) -> list[Country]:
        if not operation:
            return [Country(countryId=int(id), iso3166_1=code) for code, id in KNOWN_COUNTRIES.items()]
        # A global operation: it takes no company (section 2, Global queries).
        return await self._all(operation, Country, globally=True)

    async def _me(self) -> Me:
        found = await self._with_more(self._ask, "me", "provenMe")
        return understood(Me, found.get("data") or {})


def _administration(row: Company) -> Administration:
    codes = {int(id): code for code, id in KNOWN_COUNTRIES.items()}
    return Administration(
        code=str(row.companyId),
        name=row.name or str(row.companyId),
        currency=(row.currency and row.currency.iso4217) or "EUR",
        # The site is Spain's: a company that does not say where it is, is there.
        country=codes.get((row.country and row.country.countryId) or 0, "ES"),
    )


def _receipt(row: Customer) -> Receipt:
    return Receipt(str(row.customerId), number=row.number)
