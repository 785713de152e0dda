"""Moloni Portugal: the table of contents."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel

from shared.access import Dialect, OAuth2
from shared.connector import Connector, Ensure, Export, FollowUp, Import, Limit, ListedPage, Listing, Period
from shared.schemas.documents import WorkOrder
from shared.schemas.entities import Employee, HourType, Order, Product, Relation

from . import errors, exports, imports, lookups, models, parties, reference
from .calls import carry
from .client import Client
from .kinds import KINDS, Kind
from .settings import Settings

_RELATION = Ensure(
    kind="relation",
    wanted=parties.payers,
    key=parties.debtor_number,
    find=lookups.relation,
    map=parties.relation,
    send=Client.create_customer,
)

_LOOKED_UP = 20
"""Records are looked up one by one."""


def _id(key: str, record: Mapping[str, Any]) -> str:
    return str(record[key])


def _listing(kind: Kind) -> Listing:
    async def read(client: Client, period: Period, position: str | None) -> ListedPage:
        return await client.listed(kind.classes, period, position)

    return Listing(f"{kind.title.lower()}s", read, Client.fetched)


def _closing(kind: Kind) -> FollowUp:
    return FollowUp(
        name="close",
        title="closing it",
        wanted=lambda _: True,
        find=lookups.closed,
        map=partial(exports.closing, kind),
        send=Client.close_document,
    )


def _exports(kind: Kind) -> dict[tuple[type[BaseModel], str], Export]:
    """A kind of document as a draft, and closed."""
    draft = Export(
        title=f"{kind.title} (draft)",
        bills=kind.bills,
        ensures=(_RELATION,),
        gather=lookups.for_document(kind),
        map=exports.draft_of(kind),
        send=Client.create_document,
        find=lookups.by_reference(kind),
        listing=_listing(kind),
    )
    closed = replace(draft, title=f"{kind.title} (closed)", follow_ups=(_closing(kind),))
    return {(WorkOrder, kind.name): draft, (WorkOrder, f"closed_{kind.name}"): closed}


CONNECTOR = Connector(
    name=__name__.rpartition(".")[2],
    title="Moloni Portugal",
    client=Client,
    settings=Settings,
    auth=OAuth2(
        sites={"pt": "https://api.moloni.pt"},
        pages={"pt": "https://www.moloni.pt"},
        authorize="/ac/root/oauth/",
        token="/v1/grant/",  # noqa: S106  # a path
        # The login page takes three parameters, and is not known to send a `state` back (section 1, Authorize).
        dialect=Dialect(send="query", names={"state": ""}, state=False),
        # Moloni asks to use a token for nearly its whole life (section 1, Lifetimes).
        refresh_window=timedelta(minutes=5),
        refresh_token_life=timedelta(days=14),
        access_life=timedelta(seconds=3000),
        carry=carry,
        stale=errors.stale,
        refusal=errors.refusal,
    ),
    # The limit is not published, and no header tells of it (section 2): a 429 is waited out.
    limit=Limit(),
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.customers,
            model=models.Customer,
            map=imports.relation,
            id=partial(_id, "customer_id"),
            exists=Client.existing_customers,
            exists_batch=_LOOKED_UP,
        ),
        Product: Import(
            read=Client.products,
            model=models.Product,
            map=imports.product,
            id=partial(_id, "product_id"),
            exists=Client.existing_products,
            exists_batch=_LOOKED_UP,
            settings=imports.PRODUCT_FILTERS,
        ),
        HourType: Import(
            read=Client.products,
            model=models.Product,
            map=imports.hour_type,
            id=partial(_id, "product_id"),
            exists=Client.existing_products,
            exists_batch=_LOOKED_UP,
            settings=imports.HOUR_FILTERS,
        ),
        Employee: Import(read=Client.users, model=models.User, map=imports.employee, id=partial(_id, "user_id")),
        # Not looked up by id: what is no service list any more, because the user chose another class, is there still.
        Order: Import(
            read=Client.service_lists,
            model=models.Document,
            map=imports.order,
            id=partial(_id, "document_id"),
            settings=imports.ORDER_FILTERS,
            document_of=imports.document_of,
        ),
    },
    exports={key: how for kind in KINDS for key, how in _exports(kind).items()},
    reference={
        "vat_codes": reference.vat_codes,
        "document_sets": reference.document_sets,
        "maturity_dates": reference.maturity_dates,
        "payment_methods": reference.payment_methods,
        "delivery_methods": reference.delivery_methods,
        "units": reference.units,
    },
    timezones={"pt": "Europe/Lisbon"},
)
