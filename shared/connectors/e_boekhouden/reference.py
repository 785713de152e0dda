"""The choices e-Boekhouden offers for the settings: codes with their titles."""

from collections.abc import Sequence

from shared.mapping import Choice
from shared.vat import percentage_key

from .client import Client
from .vat_codes import VAT_CODES


async def vat_codes(_client: Client) -> Sequence[Choice]:
    """VAT codes of sales: the package cannot list them. `extra`: `percentage` as text ("21"), None: not known."""
    return [
        Choice(
            one.code,
            one.title,
            {"percentage": None if one.percentage is None else percentage_key(one.percentage)},
        )
        for one in VAT_CODES.values()
        if one.for_sales
    ]


async def ledgers(client: Client) -> Sequence[Choice]:
    """Ledger accounts of results and balance. `extra`: the package's `category`."""
    rows = await client.ledgers()
    return [
        Choice(row.Code, row.Omschrijving or row.Code, {"category": row.Categorie})
        for row in rows
        if row.Categorie in {"VW", "BAL"}
    ]


async def cost_centres(client: Client) -> Sequence[Choice]:
    """Cost centres, by id: they have no code."""
    rows = await client.cost_centres()
    return [Choice(str(row.KostenplaatsId), row.Omschrijving or str(row.KostenplaatsId)) for row in rows]
