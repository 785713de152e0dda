"""What is written back to the order that work came from: what was used of it is delivered, and it is completed.

Steps of their own behind the document, none of which it depends on (Exact fact sheet, section 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shared.billed import materials
from shared.connector import FollowUp
from shared.errors import NothingToDo, Unsupported
from shared.mapping import Draft, Receipt, Request
from shared.schemas.documents import OrderRef

from . import odata
from .client import Client
from .gathered import WorkOrderJob
from .origin_calls import OpenLine, Origin, delivered_of

NAME = __name__.split(".")[-2]
DELIVERY = "delivery"
_MARK = 8
"""Digits of an id that tell apart two documents with one number."""


def follow_ups(*, of_the_document: bool, tier: str) -> tuple[FollowUp, ...]:
    """The delivery, then the end of the order. `of_the_document`: it is itself the sales order to deliver on."""
    return (
        FollowUp(
            name=DELIVERY,
            title="delivery of the materials",
            wanted=_delivers if of_the_document else _delivers_on_its_origin,
            gather=_lines_of_the_document if of_the_document else _lines_of_its_origin,
            find=_deliveries,
            map=delivery,
            send=Client.create_delivery,
            optional=True,
            previewed=not of_the_document,
            tier=tier,
        ),
        FollowUp(
            name="completion",
            title="completion of the order it came from",
            wanted=_completes,
            gather=_origin,
            find=_completed,
            map=completion,
            send=Client.finish_order,
            optional=True,
            tier=tier,
        ),
    )


def came_from(job: WorkOrderJob) -> OrderRef | None:
    """The order of this very administration that the work came from, if it did."""
    ref = job.document.order
    mine = ref is not None and (ref.connector, ref.administration) == (NAME, job.administration.code)
    return ref if mine else None


def delivery(job: WorkOrderJob) -> Draft:
    """What was used, as far as stock is kept of it and it stands on the order. `NothingToDo` for none of it."""
    lines: Sequence[OpenLine] = job.gathered
    found = delivered_of(lines, _used(job))
    if not found:
        raise NothingToDo("none of its materials is to be delivered")
    body = {
        "DeliveryDate": job.document.work_date.isoformat(),
        "Description": _description(job),
        "GoodsDeliveryLines": [
            {"SalesOrderLineID": id, "QuantityDelivered": odata.number(quantity)} for id, quantity in found
        ],
    }
    return _draft(job, "salesorder/GoodsDeliveries", body)


def completion(job: WorkOrderJob) -> Draft:
    """What ends the order. `Unsupported`, with a sentence, where that can only be done by hand."""
    origin: Origin | None = job.gathered
    if origin is None:
        raise Unsupported("the order it came from is not in Exact Online any more")
    if origin.done:
        raise NothingToDo("the order is completed already")
    if _delivers_on_its_origin(job) and DELIVERY not in job.made:
        raise Unsupported("its materials could not be delivered, so the order stays open: complete it by hand")
    match origin.kind:
        case "sales":
            return _draft(job, "salesorder/CompleteSalesOrder", {"OrderID": origin.id})
        case "assembly":
            body = {"AssemblyOrder": origin.id, "FinishOrderQuantity": odata.number(origin.open_quantity)}
            return _draft(job, "inventory/FinishAssemblyOrder", body)
        case "shop":
            raise Unsupported("it came from a shop order, and those can only be finished in Exact Online itself")


def _delivers(job: WorkOrderJob) -> bool:
    return job.settings.deliver_materials and bool(materials(job.document))


def _delivers_on_its_origin(job: WorkOrderJob) -> bool:
    return _delivers(job) and came_from(job) is not None


def _completes(job: WorkOrderJob) -> bool:
    return job.settings.complete_orders and came_from(job) is not None


async def _lines_of_the_document(client: Client, job: WorkOrderJob) -> Sequence[OpenLine]:
    return await client.open_lines(job.made["document"].vendor_id)


async def _lines_of_its_origin(client: Client, job: WorkOrderJob) -> Sequence[OpenLine]:
    ref = came_from(job)
    assert ref is not None, "wanted only then"
    return await client.open_lines(ref.vendor_id)


async def _origin(client: Client, job: WorkOrderJob) -> Origin | None:
    ref = came_from(job)
    assert ref is not None, "wanted only then"
    return await client.origin(ref.vendor_id)


async def _deliveries(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    return await client.deliveries_described(_description(job))


async def _completed(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    """Its state says so, whoever completed it."""
    origin = await _origin(client, job)
    return [Receipt(origin.id)] if origin and origin.done else []


def _used(job: WorkOrderJob) -> dict[str, Decimal]:
    used: dict[str, Decimal] = {}
    for line in materials(job.document):
        used[line.code] = used.get(line.code, Decimal(0)) + line.quantity
    return used


def _description(job: WorkOrderJob) -> str:
    """How a delivery is found again: the number, and a part of the id of what was made of the work order."""
    return f"Work order {job.reference} ({job.made['document'].vendor_id[:_MARK]})"


def _draft(job: WorkOrderJob, resource: str, body: dict[str, Any]) -> Draft:
    return Draft(Request("POST", odata.path(job.administration.code, resource), body))
