"""The choices Exact offers for the settings: codes with their titles."""

from shared.mapping import Choice

from .client import Client
from .models import VATCode
from .settings import percentage_key

_SALES_JOURNAL = 20


async def vat_codes(client: Client) -> list[Choice]:
    """VAT codes for sales, not blocked. `extra`: `percentage` as text ("21") and Exact's `type` (I: including VAT)."""
    rows = await client.vat_codes()
    return [_vat_choice(row) for row in rows if row.Code and not row.IsBlocked and row.VATTransactionType != "P"]


async def journals(client: Client) -> list[Choice]:
    """Sales journals, not blocked."""
    rows = await client.journals()
    return [
        Choice(row.Code, row.Description or row.Code)
        for row in rows
        if row.Code and row.Type == _SALES_JOURNAL and not row.IsBlocked
    ]


async def item_groups(client: Client) -> list[Choice]:
    """Item groups, which are the platform's categories."""
    return [Choice(row.Code, row.Description or row.Code) for row in await client.item_groups() if row.Code]


def _vat_choice(row: VATCode) -> Choice:
    assert row.Code is not None
    percentage = None if row.Percentage is None else percentage_key(row.Percentage * 100)
    return Choice(row.Code, row.Description or row.Code, {"percentage": percentage, "type": row.Type})
