"""Every operation of the schema, by name: which company it is about, and what it does with its records."""

# ruff: noqa: N803  # arguments have the package's own names

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.sandbox.oauth import Chain

from . import customers, documents
from .books import CATEGORIES, CUSTOMERS, KEYS, PRODUCTS, Books, Row
from .documents import DocumentRules
from .hooks import Hooks
from .lists import Listing
from .people import COMPANIES
from .refusals import Refusal, closed_company

_SINGLES = {"customer": CUSTOMERS, "product": PRODUCTS, "productCategory": CATEGORIES, "tax": "taxes"}


@dataclass(frozen=True)
class Operations:
    """`books_of` fills a company's books on first use."""

    books_of: Callable[[int], Books]
    hooks: Hooks
    listing: Listing
    rules: DocumentRules

    @property
    def resolvers(self) -> Mapping[str, Callable[..., Any]]:
        """By name; each takes the login and the arguments of the operation."""
        found: dict[str, Callable[..., Any]] = {
            "me": self._me,
            "company": self._company,
            "countries": self._countries,
            "languages": self._languages,
            "customerNextNumber": lambda chain, companyId, **_: {
                "data": customers.next_number(self._books(chain, companyId)), "errors": []},
            "document": self._document,
            "hooks": self._hooks,
            "hook": self._hook,
            "hookModelOperations": self._catalogue,
            "hookCreate": self._hook_create,
            "hookDelete": self._hook_delete,
            "customerCreate": self._on_data(customers.create_customer),
            "customerUpdate": self._on_data(customers.update_customer),
            "productCreate": self._on_data(customers.create_product),
            "productUpdate": self._on_data(customers.update_product),
            "customerDelete": self._delete(CUSTOMERS, "customerId"),
            "productDelete": self._delete(PRODUCTS, "productId"),
        }  # fmt: skip
        found |= {table: self._list(table) for table in KEYS}
        found |= {name: self._single(table) for name, table in _SINGLES.items()}
        for table, (_, name) in documents.TYPES.items():
            found |= self._of_documents(table, name)
        return found

    def _of_documents(self, table: str, name: str) -> Mapping[str, Callable[..., Any]]:
        def create(chain: Chain, companyId: int, data: Any, **_: Any) -> Row:
            return documents.create(self._books(chain, companyId), table, data, self.rules)

        def update(chain: Chain, companyId: int, data: Any) -> Row:
            return documents.update(self._books(chain, companyId), table, data)

        def delete(chain: Chain, companyId: int, documentId: Any) -> Any:
            return documents.delete(self._books(chain, companyId), table, documentId)

        return {
            name: self._single(table), f"{name}Create": create, f"{name}Update": update, f"{name}Delete": delete,
        }  # fmt: skip

    def _books(self, chain: Chain, company: int) -> Books:
        if str(company) not in chain.user.scopes:
            raise closed_company()
        return self.books_of(company)

    def _on_data(self, how: Callable[[Books, Any], Row]) -> Callable[..., Any]:
        return lambda chain, companyId, data: how(self._books(chain, companyId), data)

    def _delete(self, table: str, key: str) -> Callable[..., Any]:
        return lambda chain, companyId, **ids: customers.delete(self._books(chain, companyId), table, ids[key])

    def _list(self, table: str) -> Callable[..., Any]:
        def resolve(chain: Chain, companyId: int, options: Any = None) -> Any:
            rows = self._books(chain, companyId).visible(table)
            return self.listing.page(_shown(table, rows, options or {}), options)

        return resolve

    def _single(self, table: str) -> Callable[..., Any]:
        def resolve(chain: Chain, companyId: int, options: Any = None, **key: int) -> Row:  # noqa: ARG001  # it only chooses a language
            ((name, id),) = key.items()
            row = self._books(chain, companyId).tables[table].get(id)
            if row is None:
                raise Refusal(name, f"The {name.removesuffix('Id')} provided does not exist for this company")
            return row

        return resolve

    def _me(self, chain: Chain) -> Row:
        companies = [{"company": {"companyId": int(id)}} for id in chain.user.scopes]
        return {"userId": int(chain.user.id), "name": chain.user.name, "email": chain.user.email,
                "userCompanies": companies}  # fmt: skip

    def _company(self, chain: Chain, companyId: int) -> Row:
        self._books(chain, companyId)
        return COMPANIES[companyId].shown

    def _countries(self, _chain: Chain, options: Any = None) -> Any:
        rows = [{"countryId": id, "iso3166_1": iso, "title": title} for id, (iso, title) in
                customers.COUNTRIES.items()]  # fmt: skip
        return self.listing.page(rows, options)

    def _languages(self, _chain: Chain, options: Any = None) -> Any:
        rows = [{"languageId": id, "name": name} for id, name in customers.LANGUAGES.items()]
        return self.listing.page(rows, options)

    def _document(self, chain: Chain, companyId: int, documentId: int) -> Row:
        table, row = documents.any_type(self._books(chain, companyId), documentId)
        type, code = documents.TYPES[table]
        return {
            **row, "pdfExport": None,
            "documentType": {"documentTypeId": type, "apiCode": code, "apiCodePlural": table},
            "company": {"companyId": companyId, "slug": COMPANIES[companyId].slug},
        }  # fmt: skip

    def _hooks(self, chain: Chain, companyId: int, options: Any = None) -> Any:
        self._books(chain, companyId)
        return self.listing.page(self.hooks.of(companyId), options)

    def _hook(self, chain: Chain, companyId: int, hookId: str) -> Row:
        self._books(chain, companyId)
        found = next((row for row in self.hooks.of(companyId) if row["hookId"] == hookId), None)
        if found is None:
            raise Refusal("hookId", "The hook provided does not exist for this company")
        return found

    def _hook_create(self, chain: Chain, companyId: int, data: Any) -> Row:
        self._books(chain, companyId)
        return self.hooks.create(companyId, data)

    def _hook_delete(self, chain: Chain, companyId: int, hookId: Any) -> Any:
        self._books(chain, companyId)
        return self.hooks.delete(companyId, hookId)

    def _catalogue(self, _chain: Chain) -> Any:
        data = [
            {"model": model, "name": model, "operations": [{"operation": one, "name": one} for one in operations]}
            for model, operations in self.hooks.catalogue.items()
        ]
        return {"data": data, "errors": []}


def _shown(table: str, rows: list[Row], options: Mapping[str, Any]) -> list[Row]:
    """Invisible products and variants are left out where nothing asks for them (section 3, product options)."""
    if table != PRODUCTS:
        return rows
    asks = any(one["field"] == "visible" for one in options.get("filter") or ())
    seen = rows if asks else [row for row in rows if row["visible"]]
    return seen if options.get("includeVariants") else [row for row in seen if row.get("parent") is None]
