"""One administration of the sandbox, the office that works in it, and the connector's way into it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import httpx

from shared.connectors.multivers import CONNECTOR
from shared.connectors.multivers.client import Client
from shared.connectors.multivers.sandbox import MultiversSandbox, create, orders
from shared.connectors.multivers.sandbox.scenario import SCENARIO
from shared.connectors.multivers.sandbox.store import ORDERS
from shared.exporting import ToBeMade
from shared.http import Unlimited, VendorHttp
from shared.mapping import Job
from shared.oauth import TokenAuth
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, Invoice, InvoiceLine, OrderRef, WorkOrder
from tests.connectors.contract import event_of, settled
from tests.factories import make_invoice

FIRST = SCENARIO.administration
SECOND = SCENARIO.second_administration
ADMINISTRATION = Administration(code=FIRST, name="De Vries", country="NL")
CHOSEN = {
    **SCENARIO.settings,
    "vat_regimes": {"reverse_charge": "3", "eu": "4", "export": "5", "exempt": "6"},
}
CONDITION = "30"


def small_sandbox(**changes):
    """A sandbox of few records."""
    return create(**{"customers": 5, "products": 12, "orders": 0, "invoices": 0, **changes})


def vendor_http(sandbox, user="Joost de Vries"):
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


@dataclass
class Office:
    """An administration, and who works there."""

    sandbox: MultiversSandbox = field(default_factory=small_sandbox)
    administration: Administration = ADMINISTRATION

    def client(self):
        """The connector's client, logged in."""
        return Client(vendor_http(self.sandbox), self.administration.code)

    def job(self, document, made=None, **changes):
        """What the mapping looks at; with these settings every kind of document can be made."""
        return Job(
            document=document,
            reference=document.number,
            settings=CONNECTOR.settings.model_validate(CHOSEN | changes),
            administration=self.administration,
            timezone="Europe/Amsterdam",
            made=made or {},
        )

    async def book(self, job, how):
        """The document as the exporter makes it: gather, ensure, map, send; the draft, the receipt and the order."""
        client = self.client()
        gathered = await how.gather(client, job)
        how.map(replace(job, ensured=ToBeMade()), gathered)  # as the exporter: tried before anything is made
        job = replace(job, ensured=await self._ensured(client, how, job, gathered))
        draft = how.map(job, gathered)
        receipt = await how.send(client, draft.request)
        return draft, receipt, self.order(receipt.vendor_id)

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
        return self.books.tables[ORDERS][id]

    @property
    def books(self):
        """The administration's own records."""
        return self.sandbox.books(self.administration.code)


def export(source, name):
    """One of the connector's exports."""
    return CONNECTOR.exports[{"workorder": WorkOrder, "invoice": Invoice}[source], name]


def an_order_of_the_office(sandbox, *lines, administration=FIRST, **changes):
    """An order that the office made: lines are `(product, quantity, price)`; its id."""
    books = sandbox.books(administration)
    body = {
        "customerId": next(iter(books.tables["Customer"])),
        "orderDate": "02-11-2026",
        "paymentConditionId": CONDITION,
        "orderType": 1,
        "reference": "Ketelhuis",
        "orderLines": [office_line(*line) for line in lines],
        **changes,
    }
    return books.add(ORDERS, orders.written(books, body, orders.OrderRules()))["orderId"]


def office_line(product, quantity, price, text="Offerteregel"):
    """A line as the office writes it."""
    return {
        "orderLineType": 0,
        "productId": product,
        "description": text,
        "quantityOrdered": Decimal(quantity),
        "quantityDelivered": Decimal(0),
        "price": Decimal(price),
        "autoCalculatePrice": False,
    }


def of_order(id, administration=FIRST, connector="multivers"):
    """How a work order names the order it was made of."""
    return OrderRef(connector=connector, administration=administration, vendor_id=id)


def lines_of(order):
    """The lines of an order, as the office reads them: product, text, quantity, price."""
    return [
        (line["productId"], line["description"], _plain(line.get("quantityOrdered")), _plain(line.get("price")))
        for line in order["orderLines"]
    ]


def _plain(value):
    return "" if value is None else f"{Decimal(value).normalize():f}"


async def publish(world, *documents):
    """The platform publishes; everything that can be done is done."""
    await world.publish(*map(event_of, documents))
    await settled(world)


async def log(world):
    """What the office worker reads, the newest first."""
    (connection,) = await world.hub.connections.all()
    return [row["text"] for row in await world.hub.journal.read(connection.id, limit=100)]


class Line(httpx.AsyncBaseTransport):
    """The line to the package, on which somebody may act just before one call: the `nth` one that fits."""

    def __init__(self, sandbox: MultiversSandbox) -> None:
        self._inner = sandbox.transport()
        self._wanted = ("", "")
        self._left = 0
        self._act: Callable[[], object] = lambda: None

    def before(self, method: str, ends: str, nth: int, act: Callable[[], object]) -> None:
        self._wanted, self._left, self._act = (method, ends), nth, act

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method, ends = self._wanted
        if request.method == method and request.url.path.endswith(ends):
            self._left -= 1
            if self._left == 0:
                self._act()
        return await self._inner.handle_async_request(request)


def meanwhile(world, method, ends, nth, act):
    """Somebody acts just before the `nth` such call from now on."""
    world.hub.transports["multivers"].before(method, ends, nth, act)


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
