"""The table of what each package can do, as its table of contents declares it; a new connector is a new column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

from pydantic import BaseModel

from shared import connectors
from shared.access import OAuth2
from shared.connector import Connector, Export
from shared.mapping import PdfSettings
from shared.schemas.documents import Invoice, NewRelation, WorkOrder
from shared.vat import VatSettings
from shared.words import plural

NO = "–"
YES = "yes"

Cell = Callable[[Connector], str]


def _whether(told: bool) -> str:  # noqa: FBT001  # the very value of the cell
    return YES if told else NO


def _reads(kind: str) -> Cell:
    def cell(connector: Connector) -> str:
        if kind not in connector.kinds:
            return NO
        how = connector.import_of(kind)
        notes = [how.tier.capitalize() if how.tier else "", "when asked" if how.manual_only else ""]
        return ", ".join([YES, *filter(None, notes)])

    return cell


def _writes(model: type[BaseModel]) -> Cell:
    def cell(connector: Connector) -> str:
        made = {name: how for (source, name), how in connector.exports.items() if source is model}
        named = [plural(name) + (f" ({how.tier.capitalize()})" if how.tier else "") for name, how in made.items()]
        return ", ".join(named) or NO

    return cell


def _updates_orders(connector: Connector) -> str:
    plain = next(one.default for one in fields(Export) if one.name == "joins")
    return _whether(any(how.joins is not plain for how in connector.exports.values()))


def _has(setting: str) -> Cell:
    return lambda connector: _whether(setting in connector.settings.model_fields)


def _follows(name: str) -> Cell:
    def cell(connector: Connector) -> str:
        tiers = {one.tier for how in connector.exports.values() for one in how.follow_ups if one.name == name}
        return ", ".join([YES, *sorted(tier.capitalize() for tier in tiers if tier)]) if tiers else NO

    return cell


def _scheduled(connector: Connector) -> str:
    by_hand = [how for how in connector.imports.values() if how.manual_only]
    if not connector.imports or len(by_hand) == len(connector.imports):
        return NO
    return "yes, some kinds" if by_hand else YES


FEATURES: Mapping[str, Cell] = {
    "Login page of the package (OAuth)": lambda one: _whether(isinstance(one.auth, OAuth2)),
    "Country or site to choose": lambda one: (
        ", ".join(site.upper() for site in one.auth.sites) if len(one.auth.sites) > 1 else NO
    ),
    "One administration, chosen": lambda _: YES,
    "Licence": lambda one: ", ".join(tier.capitalize() for tier in one.tiers) or "one",
    "In: relations": _reads("relation"),
    "In: products": _reads("product"),
    "In: hour types": _reads("hour_type"),
    "In: product categories": _reads("product_category"),
    "In: employees": _reads("employee"),
    "In: orders, service lists": _reads("order"),
    "In: payments": _reads("payment"),
    "In: quotations": _reads("quotation"),
    "In: planned work": _reads("planned_work"),
    "In: warehouses": _reads("warehouse"),
    "In: price agreements": _reads("price_agreement"),
    "In: goods deliveries": _reads("goods_delivery"),
    "Out: work orders become": _writes(WorkOrder),
    "Out: final invoices become": _writes(Invoice),
    "Out: new relations become": _writes(NewRelation),
    "An order that work came from is updated": _updates_orders,
    "An order that work came from is completed": _follows("completion"),
    "Used materials are delivered": _follows("delivery"),
    "Work statuses that trigger": _has("trigger_statuses"),
    "Status after success or failure": _has("status_after_success"),
    "VAT code and ledger of the line or article": lambda one: _whether(issubclass(one.settings, VatSettings)),
    "Cost centre": _has("cost_centre"),
    "The platform's PDF attached": lambda one: _whether(issubclass(one.settings, PdfSettings)),
    "Read every 15 minutes": _scheduled,
    "Read when somebody asks": lambda one: _whether(bool(one.imports)),
    "Told by the package at once (webhooks)": lambda one: _whether(one.webhooks is not None),
    "Compared with the books each night": lambda one: _whether(one.reconciles),
}
"""Row -> what stands in the cell of a connector."""


def matrix() -> str:
    """The whole table, as Markdown."""
    columns = connectors.all_connectors()
    head = ["", *(one.title for one in columns)]
    rows = [[title, *(cell(one) for one in columns)] for title, cell in FEATURES.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])
