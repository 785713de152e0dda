"""The pretend Moloni Spain and its callers, for tests."""

from datetime import UTC, datetime
from typing import Any

import httpx

from shared.connectors.moloni_es.sandbox import MoloniEsSandbox, create
from shared.sandbox import SandboxClock

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
COMPANY = 501
PAGE = {"page": 1, "qty": 50}


def sandbox_of(**options: Any) -> MoloniEsSandbox:
    return create(**{"customers": 60, "products": 40, "categories": 6, "clock": SandboxClock(lambda: START), **options})


class Caller:
    """An app that is logged in, and asks in the way of the official plugins."""

    def __init__(self, sandbox: MoloniEsSandbox, user: str = "Lucía Sierra") -> None:
        self.sandbox = sandbox
        self._http = httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url)
        self.token = sandbox.log_in(user).access_token

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        """The bare answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self._http.post("/v1", json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, query: str, **variables: Any) -> Any:
        """What stands under the one operation; of this company unless told otherwise."""
        answer = await self.post(query, **{"companyId": COMPANY, **variables})
        assert answer.status_code == 200, answer.text
        return next(iter(answer.json()["data"].values()))

    async def listed(self, operation: str, fields: str, **options: Any) -> Any:
        """A page of a list, in the words of a query that selects `fields`."""
        kind = {"customers": "CustomerOptions", "products": "ProductOptions", "hooks": "HookOptions"}[operation]
        query = (
            f"query {operation}($companyId: Int!, $options: {kind}) {{ {operation}(companyId: $companyId, "
            f"options: $options) {{ data {{ {fields} }} errors {{ field msg }} "
            "options { pagination { page qty count } } } }"
        )
        return await self.ask(query, options={"pagination": PAGE, **options})

    async def customer(self, **data: Any) -> Any:
        """A new customer."""
        query = (
            "mutation customerCreate($companyId: Int!, $data: CustomerInsert!) { customerCreate(companyId: $companyId, "
            "data: $data) { data { customerId name vat } errors { field msg } } }"
        )
        return await self.ask(query, data={"number": "A-1", "countryId": 70, "name": "Bar Sol", **data})

    async def invoice(self, *lines: Any, **data: Any) -> Any:
        """A new invoice; a line is 2 hours at 40.00 with 21 % unless told otherwise."""
        books = self.sandbox.books(COMPANY)
        product, customer, series = (
            next(iter(books.tables[name])) for name in ("products", "customers", "documentSets")
        )
        tax = [{"taxId": 1, "value": 21, "ordering": 1, "cumulative": False}]
        plain = {"productId": product, "ordering": 1, "qty": 2, "price": 40.0, "taxes": tax}
        dated = {"date": "2026-11-20 09:30:00", "expirationDate": "2026-12-20"}
        made = {"documentSetId": series, "customerId": customer, "status": 0, "ourReference": "WO-1", **dated}
        query = (
            "mutation invoiceCreate($companyId: Int!, $data: InvoiceInsert!) { invoiceCreate(companyId: $companyId, "
            "data: $data) { data { documentId number totalValue products { productId documentProductId } } "
            "errors { field msg } } }"
        )
        return await self.ask(query, data={**made, "products": [{**plain, **line} for line in lines or [{}]], **data})

    async def update(self, **data: Any) -> Any:
        """Change or close an invoice."""
        query = (
            "mutation invoiceUpdate($companyId: Int!, $data: InvoiceUpdate!) { invoiceUpdate(companyId: $companyId, "
            "data: $data) { data { documentId status } errors { field msg } } }"
        )
        return await self.ask(query, data=data)

    async def hook(self, model: str, operation: str, url: str = "https://hub.example/callbacks/x") -> Any:
        """A new hook."""
        query = (
            "mutation hookCreate($companyId: Int!, $data: HookInsert!) { hookCreate(companyId: $companyId, data: "
            "$data) { data { hookId url } errors { field msg } } }"
        )
        return await self.ask(query, data={"model": model, "operation": operation, "url": url})
