"""The pretend Moloni and its callers, for tests."""

from datetime import UTC, datetime

import httpx

from shared.connectors.moloni_pt.sandbox import MoloniSandbox, create
from shared.sandbox import SandboxClock
from shared.sandbox.payload import decode, encode

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
COMPANY = 9001
TAX = {"tax_id": 41, "value": 23}
CUSTOMER = {
    "vat": "999999990", "number": "90001", "name": "Padaria Nova", "language_id": 1, "address": "Rua A 1",
    "city": "Porto", "zip_code": "4000-001", "country_id": 1, "maturity_date_id": 71, "payment_method_id": 61,
    "salesman_id": 0, "payment_day": 0, "discount": 0, "credit_limit": 0, "delivery_method_id": 0,
}  # fmt: skip
"""One that is taken."""


def sandbox_of(**options) -> MoloniSandbox:
    sizes = {"customers": 130, "products": 8, "service_lists": 6, "clock": SandboxClock(lambda: START)}
    return create(**{**sizes, **options})


class Caller:
    """Somebody who is logged in, and asks in JSON with described errors unless told otherwise."""

    def __init__(self, sandbox: MoloniSandbox, user: str = "Joana Ferreira", company: int = COMPANY) -> None:
        self.token = sandbox.log_in(user).access_token
        self._company = company
        self.http = httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url)

    async def answer(self, path: str, *, human: bool = True, **body) -> httpx.Response:
        query = {"access_token": self.token, "json": "true", **({"human_errors": "true"} if human else {})}
        content = encode({"company_id": self._company, **body})
        return await self.http.post(f"/v1/{path}/", params=query, content=content)

    async def ask(self, path: str, **body):
        answer = await self.answer(path, **body)
        assert answer.status_code == 200, answer.text
        return decode(answer.content)

    async def product(self, reference: str = "HORA-TEC") -> int:
        return (await self.ask("products/getByReference", reference=reference))[0]["product_id"]

    async def line(self, **changes) -> dict:
        id = await self.product()
        return {"product_id": id, "name": "Hora técnica", "qty": 2, "price": 38, "taxes": [TAX]} | changes

    async def document(self, cls: str = "invoices", *lines, **changes):
        """What Moloni answers to a new document of one line."""
        customer = (await self.ask("customers/getAll", qty=1))[0]["customer_id"]
        fields = {
            "date": "2026-11-20", "expiration_date": "2026-12-20", "document_set_id": 301, "customer_id": customer,
            "your_reference": "WO-1", "products": list(lines) or [await self.line()],
        }  # fmt: skip
        return await self.ask(f"{cls}/insert", **{**fields, **changes})

    async def made(self, cls: str = "invoices", *lines, **changes) -> dict:
        """The new document as it stands there."""
        id = (await self.document(cls, *lines, **changes))["document_id"]
        return await self.ask("documents/getOne", document_id=id)
