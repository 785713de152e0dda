"""e-Boekhouden.nl: the table of contents."""

from collections.abc import Mapping
from typing import Any

from shared.connector import Connector, Ensure, Export, Import, Limit, Listing, alone
from shared.schemas.documents import Invoice, NewRelation, WorkOrder
from shared.schemas.entities import HourType, Product, Relation

from . import errors, exports, imports, lookups, reference, sessions
from .client import Client
from .models import Artikel, Relatie
from .settings import Settings


def _relation_id(record: Mapping[str, Any]) -> str:
    return str(record["ID"])


def _article_id(record: Mapping[str, Any]) -> str:
    return str(record["ArtikelID"])


_RELATION = Ensure(
    kind="relation",
    wanted=exports.customers,
    key=exports.debtor_number,
    find=lookups.relation,
    map=exports.relation,
    send=Client.add_relation,
)


_INVOICES = Listing("invoices", Client.listed_invoices, Client.invoices_by_id, batch=10)


def _invoice(title: str, map: Any) -> Export:
    return Export(
        title=title,
        bills=True,
        ensures=(_RELATION,),
        gather=lookups.for_invoice,
        map=map,
        send=Client.add_invoice,
        find=lookups.invoice,
        found_by_content=True,
        listing=_INVOICES,
    )


def _articles(map: Any) -> Import:
    return Import(
        read=Client.articles,
        model=Artikel,
        map=map,
        id=_article_id,
        exists=Client.existing_articles,
        exists_batch=10,
        settings=imports.ARTICLE_FILTERS,
    )


CONNECTOR = Connector(
    name=__name__.rpartition(".")[2],
    title="e-Boekhouden",
    client=Client,
    settings=Settings,
    auth=sessions.AUTH,
    # None is documented but E003.1, without a number (section 5).
    limit=Limit(),
    classify=errors.classify,
    imports={
        Relation: Import(
            read=Client.relations,
            model=Relatie,
            map=imports.relation,
            id=_relation_id,
            exists=Client.existing_relations,
            exists_batch=10,
        ),
        Product: _articles(imports.product),
        HourType: _articles(imports.hour_type),
    },
    exports={
        (WorkOrder, "invoice"): _invoice("Invoice", exports.work_order),
        (Invoice, "invoice"): _invoice("Invoice", exports.invoice),
        (NewRelation, "relation"): alone("Relation", _RELATION),
    },
    reference={
        "vat_codes": reference.vat_codes,
        "ledgers": reference.ledgers,
        "cost_centres": reference.cost_centres,
    },
    timezones={sessions.SITE: "Europe/Amsterdam"},
    caveat=(
        "e-Boekhouden has no drafts, and an invoice cannot be changed or deleted from here. That is why nothing is "
        "exported until you choose in the settings what becomes an invoice."
    ),
)
