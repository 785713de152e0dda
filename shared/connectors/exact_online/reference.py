"""The choices Exact offers for the settings: codes with their titles."""

from collections.abc import Sequence

from shared.mapping import Choice
from shared.vat import percentage_key

from .client import Client
from .models import Named, VATCode

_SALES_JOURNAL = 20


async def vat_codes(client: Client) -> list[Choice]:
    """VAT codes that lines of ours may carry. `extra`: `percentage` as text ("21") and Exact's `type`.

    For sales, not blocked, and not for prices that include VAT (type I): ours exclude it.
    """
    rows = await client.vat_codes()
    usable = (row for row in rows if not row.IsBlocked and row.VATTransactionType != "P" and row.Type != "I")
    return [_vat_choice(row) for row in usable if row.Code]


async def journals(client: Client) -> list[Choice]:
    """Sales journals, not blocked."""
    rows = await client.journals()
    return _choices([row for row in rows if row.Type == _SALES_JOURNAL and not row.IsBlocked])


async def ledgers(client: Client) -> list[Choice]:
    """Ledgers, not blocked. `extra`: Exact's `type` (110: revenue)."""
    rows = await client.ledgers()
    return [
        Choice(row.Code, row.Description or row.Code, {"type": row.Type})
        for row in rows
        if row.Code and not row.IsBlocked
    ]


async def cost_centres(client: Client) -> list[Choice]:
    """Cost centres."""
    return _choices(await client.cost_centres())


async def cost_units(client: Client) -> list[Choice]:
    """Cost units."""
    return _choices(await client.cost_units())


async def warehouses(client: Client) -> list[Choice]:
    """Warehouses."""
    return _choices(await client.warehouses())


async def item_groups(client: Client) -> list[Choice]:
    """Item groups, which are the platform's categories."""
    return _choices(await client.item_groups())


async def relation_types(_client: Client) -> list[Choice]:
    """What `relation_types` may hold: Exact's statuses of an account (section 8), the same in every administration."""
    return [Choice("C", "Customer"), Choice("P", "Prospect"), Choice("S", "Suspect"), Choice("A", "None of these")]


def _choices(rows: Sequence[Named]) -> list[Choice]:
    return [Choice(row.Code, row.Description or row.Code) for row in rows if row.Code]


def _vat_choice(row: VATCode) -> Choice:
    assert row.Code is not None
    percentage = None if row.Percentage is None else percentage_key(row.Percentage * 100)
    return Choice(row.Code, row.Description or row.Code, {"percentage": percentage, "type": row.Type})
