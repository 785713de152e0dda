"""One company of the sandbox and the connector's way into it: documents are made, the books are looked at."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import httpx

from shared.connectors.moloni_pt import CONNECTOR
from shared.connectors.moloni_pt.client import Client
from shared.connectors.moloni_pt.sandbox import MoloniSandbox, create
from shared.exporting import ToBeMade
from shared.http import Unlimited, VendorHttp
from shared.mapping import Draft, Job, Receipt
from shared.oauth import TokenAuth
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, HoursLine, MaterialLine, WorkOrder
from tests.factories import make_work_order

COMPANY = 9001
ADMINISTRATION = Administration(code=str(COMPANY), name="Instalações do Norte Lda", country="PT")
CODES = {"23": "41", "13": "42", "6": "43", "21": "44", "0": "M99"}
"""Rates by percentage, and the reason for none."""
REGIMES = {"reverse_charge": "M30", "eu": "M40", "export": "M05", "exempt": "M07"}
CHOSEN = {
    "vat_codes": CODES,
    "vat_regimes": REGIMES,
    "vat_default": "41",
    "default_hour_type": "HORA-TEC",
    "maturity_date": "71",
    "payment_method": "61",
    "delivery_method": "91",
    "closing": "final and reported to the tax authority",
}
"""With these settings every kind of document can be made."""


def small_sandbox(**changes):
    """A sandbox of few records."""
    return create(**{"customers": 5, "products": 6, "service_lists": 0, "employees": 1, **changes})


def vendor_http(sandbox, user="Joana Ferreira"):
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
    """What was sent, what came back, and the document in the books."""

    job: Job
    draft: Draft
    receipt: Receipt
    row: dict

    @property
    def totals(self):
        """Excluding VAT, the VAT, and including VAT: as the package computes them."""
        excl = self.row["gross_value"] - self.row["comercial_discount_value"]
        return excl, self.row["taxes_value"], self.row["net_value"]


@dataclass
class Office:
    """A company, and who works there."""

    sandbox: MoloniSandbox = field(default_factory=small_sandbox)
    user: str = "Joana Ferreira"
    administration: Administration = ADMINISTRATION

    def client(self):
        """The connector's client, logged in."""
        return Client(vendor_http(self.sandbox, self.user), self.administration.code)

    def job(self, document, **changes):
        """What the mapping looks at."""
        return Job(
            document=document,
            reference=document.number,
            settings=CONNECTOR.settings.model_validate(CHOSEN | changes),
            administration=self.administration,
            timezone="Europe/Lisbon",
        )

    async def mapped(self, job, kind="invoice"):
        """The draft alone; nothing is made."""
        how = export(kind)
        return how.map(replace(job, ensured=ToBeMade()), await how.gather(self.client(), job))

    async def book(self, job, kind="invoice"):
        """The document as the exporter makes it: gather, ensure, map, send, and what follows."""
        how, client = export(kind), self.client()
        gathered = await how.gather(client, job)
        how.map(replace(job, ensured=ToBeMade()), gathered)  # as the exporter: tried before anything is made
        job = replace(job, ensured=await self._ensured(client, how, job, gathered))
        draft = how.map(job, gathered)
        receipt = await how.send(client, draft.request)
        for one in how.follow_ups:
            receipt = await one.send(client, one.map(replace(job, made={"document": receipt})).request)
        return Booked(job, draft, receipt, self.row(receipt.vendor_id))

    async def _ensured(self, client, how, job, gathered):
        made = {}
        for need in how.ensures:
            for thing in need.wanted(job, gathered):
                found = await need.find(client, thing)
                receipt = found[0] if found else await need.send(client, need.map(job, thing).request)
                made[f"{need.kind}:{need.key(thing)}"] = receipt.vendor_id
        return made

    def row(self, id):
        """A document in the books."""
        return self.books.tables["documents"][int(id)]

    def customers(self):
        """The customers that were made."""
        return self.sandbox.memory()["customers"]

    @property
    def books(self):
        """The company's own records."""
        return self.sandbox.books(COMPANY)


def export(kind):
    """One of the connector's exports."""
    return CONNECTOR.exports[WorkOrder, kind]


def an_order(*lines, **changes):
    """A work order of materials `(code, quantity, price, percentage, more)`."""
    customer = changes.pop("customer", None) or a_customer()
    materials = tuple(a_line(*line) for line in lines)
    return make_work_order(**{"materials": materials, "hours": (), "customer": customer, **changes})


def a_customer(**changes):
    """A customer in Portugal that is told from others by its number alone."""
    home = {"street": "Rua Direita", "house_number": "1", "postal_code": "4000-001", "city": "Porto", "country": "PT"}
    return Customer.model_validate({"debtor_number": "4711", "name": "Cliente Lda", "address": home} | changes)


def a_line(code, quantity, price=None, percentage=None, more=()):
    """One material."""
    fields = {"code": code, "quantity": quantity, "unit_price": price, "vat_percentage": percentage}
    return MaterialLine.model_validate({n: str(v) for n, v in fields.items() if v is not None} | dict(more))


def an_hour(minutes=60, **changes):
    """One worked period."""
    return HoursLine(**{"date": date(2026, 11, 20), "minutes": minutes, "hour_type": "HORA-TEC", **changes})


def cents(text):
    """An amount."""
    return Decimal(text)
