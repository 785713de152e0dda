"""One administration of the sandbox and the connector's way into it: invoices are booked, the books are looked at."""

from dataclasses import dataclass, field, replace

import httpx

from shared.connectors.exact_online import CONNECTOR
from shared.connectors.exact_online.client import Client
from shared.connectors.exact_online.sandbox import ExactSandbox, create
from shared.connectors.exact_online.sandbox.kinds import TRANSACTION_LINES
from shared.exporting import ToBeMade
from shared.http import Unlimited, VendorHttp
from shared.mapping import Draft, Job, Receipt
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, Invoice, InvoiceLine
from tests.factories import make_invoice

HOW = CONNECTOR.exports[Invoice, "sales_entry"]
OFFICES = {
    "NL": ("Anouk de Vries", 900001),
    "BE": ("Anouk de Vries", 900002),
    "DE": ("Lena Hoffmann", 900004),
    "FR": ("Camille Moreau", 900005),
    "ES": ("Javier Navarro", 900006),
}
"""Who may open which administration."""
RATES = {
    "NL": {"21": "4", "9": "2", "0": "0"},
    "BE": {"21": "4", "12": "2", "6": "1", "0": "0"},
    "DE": {"19": "4", "7": "1", "0": "0"},
    "FR": {"20": "4", "10": "2", "5.5": "1", "2.1": "3", "0": "0"},
    "ES": {"21": "4", "10": "2", "4": "1", "0": "0"},
}
"""VAT codes by percentage."""
REGIMES = {
    country: {"reverse_charge": "6", "eu": "7", "export": "8", "exempt": "0"} for country in ("NL", "DE", "FR", "ES")
} | {"BE": {"reverse_charge": "MC", "eu": "IC", "export": "EX", "exempt": "0"}}
"""VAT codes of customers who are charged none."""
REVENUE = {"NL": "8000", "BE": "700000", "DE": "8400", "FR": "707000", "ES": "700000"}


def settings(country, **changes):
    """Settings with which every kind of invoice can be booked."""
    chosen = {
        "invoice_document": "sales_entry",
        "journal": "70",
        "ledger": REVENUE[country],
        "vat_codes": RATES[country],
        "vat_regimes": REGIMES[country],
    }
    return chosen | changes


def small_sandbox(**changes):
    """A sandbox of few records and no limits."""
    sizes = {"accounts": 5, "items": 20, "employees": 0, "entries": 0}
    return create(**{**sizes, "minutely_limit": 10**9, "daily_limit": 10**9, **changes})


class Bearer(httpx.Auth):
    """The token of a login."""

    def __init__(self, token):
        self._token = token

    def auth_flow(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


@dataclass(frozen=True)
class Booked:
    """What was sent, what came back, and the entry and its ledger lines in the books."""

    job: Job
    draft: Draft
    receipt: Receipt
    entry: dict
    lines: list

    @property
    def totals(self):
        """Excluding VAT, the VAT, and including VAT: as the package computes them."""
        return (self.entry["AmountFC"] - self.entry["VATAmountFC"], self.entry["VATAmountFC"], self.entry["AmountFC"])


@dataclass
class Office:
    """An administration by its country."""

    country: str
    sandbox: ExactSandbox = field(default_factory=small_sandbox)

    def __post_init__(self):
        self.user, self.division = OFFICES[self.country]
        self.administration = Administration(code=str(self.division), name=self.country, country=self.country)
        self._token = None

    def client(self):
        """The connector's client, logged in."""
        self._token = self._token or self.sandbox.log_in(self.user).access_token
        line = httpx.AsyncClient(
            transport=self.sandbox.transport(), base_url=self.sandbox.base_url, headers=CONNECTOR.headers
        )
        http = VendorHttp(
            line,
            auth=Bearer(self._token),
            classify=CONNECTOR.classify,
            budget=Unlimited(),
            windows=CONNECTOR.limit.read,
            name=CONNECTOR.name,
        )
        return Client(http, str(self.division))

    def job(self, invoice, made=None, **changes):
        """What the mapping looks at."""
        return Job(
            document=invoice,
            reference=invoice.number,
            settings=CONNECTOR.settings.model_validate(settings(self.country, **changes)),
            administration=self.administration,
            timezone="Europe/Amsterdam",
            made=made or {},
        )

    async def book(self, job):
        """The document as the exporter makes it: gather, ensure, map, send."""
        client = self.client()
        gathered = await HOW.gather(client, job)
        HOW.map(replace(job, ensured=ToBeMade()), gathered)  # as the exporter: tried before anything is made
        job = replace(job, ensured=await self._ensured(client, job, gathered))
        draft = HOW.map(job, gathered)
        receipt = await HOW.send(client, draft.request)
        return Booked(job, draft, receipt, *self._in_books(receipt))

    async def _ensured(self, client, job, gathered):
        made = {}
        for need in HOW.ensures:
            for thing in need.wanted(job, gathered):
                found = await need.find(client, thing)
                receipt = found[0] if found else await need.send(client, need.map(job, thing).request)
                made[f"{need.kind}:{need.key(thing)}"] = receipt.vendor_id
        return made

    def _in_books(self, receipt):
        (entry,) = (row for row in self.entries() if row["EntryID"] == receipt.vendor_id)
        lines = self.sandbox.division(self.division).tables[TRANSACTION_LINES].lines_of(receipt.vendor_id)
        return entry, lines

    def entries(self):
        """The sales entries that were made."""
        return self.sandbox.memory()["sales_entries"]


def an_invoice(*lines, **changes):
    """An invoice of lines `(quantity, unit price, percentage, more)`; its totals follow, VAT rounded by rate."""
    customer = Customer.model_validate({"debtor_number": "4711", "name": "Customer"} | changes.pop("customer", {}))
    return make_invoice(lines=tuple(a_line(*line) for line in lines), customer=customer, **changes)


def a_line(quantity, price, percentage, more=()):
    """One line; `more` are its other fields."""
    fields = {"description": "Werk", "quantity": quantity, "unit_price": price, "vat_percentage": percentage}
    return InvoiceLine.model_validate({name: str(value) for name, value in fields.items()} | dict(more))
