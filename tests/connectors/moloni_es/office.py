"""One company of the sandbox and the connector's way into it: documents are made, the books are looked at."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import httpx

from shared.connectors.moloni_es import CONNECTOR
from shared.connectors.moloni_es.client import Client
from shared.connectors.moloni_es.sandbox import MoloniEsSandbox, create
from shared.exporting import ToBeMade
from shared.http import Unlimited, VendorHttp
from shared.mapping import Draft, Job, Receipt
from shared.oauth import TokenAuth
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, MaterialLine, WorkOrder
from tests.factories import make_work_order

COMPANY = 501
ADMINISTRATION = Administration(code=str(COMPANY), name="Instalaciones Sierra SL", country="ES")
CODES = {"21": "1", "10": "2", "4": "3", "0": "4"}
"""Taxes by percentage."""
REGIMES = {"reverse_charge": "Art. 84", "eu": "Art. 25", "export": "Art. 21", "exempt": "4"}
"""Of customers who are charged nothing: reasons, and a tax of 0 %."""
SETTINGS = {"vat_codes": CODES, "vat_regimes": REGIMES, "vat_default": "1", "exemption_reason": "Art. 20"}


def small_sandbox(**changes) -> MoloniEsSandbox:
    """A sandbox of few records."""
    return create(**{"customers": 5, "products": 4, "categories": 4, **changes})


def vendor_http(sandbox, user="Lucía Sierra"):
    """The connector's HTTP layer with the token of a login."""
    line = httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url, timeout=5)
    return VendorHttp(
        line,
        auth=TokenAuth(sandbox.log_in(user).access_token, CONNECTOR.auth),
        classify=CONNECTOR.classify,
        budget=Unlimited(),
        windows=CONNECTOR.limit.read,
        name=CONNECTOR.name,
    )


@dataclass(frozen=True)
class Booked:
    """What was sent, what came back, and the document in the books."""

    job: Job
    draft: Draft
    receipt: Receipt
    document: dict

    @property
    def total(self) -> Decimal:
        """Including VAT, as the package computes it."""
        return self.document["totalValue"]


@dataclass
class Office:
    """A company, and who works there."""

    sandbox: MoloniEsSandbox = field(default_factory=small_sandbox)

    def client(self) -> Client:
        """The connector's client, logged in."""
        return Client(vendor_http(self.sandbox), ADMINISTRATION.code)

    def job(self, document, made=None, **changes):
        """What the mapping looks at; with these settings every kind of document can be made."""
        return Job(
            document=document,
            reference=document.number,
            settings=CONNECTOR.settings.model_validate(SETTINGS | changes),
            administration=ADMINISTRATION,
            timezone="Europe/Madrid",
            made=made or {},
        )

    async def book(self, job, name="invoice") -> Booked:
        """The document as the exporter makes it: gather, ensure, map, send."""
        client, how = self.client(), CONNECTOR.exports[WorkOrder, name]
        gathered = await how.gather(client, job)
        how.map(replace(job, ensured=ToBeMade()), gathered)  # as the exporter: tried before anything is made
        job = replace(job, ensured=await self._ensured(client, how, job, gathered))
        draft = how.map(job, gathered)
        receipt = await how.send(client, draft.request)
        return Booked(job, draft, receipt, self.documents()[-1])

    async def _ensured(self, client, how, job, gathered):
        made = {}
        for need in how.ensures:
            for thing in need.wanted(job, gathered):
                found = await need.find(client, thing)
                receipt = found[0] if found else await need.send(client, need.map(job, thing).request)
                made[f"{need.kind}:{need.key(thing)}"] = receipt.vendor_id
        return made

    def documents(self):
        """The documents that were made."""
        memory = self.sandbox.memory()
        return [*memory["invoices"], *memory["purchaseOrders"]]

    @property
    def books(self):
        """The company's own records."""
        return self.sandbox.books(COMPANY)


def an_order(*lines, customer=None, **changes) -> WorkOrder:
    """A work order of materials `(quantity, price, percentage, more)` for a Spanish customer."""
    who = a_customer(**(customer or {}))
    return make_work_order(
        materials=tuple(a_line(*line) for line in lines), hours=changes.pop("hours", ()), customer=who, **changes
    )


def a_customer(**changes) -> Customer:
    """A Spanish customer that is told from others by its number alone."""
    return Customer.model_validate({"debtor_number": "4711", "name": "Bar Sol", "address": {"country": "ES"}} | changes)


def a_line(quantity, price, percentage=None, more=()) -> MaterialLine:
    """One material; `more` are its other fields. Without a code it is one that has no tax of its own."""
    fields = {"code": "VAR-SINIVA", "quantity": quantity, "unit_price": price, "vat_percentage": percentage}
    return MaterialLine.model_validate(
        {name: str(value) for name, value in fields.items() if value is not None} | dict(more)
    )
