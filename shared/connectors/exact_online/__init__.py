"""Exact Online: the table of contents."""

from dataclasses import replace
from datetime import timedelta

from shared.access import OAuth2
from shared.connector import Connector, Ensure, Export, FollowUp, Import, Listing, alone
from shared.schemas.documents import Invoice, NewRelation, WorkOrder
from shared.schemas.entities import Employee, HourType, Payment, Product, ProductCategory, Relation
from shared.webhooks import Webhooks

from . import (
    attachments,
    errors,
    exports,
    imports,
    limits,
    lookups,
    materials,
    models,
    origins,
    projects,
    reference,
    sales_entries,
    settlements,
    sync,
    webhooks,
)
from .client import Client
from .models import Account, Item, ItemGroup, Settlement
from .pro import BASIC, PRO, PRO_IMPORTS, record_id
from .settings import Settings

_RELATION = Ensure(
    kind="relation",
    wanted=exports.customers,
    key=exports.debtor_number,
    find=lookups.relation,
    map=exports.relation,
    send=Client.create_account,
)

_PRODUCT = Ensure(
    kind="product",
    wanted=materials.new_items,
    key=exports.item_code,
    find=lookups.product,
    map=exports.product,
    send=Client.create_item,
)

_ORIGIN = origins.follow_ups(of_the_document=False, tier=PRO)

_SALES_INVOICE = Export(
    title="Sales invoice",
    bills=True,
    ensures=(_RELATION, _PRODUCT),
    gather=lookups.for_invoice,
    map=exports.sales_invoice,
    send=Client.create_sales_invoice,
    find=lookups.sales_invoice,
    follow_ups=(*attachments.follow_ups(attachments.invoice_link), *_ORIGIN),
    listing=Listing("sales invoices", Client.listed_invoices, Client.invoices_by_id),
)

_PROCESSING = FollowUp(
    name="process",
    title="processing of the invoice",
    wanted=lambda _: True,
    find=lookups.processed,
    map=exports.processing,
    send=Client.print_invoice,
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
        gated=True,
        refusal=errors.refusal,
    ),
    limit=limits.LIMIT,
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.accounts,
            model=Account,
            map=imports.relation,
            id=record_id,
            exists=Client.existing_accounts,
            fetch=Client.accounts_by_id,
            settings=imports.RELATION_FILTERS,
            cursor_life=sync.DELETIONS_KEPT,
        ),
        Product: Import(
            read=Client.items,
            model=Item,
            map=imports.product,
            id=record_id,
            exists=Client.existing_items,
            fetch=Client.items_by_id,
            settings=imports.PRODUCT_FILTERS,
            cursor_life=sync.DELETIONS_KEPT,
        ),
        HourType: Import(
            read=Client.items,
            model=Item,
            map=imports.hour_type,
            id=record_id,
            exists=Client.existing_items,
            fetch=Client.items_by_id,
            settings=imports.HOUR_TYPE_FILTERS,
            cursor_life=sync.DELETIONS_KEPT,
        ),
        ProductCategory: Import(
            read=Client.item_group_page,
            model=ItemGroup,
            map=imports.product_category,
            id=record_id,
            exists=Client.existing_item_groups,
        ),
        Employee: Import(
            read=Client.employees,
            model=models.Employee,
            map=imports.employee,
            id=record_id,
            exists=Client.existing_employees,
            settings=imports.EMPLOYEE_FILTERS,
            cursor_life=sync.DELETIONS_KEPT,
        ),
        Payment: Import(
            read=Client.payments,
            model=Settlement,
            map=imports.payment,
            id=record_id,
            exists=Client.existing_settlements,
            cursor_life=sync.DELETIONS_KEPT,
            parts=settlements.term_ids,
            fetch=Client.settlements,
            document_of=imports.document_of,
        ),
        **PRO_IMPORTS,
    },
    # A sales order becomes an invoice inside Exact, so both are revenue: a work order becomes one of them, never both.
    # What is booked on a project only records: Exact invoices projects by itself, or an invoice of the platform does.
    exports={
        (WorkOrder, "sales_order"): Export(
            title="Sales order",
            bills=True,
            ensures=(_RELATION, _PRODUCT),
            gather=lookups.for_order,
            map=exports.sales_order,
            send=Client.create_sales_order,
            find=lookups.sales_order,
            follow_ups=(
                *attachments.follow_ups(attachments.order_link),
                *origins.follow_ups(of_the_document=True, tier=PRO),
            ),
            listing=Listing("sales orders", Client.listed_orders, Client.orders_by_id),
        ),
        (WorkOrder, "sales_invoice"): _SALES_INVOICE,
        (WorkOrder, "processed_invoice"): replace(
            _SALES_INVOICE,
            title="Processed sales invoice",
            follow_ups=(_PROCESSING, *attachments.follow_ups(attachments.booking_link), *_ORIGIN),
        ),
        (WorkOrder, "project_booking"): Export(
            title="Hours and costs on a project",
            bills=False,
            ensures=(replace(_RELATION, wanted=projects.customers), _PRODUCT),
            gather=lookups.for_project,
            map=projects.booking,
            send=Client.create_transaction,
            find=projects.find,
            found_by_content=True,
            pieces=projects.further,
            follow_ups=_ORIGIN,
            tier=PRO,
        ),
        (Invoice, "sales_entry"): Export(
            title="Sales entry",
            bills=True,
            ensures=(replace(_RELATION, wanted=sales_entries.customers),),
            gather=lookups.books,
            map=sales_entries.sales_entry,
            send=Client.create_sales_entry,
            find=lookups.sales_entry,
            follow_ups=attachments.follow_ups(attachments.booking_link),
            listing=Listing("sales entries", Client.listed_entries, Client.entries_by_id),
        ),
        (NewRelation, "relation"): alone("Customer", _RELATION),
    },
    reference={
        "vat_codes": reference.vat_codes,
        "ledgers": reference.ledgers,
        "journals": reference.journals,
        "cost_centres": reference.cost_centres,
        "cost_units": reference.cost_units,
        "warehouses": reference.warehouses,
        "item_groups": reference.item_groups,
        "relation_types": reference.relation_types,
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
    # One address serves the app: a division has one subscription per topic, whoever of our tenants are connected to it.
    webhooks=Webhooks(
        topics=webhooks.TOPICS,
        translate=webhooks.translate,
        verify=webhooks.verify,
        administration=webhooks.administration,
        probes=True,
        listed=Client.hooks,
        map=webhooks.subscription,
        register=Client.register_hook,
        remove=Client.remove_hook,
    ),
    tiers=(BASIC, PRO),
)
