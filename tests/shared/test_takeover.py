"""Two connections of one tenant never bill the same days."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shared import connectors
from shared.errors import Misconfigured
from shared.schemas.connections import Connection
from shared.store import Store
from shared.takeover import billed, clash
from tests.services.cli.support import second_connection
from tests.world import World, make_world

JUNE = date(2026, 6, 1)
BILLS: dict[str, Any] = {"work_order_document": "sales_order", "invoice_document": None}


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


@pytest.fixture
async def first(world: World) -> Connection:
    """Exports from 2026-01-01."""
    return await world.connected()


def another(first: Connection, begins: date | None = JUNE, until: date | None = None, **settings: Any) -> Connection:
    days = {"exports_from": begins, "exports_until": until}
    return first.model_copy(update={"id": "second", "settings": {**BILLS, **settings}, **days})


async def test_the_same_flow_from_a_day_on_clashes_and_says_when_the_other_would_end(first: Connection) -> None:
    found = clash(another(first), first)
    assert found is not None
    assert (found.other, found.last_day) == (first.id, date(2026, 5, 31))
    assert "bills the work orders of this company already" in found.why_not_start
    assert "--takes-over" in found.why_not_start


async def test_what_begins_before_the_other_is_refused(first: Connection) -> None:
    with pytest.raises(Misconfigured, match="bills the work orders of this company from 2026-01-01"):
        clash(another(first, date(2025, 12, 31)), first)


async def test_the_same_first_day_takes_over_all_of_it(first: Connection) -> None:
    found = clash(another(first, date(2026, 1, 1)), first)
    assert found is not None
    assert found.last_day == date(2025, 12, 31)


@pytest.mark.parametrize(
    "other",
    [
        {"begins": None},
        {"begins": date(2026, 1, 1), "until": date(2026, 5, 31)},
        {"begins": date(2026, 1, 1), "work_order_document": None},
    ],
    ids=["not started", "ended the day before", "exports nothing"],
)
async def test_nothing_stands_against_a_connection_beside_one_that(first: Connection, other: dict[str, Any]) -> None:
    started = first.model_copy(update={"exports_from": JUNE})
    assert clash(started, another(first, **other)) is None


async def test_a_range_that_ended_before_the_other_begins_clashes_with_nothing(first: Connection) -> None:
    ended = another(first, date(2025, 1, 1), until=date(2025, 12, 31))
    assert clash(ended, first) is None


async def test_only_document_types_that_become_revenue_are_billed(
    first: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert billed(first) == {"workorder"}
    assert billed(another(first, work_order_document=None)) == set()
    package = connectors.get("exact_online")
    records = {kind: replace(export, bills=False) for kind, export in package.exports.items()}
    monkeypatch.setattr(connectors, "get", lambda _: replace(package, exports=records))
    assert billed(first) == set()


async def test_connections_of_other_tenants_stand_in_nobodys_way(world: World, first: Connection) -> None:
    assert (await world.connected("bakker", exports_from=JUNE)).exports_from == JUNE
    assert (await world.hub.connections.get(first.id)).exports_until is None


async def test_a_takeover_ends_the_other_the_day_before(world: World, first: Connection) -> None:
    other = await second_connection(world, first)
    with pytest.raises(Misconfigured, match="--takes-over"):
        await world.hub.connections.start_exports(other, JUNE)
    assert (await world.hub.connections.get(other)).exports_from is None
    started = await world.hub.connections.start_exports(other, JUNE, takes_over=True)
    assert (started.exports_from, started.exports_until) == (JUNE, None)
    ended = await world.hub.connections.get(first.id)
    assert (ended.exports_from, ended.exports_until) == (date(2026, 1, 1), date(2026, 5, 31))


async def test_taking_it_back_later_begins_anew_without_an_end(world: World, first: Connection) -> None:
    other = await second_connection(world, first)
    await world.hub.connections.start_exports(other, JUNE, takes_over=True)
    back = await world.hub.connections.start_exports(first.id, date(2026, 9, 1), takes_over=True)
    assert (back.exports_from, back.exports_until) == (date(2026, 9, 1), None)
    assert (await world.hub.connections.get(other)).exports_until == date(2026, 8, 31)


async def test_an_earlier_start_within_its_own_range_keeps_its_end(world: World, first: Connection) -> None:
    other = await second_connection(world, first)
    await world.hub.connections.start_exports(other, JUNE, takes_over=True)
    earlier = await world.hub.connections.start_exports(first.id, date(2025, 11, 1))
    assert (earlier.exports_from, earlier.exports_until) == (date(2025, 11, 1), date(2026, 5, 31))


async def test_a_connection_that_was_ended_stands_in_nobodys_way(world: World, first: Connection) -> None:
    other = await second_connection(world, first)
    await world.hub.connections.disconnect(first.id)
    assert (await world.hub.connections.start_exports(other, JUNE)).exports_from == JUNE


async def test_a_document_type_that_bills_the_same_cannot_be_chosen_afterwards(world: World, first: Connection) -> None:
    other = await second_connection(world, first)
    await world.hub.connections.change_settings(other, {"work_order_document": None})
    await world.hub.connections.start_exports(other, JUNE)
    with pytest.raises(Misconfigured, match="Switch that off there first"):
        await world.hub.connections.change_settings(other, {"work_order_document": "sales_order"})
    await world.hub.connections.change_settings(other, {"journal": "70"})
    await world.hub.connections.change_settings(first.id, {"work_order_document": None})
    chosen = await world.hub.connections.change_settings(other, {"work_order_document": "sales_order"})
    assert chosen.settings["work_order_document"] == "sales_order"
