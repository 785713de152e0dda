"""Work orders and what Exact has of them, for tests of the pure mapping."""

from decimal import Decimal

from shared.connectors.exact_online import exports
from shared.connectors.exact_online.gathered import Gathered
from shared.connectors.exact_online.models import BilledItem
from shared.connectors.exact_online.settings import Settings
from shared.exporting import ToBeMade
from shared.mapping import Job
from shared.schemas.connections import Administration
from shared.schemas.documents import WorkOrder

ITEMS = {
    "A": BilledItem(ID="id-a", Code="A", Description="Article", SalesVatCode="4"),
    "B": BilledItem(ID="id-b", Code="B", Description="No VAT code"),
    "G": BilledItem(ID="id-g", Code="G", Description="Own ledger", SalesVatCode="4", GLRevenue="gl-own"),
    "H": BilledItem(ID="id-h", Code="H", Description="Labour", SalesVatCode="4", StandardSalesPrice=Decimal(60)),
    "T": BilledItem(ID="id-t", Code="T", Description="Travel", SalesVatCode="4"),
}
GATHERED = Gathered(items=ITEMS, ledgers={"8000": "gl-8000", "8010": "gl-8010"}, warehouses={"1": "wh-1", "2": "wh-2"})
MATERIAL = {"code": "A", "quantity": "2", "unit_price": "10"}
HOURS = {"date": "2026-11-20", "minutes": 60, "hour_type": "H"}
CUSTOMER = {"debtor_number": "10", "name": "Acme"}


def job_of(order=None, **settings):
    """The job of a work order with these fields; one material, if nothing else is said."""
    document = {
        "id": "wo-1",
        "revision": 1,
        "number": "W-1",
        "work_date": "2026-11-20",
        "completed_at": "2026-11-20T23:30:00Z",
        "site_customer": CUSTOMER,
        "invoice_customer": CUSTOMER,
    } | (order or {"materials": [MATERIAL]})
    return Job(
        document=WorkOrder.model_validate(document),
        reference="W-1",
        settings=Settings.model_validate(settings),
        administration=Administration(code="900001", name="Books", country="NL"),
        timezone="Europe/Amsterdam",
        ensured=ToBeMade({"relation:10": "acc-10", "relation:20": "acc-20"}),
    )


def order(job, gathered=GATHERED):
    """The job's sales order."""
    return exports.sales_order(job, gathered)


def lines(job, gathered=GATHERED):
    """The lines of the job's sales order, as they are sent."""
    return order(job, gathered).request.body["SalesOrderLines"]


def invoice(job, gathered=GATHERED):
    """The body of the job's sales invoice."""
    return exports.sales_invoice(job, gathered).request.body


def material(**fields):
    """The job of one material."""
    return job_of({"materials": [MATERIAL | fields]})


def worked(*periods, **settings):
    """The job of these worked periods alone."""
    return job_of({"hours": [HOURS | period for period in periods or ({},)]}, **settings)
