"""What a work order names that Exact has to know, and what Exact has of it, by code. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.billed import hours, materials
from shared.errors import Unmappable
from shared.mapping import Job
from shared.schemas.documents import MaterialLine, WorkOrder

from .models import BilledItem
from .settings import Settings

WorkOrderJob = Job[WorkOrder, Settings]


@dataclass(frozen=True)
class Gathered:
    """What is in Exact, by code: whole items, the ids (GUIDs) of the others. What is missing there is missing here.

    `item_group` is the id of the group that new items get (None: there is none, or nothing is to be made).
    """

    items: Mapping[str, BilledItem] = field(default_factory=dict)
    ledgers: Mapping[str, str] = field(default_factory=dict)
    warehouses: Mapping[str, str] = field(default_factory=dict)
    item_group: str | None = None


def hour_item(hour_type: str, settings: Settings) -> str:
    """The item code of an hour type of the platform: the user's choice, else the same code."""
    return settings.hour_types.get(hour_type, hour_type)


def item_codes(job: WorkOrderJob) -> set[str]:
    """The codes of all items the mapping may need."""
    settings = job.settings
    used = {line.code for line in materials(job.document)}
    worked = {hour_item(line.hour_type, settings) for line in hours(job.document) if line.hour_type}
    chosen = {settings.default_hour_type, settings.fallback_item, settings.text_item}
    return {code for code in used | worked | chosen if code}


def ledger_codes(job: WorkOrderJob) -> set[str]:
    """The codes of the ledgers that lines may be booked on."""
    named = {line.ledger for line in materials(job.document)}
    return {code for code in named | {job.settings.ledger} if code}


def warehouse_codes(order: WorkOrder) -> list[str]:
    """The warehouses that its materials name, sorted."""
    return sorted({line.warehouse for line in materials(order) if line.warehouse})


def warehouse_code(job: WorkOrderJob) -> str | None:
    """The one warehouse of an order: the one that its materials agree on, else the user's choice."""
    named = warehouse_codes(job.document)
    return named[0] if len(named) == 1 else job.settings.warehouse


def missing_items(job: WorkOrderJob, items: Mapping[str, BilledItem]) -> list[MaterialLine]:
    """Of each material that Exact does not know, the first line."""
    first = {line.code: line for line in reversed(materials(job.document))}
    return [line for code, line in reversed(first.items()) if code not in items]


def chosen_item(gathered: Gathered, setting: str, code: str | None, purpose: str, unset: str) -> BilledItem:
    """The item that a setting chose for a purpose. `Unmappable` when there is none; `unset` says that nobody chose."""
    if code is None:
        raise Unmappable(setting, unset)
    if code not in gathered.items:
        raise Unmappable(setting, f"Item {code}, chosen for {purpose}, is not in Exact Online. Choose another.")
    return gathered.items[code]
