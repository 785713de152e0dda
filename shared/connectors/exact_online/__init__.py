"""Exact Online: the table of contents."""

from datetime import timedelta

from shared.connector import Connector, Ensure, Export, Import, OAuth2
from shared.schemas.documents import WorkOrder
from shared.schemas.entities import Product, Relation

from . import errors, exports, imports, limits, lookups, reference, sync
from .client import Client
from .models import Account, Item
from .settings import Settings

_RELATION = Ensure(
    kind="relation",
    wanted=exports.customers,
    key=exports.debtor_number,
    find=lookups.relation,
    map=exports.relation,
    send=Client.create_account,
)

CONNECTOR = Connector(
    name=__name__.rpartition(".")[2],
    title="Exact Online",
    client=Client,
    settings=Settings,
    auth=OAuth2(
        sites={tld: f"https://start.exactonline.{tld}" for tld in ("nl", "be", "de", "fr", "es")},
        authorize="/api/oauth2/auth",
        token="/api/oauth2/token",  # noqa: S106  # a path
        refresh_window=timedelta(seconds=30),
        refresh_token_life=timedelta(days=30),
        refusal=errors.refusal,
    ),
    limit=limits.LIMIT,
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.accounts,
            model=Account,
            map=imports.relation,
            id=lambda record: str(record["ID"]),
            exists=Client.existing_accounts,
            settings=imports.RELATION_FILTERS,
            cursor_life=sync.DELETIONS_KEPT,
        ),
        Product: Import(
            read=Client.items,
            model=Item,
            map=imports.product,
            id=lambda record: str(record["ID"]),
            exists=Client.existing_items,
            settings=imports.PRODUCT_FILTERS,
            cursor_life=sync.DELETIONS_KEPT,
        ),
    },
    # A sales order becomes an invoice inside Exact, so both are revenue: a work order becomes one of them, never both.
    exports={
        (WorkOrder, "sales_order"): Export(
            title="Sales order",
            bills=True,
            ensures=(_RELATION,),
            gather=lookups.items,
            map=exports.sales_order,
            send=Client.create_sales_order,
            find=lookups.sales_order,
        ),
        (WorkOrder, "sales_invoice"): Export(
            title="Sales invoice",
            bills=True,
            ensures=(_RELATION,),
            gather=lookups.items,
            map=exports.sales_invoice,
            send=Client.create_sales_invoice,
            find=lookups.sales_invoice,
        ),
    },
    reference={
        "vat_codes": reference.vat_codes,
        "journals": reference.journals,
        "item_groups": reference.item_groups,
    },
    timezones={
        "nl": "Europe/Amsterdam",
        "be": "Europe/Brussels",
        "de": "Europe/Berlin",
        "fr": "Europe/Paris",
        "es": "Europe/Madrid",
    },
    # Without the first Exact answers in Atom XML; with the second a create answers with what was stored (section 3).
    headers={"Accept": "application/json", "Prefer": "return=representation"},
)
