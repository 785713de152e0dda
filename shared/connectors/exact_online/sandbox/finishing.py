"""Orders that are done: what completes a sales order, what finishes an assembly order (Exact fact sheet, section 8).

An open point of the sheet, decided: a sales order is completed by its `OrderID`.
"""

from __future__ import annotations

from decimal import Decimal

from shared.sandbox.oauth import User

from . import writes
from .amounts import NOTHING
from .columns import Row
from .kinds import ASSEMBLY_ORDERS, ORDERS, Resource
from .pro import CANCELLED, COMPLETE
from .refusals import business
from .store import Division

ASSEMBLED = 50


def complete_order(division: Division, resource: Resource, body: object, user: User) -> Row:
    """Close a sales order: what is open of it is neither delivered nor invoiced any more. A closed one is refused."""
    asked = writes.checked(division, resource, body)
    order = division.tables[ORDERS].rows[asked["OrderID"]]
    if order["Status"] in {COMPLETE, CANCELLED}:
        raise business("Kan niet wijzigen: Document is verwerkt")
    division.save(ORDERS, order | {"Status": COMPLETE, "Modifier": user.id, "ModifierFullName": user.name})
    return asked | {"SuccessMessage": "Verkooporder is afgerond"}


def finish_assembly(division: Division, resource: Resource, body: object, user: User) -> Row:
    """So many of an assembly order are made."""
    asked = writes.checked(division, resource, body)
    order = dict(division.tables[ASSEMBLY_ORDERS].rows[asked["AssemblyOrder"]])
    done: Decimal = order.get("FinishedQuantity", NOTHING) + asked["FinishOrderQuantity"]
    if order["OrderStatus"] == ASSEMBLED or done > order["PlannedQuantity"]:
        raise business("Kan niet wijzigen: Assemblageorder is gereed")
    order.update(FinishedQuantity=done, OrderStatus=ASSEMBLED if done == order["PlannedQuantity"] else 30)
    division.save(ASSEMBLY_ORDERS, order | {"Modifier": user.id, "FinishedAssemblyDate": division.local_now()})
    return asked | {"SuccessMessage": "Assemblageorder is gereed"}
