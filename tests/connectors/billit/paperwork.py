"""Documents and what Billit has of their products, for tests of the pure mapping."""

from dataclasses import replace
from decimal import Decimal

from shared.connectors.billit import exports
from shared.connectors.billit.gathered import Gathered
from shared.connectors.billit.models import Product
from shared.exporting import ToBeMade
from shared.schemas.documents import WorkOrder
from tests.connectors.billit.office import Office, an_invoice

OFFICE = Office()
PRODUCTS = Gathered(
    [
        Product(ProductID=1, Reference="A", Description="Pipe", VAT=21, AmountExcl=Decimal("7.35"), Unit="m"),
        Product(ProductID=2, Reference="B", Description="Tap"),
        Product(ProductID=3, Reference="H", Description="Labour", VAT=21, AmountExcl=60, Unit="uur"),
        Product(ProductID=4, Reference="T", Description="Travel", VAT=21),
        Product(ProductID=5, Reference="D", VAT=6),
        Product(ProductID=6, Reference="D", VAT=6),
    ]
)
CUSTOMER = {"debtor_number": "10", "name": "Acme"}
MATERIAL = {"code": "A", "quantity": "2", "unit_price": "10"}
HOURS = {"date": "2026-11-20", "minutes": 60, "hour_type": "H"}


def work(order=None, gathered=PRODUCTS, how=exports.invoice, **settings):
    document = {
        "id": "wo-1",
        "revision": 1,
        "number": "W-1",
        "work_date": "2026-11-20",
        "completed_at": "2026-11-20T23:30:00Z",
        "site_customer": CUSTOMER,
        "invoice_customer": CUSTOMER,
    } | (order or {"materials": [MATERIAL]})
    job = OFFICE.job(WorkOrder.model_validate(document), **settings)
    return how(replace(job, ensured=ToBeMade({"relation:10": "700"})), gathered)


def final(*lines, gathered=PRODUCTS, made=None, invoice=None, **settings):
    document = an_invoice(*(lines or [(1, 100, 21)]), **(invoice or {}))
    job = OFFICE.job(document, made, **settings)
    return exports.final_invoice(replace(job, ensured=ToBeMade({"relation:4711": "700"})), gathered)


def line(*args, **more):
    return final(args, **more).request.body["OrderLines"][0]


def hours(**period):
    return {"hours": [HOURS | period]}
