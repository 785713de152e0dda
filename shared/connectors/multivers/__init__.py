"""Multivers Online: the table of contents."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from shared.access import Dialect, OAuth2
from shared.connector import Connector, Ensure, Export, FollowUp, Import, Limit, Listing, alone
from shared.schemas.documents import Invoice, NewRelation, WorkOrder
from shared.schemas.entities import Employee, HourType, Order, Payment, Product, Relation

from . import errors, exports, imports, lookups, models, reference
from .client import Client
from .gathered import linked_id
from .settings import Settings

_SCOPE = "http://UNIT4.Multivers.API/Web/WebApi/*"
_LOOKED_UP = 20
"""Records are looked up one by one."""

_RELATION = Ensure(
    kind="relation",
    wanted=exports.customers,
    key=exports.debtor_number,
    find=lookups.relation,
    map=exports.relation,
    send=Client.create_customer,
)

_PROCESSING = FollowUp(
    name="process",
    title="processing of the invoice order",
    wanted=lambda _: True,
    find=lookups.processed,
    map=exports.processing,
    send=Client.process,
)

_ORDERS = Listing("orders", Client.listed_orders, Client.orders_by_id, batch=_LOOKED_UP)


def _id(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda record: str(record[name])


def _invoice_order(title: str, *follow_ups: FollowUp) -> Export:
    return Export(
        title=title,
        bills=True,
        ensures=(_RELATION,),
        gather=lookups.for_invoice,
        map=exports.invoice_order,
        send=Client.write_order,
        find=lookups.document,
        found_by_content=True,
        follow_ups=follow_ups,
        listing=_ORDERS,
    )


CONNECTOR = Connector(
    name=__name__.rpartition(".")[2],
    title="Multivers",
    client=Client,
    settings=Settings,
    auth=OAuth2(
        # `gemak` is the sister product with the same interface, `test` the vendor's own sandbox (section 1).
        sites={
            "nl": "https://api.multivers.nl/V{version}",
            "gemak": "https://api.boekhoudgemak.nl/V{version}",
            "test": "https://sandbox-api.multivers.nl/V{version}",
        },
        site_names={"nl": "Multivers", "gemak": "Boekhoudgemak", "test": "Multivers' test environment"},
        version="22",
        authorize="/OAuth/Authorize",
        token="/OAuth/Token",  # noqa: S106  # a path
        dialect=Dialect(extra={"scope": _SCOPE}),
        refresh_window=timedelta(minutes=5),
        # Unknown (section 7): a login that nobody uses is renewed as if it lapsed after two weeks.
        refresh_token_life=timedelta(days=14),
        refusal=errors.refusal,
    ),
    # Neither limits nor headers that tell of them are known (section 3): a 429 is waited out.
    limit=Limit(),
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.customers,
            model=models.Customer,
            map=imports.relation,
            id=_id("customerId"),
            exists=Client.existing_customers,
            exists_batch=_LOOKED_UP,
        ),
        Order: Import(
            read=Client.open_orders,
            model=models.OrderInfo,
            map=imports.order,
            id=_id("orderId"),
            exists=Client.existing_orders,
            exists_batch=_LOOKED_UP,
            settings=imports.ORDER_FILTERS,
            document_of=imports.order_document,
        ),
        Payment: Import(
            read=Client.sales_invoices,
            model=models.SalesInvoice,
            map=imports.payment,
            id=_id("invoiceId"),
            exists=Client.existing_invoices,
            exists_batch=_LOOKED_UP,
            document_of=imports.payment_document,
        ),
        Product: Import(
            read=Client.products,
            model=models.Product,
            map=imports.product,
            id=_id("productId"),
            exists=Client.existing_products,
            exists_batch=_LOOKED_UP,
            manual_only=True,
        ),
        HourType: Import(
            read=Client.hour_types,
            model=models.HourType,
            map=imports.hour_type,
            id=_id("hourTypeId"),
            exists=Client.existing_hour_types,
            exists_batch=_LOOKED_UP,
            manual_only=True,
        ),
        Employee: Import(
            read=Client.employees,
            model=models.Employee,
            map=imports.employee,
            id=_id("employeeId"),
            exists=Client.existing_employees,
            exists_batch=_LOOKED_UP,
            manual_only=True,
        ),
    },
    # An order for post-calculation records what was done; only the invoice order becomes revenue. Both may be on.
    exports={
        (WorkOrder, "order"): Export(
            title="Order",
            bills=False,
            ensures=(_RELATION,),
            gather=lookups.for_order,
            map=exports.order,
            send=Client.write_order,
            find=lookups.document,
            found_by_content=True,
            joins=lambda job: linked_id(job) is not None,
            listing=_ORDERS,
        ),
        (Invoice, "invoice_order"): _invoice_order("Invoice order"),
        (Invoice, "processed_invoice_order"): _invoice_order("Processed invoice order", _PROCESSING),
        (NewRelation, "relation"): alone("Customer", _RELATION),
    },
    reference={
        "vat_codes": reference.vat_codes,
        "journals": reference.journals,
        "payment_conditions": reference.payment_conditions,
        "cost_centres": reference.cost_centres,
        "vat_scenarios": reference.vat_scenarios,
        "countries": reference.countries,
    },
    timezones={"nl": "Europe/Amsterdam", "gemak": "Europe/Amsterdam", "test": "Europe/Amsterdam"},
    # Without it Multivers may answer in XML (section 3, Format).
    headers={"Accept": "application/json"},
)
