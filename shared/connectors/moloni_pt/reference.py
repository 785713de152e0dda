"""The choices Moloni offers for the settings: ids with their titles."""

from collections.abc import Sequence

from shared.mapping import Choice
from shared.vat import percentage_key

from .client import Client


async def vat_codes(client: Client) -> Sequence[Choice]:
    """The company's VAT rates, and the reasons for charging none. `extra`: `percentage` as text ("23")."""
    rates = [
        Choice(
            str(tax.tax_id), f"{tax.name} ({percentage_key(tax.value)} %)", {"percentage": percentage_key(tax.value)}
        )
        for tax in await client.taxes()
        if tax.is_vat
    ]
    free = await client.exemptions()
    return [*rates, *(Choice(one.code, f"0 %: {one.name or one.code}", {"percentage": "0"}) for one in free)]


async def document_sets(client: Client) -> Sequence[Choice]:
    """The company's series."""
    return [Choice(str(row.document_set_id), row.name or str(row.document_set_id)) for row in await client.series()]


async def maturity_dates(client: Client) -> Sequence[Choice]:
    """The company's terms of payment. `extra`: `days`."""
    rows = await client.maturity_dates()
    return [Choice(str(row.maturity_date_id), row.name or f"{row.days} days", {"days": row.days}) for row in rows]


async def payment_methods(client: Client) -> Sequence[Choice]:
    """The company's ways to pay."""
    rows = await client.payment_methods()
    return [Choice(str(row.payment_method_id), row.name or str(row.payment_method_id)) for row in rows]


async def delivery_methods(client: Client) -> Sequence[Choice]:
    """The company's ways to deliver."""
    rows = await client.delivery_methods()
    return [Choice(str(row.delivery_method_id), row.name or str(row.delivery_method_id)) for row in rows]


async def units(client: Client) -> Sequence[Choice]:
    """The company's units; two of them may share a name, so the code is the id."""
    return [Choice(str(row.unit_id), row.name or row.short_name or str(row.unit_id)) for row in await client.units()]
