"""One company of the sandbox and the connector's way into it: documents are made, the books are looked at."""

from dataclasses import dataclass, field, replace

import httpx

from shared.connectors.billit import CONNECTOR
from shared.connectors.billit.client import Client
from shared.connectors.billit.sandbox import BillitSandbox, create
from shared.exporting import ToBeMade
from shared.http import Unlimited, VendorHttp
from shared.mapping import Draft, Job, Receipt
from shared.oauth import TokenAuth
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, Invoice, InvoiceLine, WorkOrder
from tests.factories import make_invoice

COMPANY = 610001
HOW = CONNECTOR.exports[Invoice, "invoice"]
ADMINISTRATION = Administration(code=str(COMPANY), name="Atelier Noord BV", country="BE")
CODES = {"21": "4", "12": "3", "6": "2", "0": "1"}
"""Ventilation codes by percentage."""
REGIMES = {"reverse_charge": "21", "eu": "51", "export": "70", "exempt": "22"}
"""Those of customers who are charged nothing."""


def small_sandbox(**changes):
    """A sandbox of few records."""
    return create(**{"parties": 5, "products": 4, "invoices": 0, **changes})


def vendor_http(sandbox, user="Karel Peeters"):
    """The connector's HTTP layer with the token of a login."""
    line = httpx.AsyncClient(
        transport=sandbox.transport(), base_url=sandbox.base_url, headers=CONNECTOR.headers, timeout=5
    )
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
    """What was sent, what came back, and the order in the books."""

    job: Job
    draft: Draft
    receipt: Receipt
    order: dict

    @property
    def totals(self):
        """Excluding VAT, the VAT, and including VAT: as the package computes them."""
        return tuple(self.order[name] for name in ("TotalExcl", "TotalVAT", "TotalIncl"))


@dataclass
class Office:
    """A company, and who works there."""

    sandbox: BillitSandbox = field(default_factory=small_sandbox)
    user: str = "Karel Peeters"
    administration: Administration = ADMINISTRATION

    def client(self):
        """The connector's client, logged in."""
        return Client(vendor_http(self.sandbox, self.user), self.administration.code)

    def job(self, document, made=None, **changes):
        """What the mapping looks at; with these settings every kind of document can be made."""
        chosen = {"invoice_document": "invoice", "vat_codes": CODES, "vat_regimes": REGIMES, "vat_default": "4"}
        return Job(
            document=document,
            reference=document.number,
            settings=CONNECTOR.settings.model_validate(chosen | changes),
            administration=self.administration,
            timezone="Europe/Brussels",
            made=made or {},
        )

    async def book(self, job, how=HOW):
        """The document as the exporter makes it: gather, ensure, map, send."""
        client = self.client()
        gathered = await how.gather(client, job)
        how.map(replace(job, ensured=ToBeMade()), gathered)  # as the exporter: tried before anything is made
        job = replace(job, ensured=await self._ensured(client, how, job, gathered))
        draft = how.map(job, gathered)
        receipt = await how.send(client, draft.request)
        return Booked(job, draft, receipt, self.order(receipt.vendor_id))

    async def _ensured(self, client, how, job, gathered):
        made = {}
        for need in how.ensures:
            for thing in need.wanted(job, gathered):
                found = await need.find(client, thing)
                receipt = found[0] if found else await need.send(client, need.map(job, thing).request)
                made[f"{need.kind}:{need.key(thing)}"] = receipt.vendor_id
        return made

    def order(self, id):
        """An order in the books."""
        return next(row for row in self.orders() if row["OrderID"] == int(id))

    def orders(self):
        """The orders that were made."""
        return self.sandbox.memory()["orders"]

    @property
    def books(self):
        """The company's own records."""
        return self.sandbox.books(COMPANY)


def export(source, name):
    """One of the connector's exports."""
    return CONNECTOR.exports[{"workorder": WorkOrder, "invoice": Invoice}[source], name]


def an_invoice(*lines, **changes):
    """An invoice of lines `(quantity, unit price, percentage, more)`; its totals follow, VAT rounded by rate."""
    customer = a_customer(**changes.pop("customer", {}))
    return make_invoice(lines=tuple(a_line(*line) for line in lines), customer=customer, **changes)


def a_customer(**changes):
    """A customer that is told from others by its number alone."""
    return Customer.model_validate({"debtor_number": "4711", "name": "Customer"} | changes)


def a_line(quantity, price, percentage, more=()):
    """One line; `more` are its other fields."""
    fields = {"description": "Werk", "quantity": quantity, "unit_price": price, "vat_percentage": percentage}
    return InvoiceLine.model_validate({name: str(value) for name, value in fields.items()} | dict(more))
