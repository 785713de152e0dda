"""Moloni Spain: the table of contents."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.access import Dialect, OAuth2
from shared.connector import Connector, Ensure, Export, Import, Limit, Listing, alone
from shared.schemas.documents import NewRelation, WorkOrder
from shared.schemas.entities import HourType, Product, ProductCategory, Relation
from shared.webhooks import Webhooks

from . import afterwards, errors, exports, imports, lookups, models, reference, webhooks
from .client import Client
from .kinds import INVOICE, ORDER
from .settings import Settings

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


def _customer_id(record: Mapping[str, Any]) -> str:
    return str(record["customerId"])


def _product_id(record: Mapping[str, Any]) -> str:
    return str(record["productId"])


def _category_id(record: Mapping[str, Any]) -> str:
    return str(record["productCategoryId"])


def _products(map: Any) -> Import:
    return Import(
        read=Client.products,
        model=models.Product,
        map=map,
        id=_product_id,
        exists=Client.existing_products,
        exists_batch=_LOOKED_UP,
        settings=imports.HOUR_FILTERS,
        fetch=Client.fetched_products,
    )


def _invoice(title: str, *, closed: bool) -> Export:
    return Export(
        title=title,
        bills=True,
        ensures=(_RELATION,),
        gather=lookups.for_work,
        map=exports.invoice,
        send=Client.create_document,
        find=lookups.invoice,
        found_by_content=True,
        follow_ups=(afterwards.closing(INVOICE),) if closed else (),
        listing=_INVOICES,
    )


def _purchase_order(title: str, *, closed: bool) -> Export:
    """A customer's order is invoiced in Moloni, so it becomes revenue too."""
    return Export(
        title=title,
        bills=True,
        ensures=(_RELATION,),
        gather=lookups.for_work,
        map=exports.purchase_order,
        send=Client.create_document,
        find=lookups.purchase_order,
        found_by_content=True,
        follow_ups=(afterwards.closing(ORDER),) if closed else (),
        listing=_ORDERS,
    )


_INVOICES = Listing("invoices", Client.listed_invoices, Client.fetched_invoices, batch=_LOOKED_UP)
_ORDERS = Listing("purchase orders", Client.listed_orders, Client.fetched_orders, batch=_LOOKED_UP)

CONNECTOR = Connector(
    name=__name__.rpartition(".")[2],
    title="Moloni Spain",
    client=Client,
    settings=Settings,
    auth=OAuth2(
        sites={"es": "https://api.moloni.es"},
        authorize="/v1/auth/authorize",
        token="/v1/auth/grant",  # noqa: S106  # a path
        dialect=Dialect(
            names={
                "response_type": "",
                "client_id": "apiClientId",
                "client_secret": "clientSecret",
                "redirect_uri": "redirectUri",
                "grant_type": "grantType",
                "access_token": "accessToken",
                "refresh_token": "refreshToken",
            },
            silent=("redirect_uri",),
        ),
        # Answers do not say how long tokens live; these are the shortest lives that a source assumes (section 1).
        access_life=timedelta(seconds=3000),
        refresh_window=timedelta(minutes=5),
        refresh_token_life=timedelta(days=10),
        stale=errors.stale,
    ),
    # Neither limits nor headers that tell of them are published (section 2): a 429 is waited out.
    limit=Limit(),
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.customers,
            model=models.Customer,
            map=imports.relation,
            id=_customer_id,
            exists=Client.existing_customers,
            exists_batch=_LOOKED_UP,
            settings=imports.RELATION_FILTERS,
            fetch=Client.fetched_customers,
        ),
        Product: _products(imports.product),
        ProductCategory: Import(
            read=Client.categories,
            model=models.Category,
            map=imports.product_category,
            id=_category_id,
            exists=Client.existing_categories,
            exists_batch=_LOOKED_UP,
        ),
        HourType: _products(imports.hour_type),
    },
    exports={
        (WorkOrder, "invoice"): _invoice("Invoice", closed=False),
        (WorkOrder, "closed_invoice"): _invoice("Closed invoice", closed=True),
        (WorkOrder, "purchase_order"): _purchase_order("Purchase order", closed=False),
        (WorkOrder, "closed_purchase_order"): _purchase_order("Closed purchase order", closed=True),
        (NewRelation, "relation"): alone("Customer", _RELATION),
    },
    reference={
        "vat_codes": reference.vat_codes,
        "document_sets": reference.document_sets,
        "measurement_units": reference.measurement_units,
        "countries": reference.countries,
    },
    request_timeout=timedelta(seconds=45),
    timezones={"es": "Europe/Madrid"},
    webhooks=Webhooks(
        topics=webhooks.TOPICS,
        translate=webhooks.translate,
        offered=Client.offered_hooks,
        listed=Client.hooks,
        map=webhooks.registration,
        register=Client.create_hook,
        remove=Client.delete_hook,
    ),
)
