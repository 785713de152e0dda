"""The calls for invoices, credit notes and offers (Billit fact sheet, sections 4.3, 4.7 and 4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.errors import Uncertain, WorkError
from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import Order

PATH = "/v1/orders"
_HEADER = (
    "OrderID", "OrderNumber", "CustomerID", "OrderDate", "ExpiryDate", "DeliveryDate", "OrderType", "OrderDirection",
    "OrderTitle", "Reference", "PaymentReference", "AboutInvoiceNumber", "Currency", "FXRateToForeign",
    "VentilationCode", "ExternalProviderID", "Comments", "InternalInfo",
)  # fmt: skip
_LINE = (
    "Quantity", "UnitPriceExcl", "Description", "DescriptionExtended", "Reference", "VATPercentage",
    "ReductionPercentage", "ProductID", "Unit", "AccountCode",
)  # fmt: skip
"""What we send of an order; Billit's answers have what it computed besides."""
_NUMBERS = {"FXRateToForeign", "Quantity", "UnitPriceExcl", "VATPercentage", "ReductionPercentage"}


class Orders(Calls):
    """What a client does with orders."""

    async def create_order(self, request: Request) -> Receipt:
        """Create an order. Billit answers with its id alone, so number and totals are read back."""
        id = await self._create(request)
        try:
            made = await self._one(f"{PATH}/{id}", Order)
        except WorkError as error:
            raise Uncertain(f"It was sent, but not read back: {error.reason}") from error
        if made is None:
            raise Uncertain("It was sent, but is not shown yet.")
        return receipt(made)

    async def orders_by_reference(self, reference: str, type: str) -> list[Receipt]:
        """The orders of a type that carry our reference."""
        filters = f"ExternalProviderID eq {odata.text(reference)} and OrderType eq {odata.text(type)}"
        found = await self._all(PATH, Order, {"$filter": filters})
        return [receipt(row) for row in found if (row.ExternalProviderID, row.OrderType) == (reference, type)]

    async def orders_by_number(self, number: str, type: str) -> list[Order]:
        """The sales orders of a type with this number."""
        filters = f"OrderNumber eq {odata.text(number)} and OrderType eq {odata.text(type)}"
        found = await self._all(PATH, Order, {"$filter": f"{filters} and OrderDirection eq 'Income'"})
        return [row for row in found if (row.OrderNumber, row.OrderType) == (number, type)]

    async def order(self, id: str) -> Order | None:
        """The order with its files, or None."""
        return await self._one(f"{PATH}/{id}", Order)

    async def attach(self, request: Request) -> Receipt:
        """Put a file on an order.

        Whether an update forgets what it does not name is not documented, and lines have no ids: the whole order is
        sent again, as it stands there, with the file.
        """
        id = request.body["OrderID"]
        there = await self._http.read(f"{PATH}/{id}")
        await self._create(Request(request.method, request.path, {**_as_sent(there), **request.body}, request.headers))
        return Receipt(str(id))

    async def mark_sent(self, request: Request) -> Receipt:
        """Mark an order as sent."""
        await self._http.write(request)
        return Receipt(request.path.rpartition("/")[2])

    async def send_order(self, request: Request) -> Receipt:
        """Send an order to the customer, unless it was sent before: Billit would send it twice."""
        id = str(request.body["OrderIDs"][0])
        there = await self.order(id)
        if there is None or not there.IsSent:
            await self._http.write(request)
        return Receipt(id)


def receipt(row: Order) -> Receipt:
    """What Billit holds. Amounts of a credit note are positive there, and negative with us."""
    customer = row.CustomerID or (row.CounterParty.PartyID if row.CounterParty else None)
    return Receipt(
        str(row.OrderID),
        number=row.OrderNumber,
        customer=None if customer is None else str(customer),
        total_excl=None if row.TotalExcl is None else row.sign * row.TotalExcl,
        day=row.OrderDate,
    )


def _as_sent(order: Mapping[str, Any]) -> dict[str, Any]:
    lines = [_named(line, _LINE) for line in order["OrderLines"]]
    return _named(order, _HEADER) | {"OrderLines": lines}


def _named(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """These fields of a row; fractions were read as text, and are numbers again."""
    found = {name: row[name] for name in names if row.get(name) is not None}
    return {name: _number(name, value) if name in _NUMBERS else value for name, value in found.items()}


def _number(name: str, value: Any) -> float:
    return odata.number(Decimal(value), name)
