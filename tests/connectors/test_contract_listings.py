"""What every connector promises that can read documents back: all of them, as they were sent, and no other day's."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from shared import connectors
from shared.connector import Listing, Period
from shared.exporting import MODELS
from shared.mapping import Listed
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from tests.books import reconciled
from tests.connectors.contract import (
    EXPORTS,
    NUMBER,
    TOTAL,
    Exporting,
    case_id,
    entry_of,
    event_of,
    opened,
    outcomes,
    settled,
)

LISTED = [
    (name, flow, export)
    for name, flow, export in EXPORTS
    if connectors.get(name).exports[MODELS[flow], export].listing is not None
]
"""Connector, flow, document type."""
DAY = date(2026, 11, 20)
NEXT, BEFORE = DAY + timedelta(days=1), DAY - timedelta(days=1)


class Reading(Exporting):
    """A world in which documents of one kind are read back."""

    async def listed(self, connection: Connection, period: Period) -> list[Listed]:
        """All pages, a minute before each, for packages that limit calls."""
        found: list[Listed] = []
        position: str | None = None
        while True:
            await self.world.wait(timedelta(minutes=1))
            async with self.world.hub.connect(connection, "import") as client:
                page = await self.listing.read(client, period, position)
            found += page.documents
            if page.next is None:
                return found
            position = page.next

    async def fetched(self, connection: Connection, *ids: str) -> list[Listed]:
        async with self.world.hub.connect(connection, "import") as client:
            return list(await self.listing.fetch(client, ids))

    @property
    def listing(self) -> Listing:
        assert self.how.listing is not None
        return self.how.listing


@pytest.fixture(params=LISTED, ids=case_id)
async def reading(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Reading]:
    name, flow, export = request.param
    async with opened(name, tmp_path) as world:
        yield Reading(world, flow, export)


async def test_a_document_is_read_back_as_it_was_sent(reading: Reading) -> None:
    connection = await reading.connected()
    await reading.publish(reading.document())
    entry = await entry_of(reading.world)
    (found,) = [one for one in await reading.listed(connection, Period(DAY, DAY)) if one.reference == NUMBER]
    assert (found.vendor_id, found.number) == (entry.vendor_id, entry.vendor_number)
    assert (found.total_excl, found.day, found.currency) == (TOTAL, DAY, connection.administration.currency)
    assert found.total_incl is None or found.total_incl > TOTAL
    open_ones = reading.world.scenario.unfinished(reading.world.sandbox)
    assert found.state == ("draft" if NUMBER in open_ones else "final")


async def test_a_document_of_another_day_is_not_in_the_list(reading: Reading) -> None:
    connection = await reading.connected()
    await reading.publish(reading.document())
    for period, there in {Period(BEFORE, BEFORE): 0, Period(BEFORE, DAY): 1, Period(DAY, NEXT): 1}.items():
        found = [one.reference for one in await reading.listed(connection, period)]
        assert found.count(NUMBER) == there, period
    assert NUMBER not in [one.reference for one in await reading.listed(connection, Period(NEXT, NEXT))]


async def test_a_document_is_looked_up_by_its_id_and_a_deleted_one_is_not_found(reading: Reading) -> None:
    connection = await reading.connected()
    await reading.publish(reading.document(), reading.document("WO-2"))
    ids = [(await entry_of(reading.world, number)).vendor_id or "" for number in (NUMBER, "WO-2")]
    found = await reading.fetched(connection, *ids)
    listed = await reading.listed(connection, Period(DAY, DAY))
    assert sorted(found, key=str) == sorted((one for one in listed if one.vendor_id in ids), key=str)
    reading.world.scenario.discard(reading.world.sandbox, NUMBER)
    assert [one.reference for one in await reading.fetched(connection, *ids)] == ["WO-2"]


async def test_after_exporting_all_agree_and_what_somebody_deletes_is_missing(reading: Reading) -> None:
    world = reading.world
    connection = await reading.connected()
    await reading.publish(reading.document(), reading.document("WO-2"))
    run = await reconciled(world, connection, "r-1")
    assert (run.state, run.agreeing, run.differing) == ("done", 2, 0)
    world.scenario.discard(world.sandbox, NUMBER)
    run = await reconciled(world, connection, "r-2")
    assert (run.state, run.agreeing, run.differing) == ("done", 1, 1)
    assert [one.result for one in outcomes(world)] == ["exported", "exported"], "nothing is sent again"


@pytest.mark.parametrize("case", LISTED, ids=case_id)
async def test_a_list_is_read_to_its_last_page_and_nothing_twice(case: tuple[str, Flow, str], tmp_path: Path) -> None:
    name, flow, export = case
    async with opened(name, tmp_path, paged=True) as world:
        reading = Reading(world, flow, export)
        connection = await reading.connected()
        numbers = [f"WO-{number}" for number in range(70)]
        await world.publish(*(event_of(reading.document(number)) for number in numbers))
        await settled(world)
        found = await reading.listed(connection, Period(date(2020, 1, 1), date(2030, 1, 1)))
        ids = [one.vendor_id for one in found]
        assert len(ids) == len(set(ids))
        assert {one.reference for one in found} >= set(numbers)
