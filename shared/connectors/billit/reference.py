"""The choices Billit offers for the settings: codes with their titles."""

from collections.abc import Sequence

from shared.mapping import Choice
from shared.vat import percentage_key

from .client import Client
from .ventilation import CHARGED, REASONS, ZERO


async def vat_codes(_client: Client) -> Sequence[Choice]:
    """The ventilation codes, the same for every company (section 4.6). `extra`: `percentage` as text ("21")."""
    charged = [
        Choice(code, f"{percentage} %", {"percentage": percentage_key(percentage)})
        for code, percentage in CHARGED.items()
    ]
    free = {ZERO: "zero", **REASONS}
    return [*charged, *(Choice(code, f"0 %: {title}", {"percentage": "0"}) for code, title in free.items())]
