"""The choices Multivers offers for the settings: codes with their titles (Multivers fact sheet, section 4.8)."""

from collections.abc import Sequence

from shared.mapping import Choice
from shared.vat import percentage_key

from .client import Client
from .models import Described, Pair


async def vat_codes(client: Client) -> Sequence[Choice]:
    """The VAT codes. `extra`: `percentage` as text ("21")."""
    return [
        Choice(
            one.vat_code_id,
            one.description or one.vat_code_id,
            {} if one.vat_percentage is None else {"percentage": percentage_key(one.vat_percentage)},
        )
        for one in await client.vat_codes()
    ]


async def journals(client: Client) -> Sequence[Choice]:
    """The journals, of purchases and banks too: which number means sales is not documented."""
    return await _described(client, "JournalInfoList")


async def payment_conditions(client: Client) -> Sequence[Choice]:
    """How long customers have to pay."""
    return await _described(client, "PaymentConditionInfoList")


async def countries(client: Client) -> Sequence[Choice]:
    """Countries by the administration's own codes."""
    return await _described(client, "CountryInfoList")


async def cost_centres(client: Client) -> Sequence[Choice]:
    """Cost centres."""
    return await _pairs(client, "CostCentreNVL")


async def vat_scenarios(client: Client) -> Sequence[Choice]:
    """VAT scenarios of sales."""
    return await _pairs(client, "SalesVatScenarioNVL")


async def _described(client: Client, what: str) -> Sequence[Choice]:
    return [Choice(one.id, one.description or one.id) for one in await client.table(what, Described)]


async def _pairs(client: Client, what: str) -> Sequence[Choice]:
    return [Choice(one.name, one.value or one.name) for one in await client.table(what, Pair)]
