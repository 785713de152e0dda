"""One method per call to Moloni. Knows classes, methods and shapes (Moloni PT fact sheet, sections 1, 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from shared.connector import Page, ReadFrom, VendorUser
from shared.errors import NeedsOwner
from shared.schemas.connections import Administration

from . import sync
from .calls import RawRow, understood
from .customers import Customers
from .documents import KEY, Documents
from .kinds import SERVICE_LISTS
from .models import Company, Country, Exemption, MaturityDate, Method, Product, Series, Tax, Unit, User
from .paths import path
from .settings import Settings

DEMO_COMPANY = 5
"""The vendor's own, which every login may open (section 1, Choosing): nobody's books."""

_CUSTOMERS = sync.List("customers", "customer_id", short=300)
_PRODUCTS = sync.List("products", "product_id", short=300)
_DOCUMENT_PAGE = 10
"""Each document costs a call of its own: lists show no lines."""
_DOCUMENTS_SHORT = 50
_EVERYTHING = {"category_id": 0, "with_invisible": 1}
"""0 means all categories; without the second, inactive products are not listed (section 5, trap 7)."""


class Client(Customers, Documents):
    """The calls of one connection, always for its own company."""

    async def whoami(self) -> VendorUser:
        """The user who granted access."""
        answer = await self._ask("users", "getMe")
        row = answer[0] if isinstance(answer, list) and answer else answer
        if not isinstance(row, dict):
            raise NeedsOwner("Moloni does not say who logged in. Log in again.")
        user = understood(User, row)
        return VendorUser(str(user.user_id), user.name or user.email or str(user.user_id))

    async def administrations(self) -> list[Administration]:
        """The companies that the user may open."""
        rows = [understood(Company, row) for row in await self._http.search(_COMPANIES, {})]
        return [_administration(row) for row in rows if row.company_id != DEMO_COMPANY]

    async def customers(self, where: ReadFrom) -> Page:
        """A page of customers, 50 at most."""
        return await self._list(_CUSTOMERS, where)

    async def products(self, where: ReadFrom) -> Page:
        """A page of products, hour types included, 50 at most."""
        return await self._list(_PRODUCTS, where, **_EVERYTHING)

    async def users(self, _where: ReadFrom) -> Page:
        """Everybody who works in the company, at once: whether this list has pages is not documented."""
        return Page(await self._every("users", "getAll", "user_id"), next=None)

    async def service_lists(self, where: ReadFrom) -> Page:
        """A page of what the user calls service lists, with their lines, 10 at most."""
        chosen = where.settings if isinstance(where.settings, Settings) else Settings()
        cls = SERVICE_LISTS[chosen.service_list_class]
        page = await self._list(sync.List(cls, KEY, _DOCUMENTS_SHORT, _DOCUMENT_PAGE), where)
        return Page(await self._with_lines(page.records), page.next, page.cursor, doubt=page.doubt)

    async def existing_customers(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("customers", "customer_id", ids)

    async def existing_products(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("products", "product_id", ids)

    async def products_by_reference(self, references: Iterable[str]) -> list[Product]:
        """The products with these references, inactive ones too. The search is lenient, so its hits are compared."""
        found: list[Product] = []
        for reference in sorted(set(references)):
            rows = await self._found(
                "products", "getByReference", Product, "product_id", reference=reference, with_invisible=1
            )
            found += [row for row in rows if row.reference == reference]
        return found

    async def taxes(self) -> list[Tax]:
        """The company's taxes."""
        return await self._found("taxes", "getAll", Tax, "tax_id")

    async def exemptions(self) -> list[Exemption]:
        """Reasons for charging no VAT."""
        return await self._found("taxExemptions", "getAll", Exemption, "code")

    async def series(self) -> list[Series]:
        """The company's document sets."""
        return await self._found("documentSets", "getAll", Series, "document_set_id")

    async def maturity_dates(self) -> list[MaturityDate]:
        """The company's terms of payment."""
        return await self._found("maturityDates", "getAll", MaturityDate, "maturity_date_id")

    async def payment_methods(self) -> list[Method]:
        """The company's ways to pay."""
        return await self._found("paymentMethods", "getAll", Method, "payment_method_id")

    async def delivery_methods(self) -> list[Method]:
        """The company's ways to deliver."""
        return await self._found("deliveryMethods", "getAll", Method, "delivery_method_id")

    async def units(self) -> list[Unit]:
        """The company's units of measurement."""
        return await self._found("measurementUnits", "getAll", Unit, "unit_id")

    async def countries(self) -> list[Country]:
        """The countries that Moloni knows."""
        return await self._found("countries", "getAll", Country, "country_id")

    async def company(self) -> Company:
        """The company itself, with its address."""
        return understood(Company, await self._ask("companies", "getOne"))

    async def _list(self, how: sync.List, where: ReadFrom, **asked: Any) -> Page:
        at = sync.start(where)
        rows = await self._page(how.cls, at.method, how.page, **asked, **at.asked)
        ids = [str(row.get(how.key)) for row in rows]
        if at.is_again(ids):
            return Page([], next=None, doubt=_AGAIN)
        behind = at.after(ids)
        if len(rows) < how.page:
            return Page(rows, next=None, cursor=behind.cursor(how.short))
        return Page(rows, next=behind.dump())

    async def _with_lines(self, rows: Sequence[RawRow]) -> list[RawRow]:
        """Each document in full; one that was deleted meanwhile stays out."""
        found = [await self._raw("documents", KEY, str(row.get(KEY))) for row in rows]
        return [{**row, **full} for row, full in zip(rows, found, strict=True) if full is not None]


_COMPANIES = path("companies", "getAll")
_AGAIN = (
    "Moloni gave the same page of this list again instead of the next one, so it is not certain that everything was "
    "read. Nothing is taken for deleted."
)


def _administration(row: Company) -> Administration:
    currency = row.currency.iso4217 if row.currency else None
    country = row.country.iso_3166_1.upper() if row.country and row.country.iso_3166_1 else "PT"
    return Administration(
        code=str(row.company_id), name=row.name or str(row.company_id), currency=currency or "EUR", country=country
    )
