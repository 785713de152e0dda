"""Billit: the table of contents."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.access import Dialect, OAuth2
from shared.connector import Connector, Ensure, Export, Import, Limit, Listing, alone
from shared.schemas.documents import Invoice, NewRelation, WorkOrder
from shared.schemas.entities import HourType, Payment, Product, Relation
from shared.webhooks import Webhooks

from . import afterwards, errors, exports, imports, lookups, models, reference, webhooks
from .client import Client
from .settings import Settings

_RELATION = Ensure(
    kind="relation",
    wanted=exports.payer,
    key=exports.debtor_number,
    find=lookups.relation,
    map=exports.relation,
    send=Client.create_party,
)

_LOOKED_UP = 20
"""Parties and products are looked up one by one."""


_INVOICES = Listing("invoices and credit notes", Client.listed_invoices, Client.fetched)


def _party_id(record: Mapping[str, Any]) -> str:
    return str(record["PartyID"])


def _product_id(record: Mapping[str, Any]) -> str:
    return str(record["ProductID"])


def _order_id(record: Mapping[str, Any]) -> str:
    return str(record["OrderID"])


CONNECTOR = Connector(
    name=__name__.rpartition(".")[2],
    title="Billit",
    client=Client,
    settings=Settings,
    auth=OAuth2(
        # `test` is Billit's own sandbox: other accounts, other keys (section 1, Environments).
        sites={"be": "https://api.billit.be", "test": "https://api.sandbox.billit.be"},
        site_names={"be": "Billit", "test": "Billit's test environment"},
        pages={"be": "https://my.billit.be", "test": "https://my.sandbox.billit.be"},
        authorize="/Account/Logon",
        token="/OAuth2/token",  # noqa: S106  # a path
        dialect=Dialect(send="json", names={"response_type": ""}),
        refresh_window=timedelta(minutes=5),
        refresh_token_life=None,
        stale=errors.stale,
        refusal=errors.refusal,
    ),
    # Neither limits nor headers that tell of them are published (section 2): a 429 is waited out.
    limit=Limit(),
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.parties,
            model=models.Party,
            map=imports.relation,
            id=_party_id,
            exists=Client.existing_parties,
            exists_batch=_LOOKED_UP,
            settings=imports.RELATION_FILTERS,
        ),
        Product: Import(
            read=Client.products,
            model=models.Product,
            map=imports.product,
            id=_product_id,
            exists=Client.existing_products,
            exists_batch=_LOOKED_UP,
            settings=imports.HOUR_FILTERS,
        ),
        HourType: Import(
            read=Client.products,
            model=models.Product,
            map=imports.hour_type,
            id=_product_id,
            exists=Client.existing_products,
            exists_batch=_LOOKED_UP,
            settings=imports.HOUR_FILTERS,
        ),
        Payment: Import(
            read=Client.sales,
            model=models.Order,
            map=imports.payment,
            id=_order_id,
            exists=Client.existing_orders,
            fetch=Client.sales_by_id,
            document_of=imports.document_of,
        ),
    },
    # An offer becomes an invoice inside Billit, so both are revenue: a work order becomes one of them, never both.
    exports={
        (WorkOrder, "invoice"): Export(
            title="Invoice",
            bills=True,
            ensures=(_RELATION,),
            gather=lookups.for_work,
            map=exports.invoice,
            send=Client.create_order,
            find=lookups.invoice,
            follow_ups=afterwards.FOLLOW_UPS,
            listing=_INVOICES,
        ),
        (WorkOrder, "offer"): Export(
            title="Offer",
            bills=True,
            ensures=(_RELATION,),
            gather=lookups.for_work,
            map=exports.offer,
            send=Client.create_order,
            find=lookups.offer,
            follow_ups=(afterwards.PDF,),
            listing=Listing("offers", Client.listed_offers, Client.fetched),
        ),
        (Invoice, "invoice"): Export(
            title="Invoice or credit note",
            bills=True,
            ensures=(_RELATION,),
            gather=lookups.for_invoice,
            map=exports.final_invoice,
            send=Client.create_order,
            find=lookups.invoice,
            follow_ups=afterwards.FOLLOW_UPS,
            listing=_INVOICES,
        ),
        (NewRelation, "relation"): alone("Customer", _RELATION),
    },
    reference={"vat_codes": reference.vat_codes},
    timezones={"be": "Europe/Brussels", "test": "Europe/Brussels"},
    caveat=(
        "Billit has no draft invoices: one is numbered at once. If your company has switched on that Billit sends at "
        "09:00 each day, Billit sends it then, also when you did not. That is why work orders become offers unless you "
        "choose otherwise in the settings."
    ),
    headers={"Accept": "application/json"},
    # Retries and order of callbacks are not documented, so lists are read all the same.
    webhooks=Webhooks(
        topics=webhooks.TOPICS,
        translate=webhooks.translate,
        verify=webhooks.verify,
        listed=Client.hooks,
        map=webhooks.subscription,
        register=Client.register_hook,
        remove=Client.remove_hook,
        renew=Client.renew_hook,
    ),
)
