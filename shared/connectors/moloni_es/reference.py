"""The choices Moloni offers for the settings: codes with their titles."""

from collections.abc import Sequence

from shared.mapping import Choice
from shared.vat import percentage_key

from .client import Client


async def vat_codes(client: Client) -> Sequence[Choice]:
    """The taxes that are VAT, by id. `extra`: `percentage` as text ("21")."""
    return [
        Choice(str(row.taxId), row.name or str(row.taxId), {"percentage": percentage_key(row.value)})
        for row in await client.taxes()
        if row.is_vat and row.value is not None
    ]


async def document_sets(client: Client) -> Sequence[Choice]:
    """The series of the company."""
    return [Choice(str(row.documentSetId), row.name or str(row.documentSetId)) for row in await client.document_sets()]


async def measurement_units(client: Client) -> Sequence[Choice]:
    """The units of products."""
    return [
        Choice(str(row.measurementUnitId), row.name or str(row.measurementUnitId), {"abbreviation": row.abbreviation})
        for row in await client.units()
    ]


async def countries(client: Client) -> Sequence[Choice]:
    """Countries by Moloni's id. `extra`: `code`, the ISO one."""
    return [
        Choice(str(row.countryId), row.title or row.iso3166_1 or str(row.countryId), {"code": row.iso3166_1})
        for row in await client.countries()
    ]
