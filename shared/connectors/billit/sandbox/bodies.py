"""What comes in and goes out as JSON: names in any case, dates without a zone, no nulls (Billit fact sheet, 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shared.sandbox.payload import decode, encode

from .refusals import generic

PARTY = (
    "PartyID", "Nr", "Name", "CommercialName", "DisplayName", "Addresses", "Street", "StreetNumber", "Box", "Zipcode",
    "City", "CountryCode", "IBAN", "BIC", "Mobile", "Phone", "Fax", "Email", "Website", "Contact", "ContactFirstName",
    "ContactLastName", "VATNumber", "PartyType", "VATLiable", "GLAccountCode", "Language", "ExternalProviderID",
    "ExternalProviderTC", "Identifiers", "InternalInfo", "DefaultCurrencyTC",
)  # fmt: skip
PRODUCT = (
    "ProductID", "Reference", "Description", "AmountExcl", "AmountIncl", "VAT", "Unit", "GroupID", "GroupName",
    "InternalInformation", "EAN", "ExternalProviderTC",
)  # fmt: skip
ORDER = (
    "OrderID", "OrderPDF", "Attachments", "OrderNumber", "CustomerID", "Customer", "OrderDate", "ExpiryDate",
    "DeliveryDate", "OrderType", "OrderDirection", "OrderLines", "OrderTitle", "Reference", "PaymentReference",
    "AboutInvoiceNumber", "Currency", "FXRateToForeign", "VentilationCode", "ExternalProviderID", "Comments",
    "InternalInfo", "IsSent", "Paid", "PaidDate", "PaymentMethod", "PeriodFrom", "PeriodTill", "AccountCode",
)  # fmt: skip
LINE = (
    "Quantity", "UnitPriceExcl", "UnitPriceIncl", "Description", "DescriptionExtended", "Reference", "VATPercentage",
    "TotalIncl", "InclLeading", "ReductionPercentage", "ProductID", "Unit", "AccountCode", "VentilationCode",
)  # fmt: skip


async def read(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; `GenericError` when it is none."""
    try:
        body = decode(await request.body())
    except ValueError:
        raise generic("The request is not valid JSON.") from None
    if not isinstance(body, Mapping):
        raise generic("The request should be an object.")
    return dict(body)


def bound(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The known properties under their own names; unknown ones are ignored, nulls refused."""
    known = {name.lower(): name for name in names}
    found = {known[name.lower()]: value for name, value in body.items() if name.lower() in known}
    if empty := sorted(name for name, value in found.items() if value is None):
        raise generic(f"The value of {', '.join(empty)} may not be null.")
    return found


def day(body: dict[str, Any], name: str, *, with_time: bool = False) -> None:
    """Turn a date of the body into a moment; `GenericError` when it is none, or lacks the time it must have."""
    text = body.get(name)
    if text is None:
        return
    try:
        body[name] = datetime.fromisoformat(str(text))
    except ValueError:
        raise generic(f"{name} is not a valid date: {text}") from None
    if with_time and "T" not in str(text):
        raise generic(f"{name} must contain a time.")


def amount(value: object, name: str) -> Decimal:
    """A number of a body."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise generic(f"{name} is not a number.")
    return Decimal(value)


def answer(value: Any, status: int = 200) -> Response:
    """JSON as Billit sends it."""
    return Response(encode(_rendered(value)), status, media_type="application/json")


def _rendered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rendered(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_rendered(inner) for inner in value]
    return _text(value) if isinstance(value, datetime) else value


def _text(moment: datetime) -> str:
    """`2026-02-10T15:00:49.72`: a fraction of one to three digits, or none (section 2)."""
    fraction = f"{moment.microsecond // 1000:03d}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{fraction}" if fraction else "")
