"""One administration of the sandbox and the connector's way into it: documents are sent, the books are looked at."""

from dataclasses import dataclass, field, replace

import httpx

from shared.connectors.e_boekhouden import CONNECTOR
from shared.connectors.e_boekhouden.client import Client
from shared.connectors.e_boekhouden.sandbox import SCENARIO, EBoekhoudenSandbox, create
from shared.connectors.e_boekhouden.sessions import AUTH
from shared.exporting import ToBeMade
from shared.http import Unlimited, VendorHttp
from shared.login_service import SessionService
from shared.mapping import Draft, Job, Receipt
from shared.oauth import TokenAuth
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, InvoiceLine
from tests.factories import make_invoice

REGIMES = {"reverse_charge": "VERL_VERK", "eu": "BI_EU_VERK", "export": "BU_EU_VERK", "exempt": "GEEN"}
RATES = {"21": "HOOG_VERK_21", "9": "LAAG_VERK_9", "0": "GEEN"}
CHOSEN = {
    "work_order_document": "invoice",
    "invoice_document": "invoice",
    "vat_codes": RATES,
    "vat_regimes": REGIMES,
    "vat_default": "HOOG_VERK_21",
    "default_hour_type": "UUR-MONT",
    "payment_term": 30,
    "ledger": "8090",
}
"""Settings with which every kind of document can be sent."""
OWN = Administration(code=SCENARIO.administration, name="De Vries", country="NL")
WHOSE = f"devries@{SCENARIO.administration}"


def small_sandbox(**changes):
    """A sandbox of few records."""
    return create(**{"relations": 5, "articles": 20, **changes})


@dataclass(frozen=True)
class Sent:
    """What was sent, what came back, and the invoice in the books."""

    job: Job
    draft: Draft
    receipt: Receipt
    invoice: dict

    @property
    def totals(self):
        """Excluding VAT, the VAT, and including VAT: as the package computes them."""
        return tuple(self.invoice[f"Totaal{what}"] for what in ("ExclBTW", "BTW", "InclBTW"))

    @property
    def lines(self):
        return self.invoice["Regels"]


@dataclass
class Office:
    """An administration, with a session of its user."""

    sandbox: EBoekhoudenSandbox = field(default_factory=small_sandbox)
    administration: Administration = OWN

    async def client(self):
        """The connector's client, logged in."""
        transport = self.sandbox.transport()
        token = await SessionService(AUTH, self.sandbox.base_url, transport).exchange(SCENARIO.credentials)
        http = VendorHttp(
            httpx.AsyncClient(transport=transport, base_url=self.sandbox.base_url),
            auth=TokenAuth(token["access_token"], AUTH),
            classify=CONNECTOR.classify,
            budget=Unlimited(),
            windows=CONNECTOR.limit.read,
            name=CONNECTOR.name,
            whose=token["whose"],
        )
        return Client(http, self.administration.code)

    def job(self, document, made=None, **changes):
        """What the mapping looks at."""
        return Job(
            document=document,
            reference=document.number,
            settings=CONNECTOR.settings.model_validate(CHOSEN | changes),
            administration=self.administration,
            timezone="Europe/Amsterdam",
            made=made or {},
        )

    async def send(self, job):
        """The document as the exporter makes it: gather, ensure, map, send."""
        client, how = await self.client(), CONNECTOR.exports[type(job.document), "invoice"]
        gathered = await how.gather(client, job)
        how.map(replace(job, ensured=ToBeMade()), gathered)  # as the exporter: tried before anything is made
        for need in how.ensures:
            for thing in need.wanted(job, gathered):
                if not await need.find(client, thing):
                    await need.send(client, need.map(job, thing).request)
        draft = how.map(job, gathered)
        receipt = await how.send(client, draft.request)
        return Sent(job, draft, receipt, self.sandbox.books().invoices[receipt.vendor_id])

    async def found(self, job):
        """What the connector finds of a document."""
        how = CONNECTOR.exports[type(job.document), "invoice"]
        return await how.find(await self.client(), job)


def an_invoice(*lines, **changes):
    """An invoice of lines `(quantity, unit price, percentage, more)`; its totals follow, VAT rounded by rate."""
    customer = Customer.model_validate({"debtor_number": "4711", "name": "Customer"} | changes.pop("customer", {}))
    return make_invoice(lines=tuple(a_line(*line) for line in lines), customer=customer, **changes)


def a_line(quantity, price, percentage, more=()):
    """One line; `more` are its other fields."""
    fields = {"description": "Werk", "quantity": quantity, "unit_price": price, "vat_percentage": percentage}
    return InvoiceLine.model_validate({name: str(value) for name, value in fields.items()} | dict(more))
