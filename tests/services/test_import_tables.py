"""Reference data: what settings may hold is read seldom, beside the records, and harms nobody when that fails."""

from datetime import timedelta
from itertools import pairwise

import pytest

from services.importer import tables
from shared.mapping import Choice
from shared.reference import ADMINISTRATIONS, Reference
from shared.schemas.connections import Connection
from shared.store import Store
from tests.syncs import again, synced, text_of_log
from tests.world import World, make_world

NAMES = {
    "administrations",
    "vat_codes",
    "ledgers",
    "journals",
    "cost_centres",
    "cost_units",
    "warehouses",
    "item_groups",
    "relation_types",
}
FORBIDDEN = '{"error":{"code":"","message":{"lang":"","value":"Forbidden - Application Scope Violated."}}}'


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def codes(world: World, connection: Connection, name: str) -> list[str]:
    found = await Reference(world.store).load(connection.scope, name)
    return [choice.code for choice in found.choices] if found else []


def calls(world: World, path: str) -> int:
    return sum(call.path.endswith(path) for call in world.sandbox.calls)


async def test_the_first_sync_brings_every_table(world: World) -> None:
    connection = await synced(world)
    found = await Reference(world.store).load_all(connection.scope, NAMES)
    assert found.keys() == NAMES
    assert all(table.rows and table.problem is None for table in found.values())
    assert "4" in await codes(world, connection, "vat_codes")
    assert await codes(world, connection, "relation_types") == ["C", "P", "S", "A"]


async def test_a_vat_code_keeps_what_mapping_needs_to_know_of_it(world: World) -> None:
    connection = await synced(world)
    found = await Reference(world.store).load(connection.scope, "vat_codes")
    assert found is not None
    (high,) = [choice for choice in found.choices if choice.code == "4"]
    assert (high.extra["percentage"], bool(high.title)) == ("21", True)


async def test_the_administrations_are_those_the_login_may_open(world: World) -> None:
    connection = await synced(world)
    assert connection.administration.code in await codes(world, connection, ADMINISTRATIONS)


async def test_tables_are_not_read_again_before_they_are_old(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await synced(world)
    await again(world, connection)
    assert calls(world, "vat/VATCodes") == 1
    monkeypatch.setattr(tables, "FRESH", timedelta(0))
    await again(world, connection, "slot-3")
    assert calls(world, "vat/VATCodes") == 2


async def test_each_table_is_a_turn_of_its_own_behind_the_records(world: World) -> None:
    connection = await world.connected(import_kinds=["product_category"])
    await world.tick(connection)
    await world.one_turn("export")
    seen = [len(world.sandbox.calls)]
    while await world.one_turn("import"):
        seen.append(len(world.sandbox.calls))
    made = [after - before for before, after in pairwise(seen)]
    assert len(made) >= len(NAMES)
    assert max(made) <= 2, "a turn makes one call, or two when the token is renewed"


async def test_a_table_that_is_closed_to_the_app_keeps_nobody_from_the_others(world: World) -> None:
    world.sandbox.fail_next(403, body=FORBIDDEN, match="hrm/Costcenters", times=9)
    connection = await synced(world)
    found = await Reference(world.store).load_all(connection.scope, NAMES)
    assert found["cost_centres"].problem is not None
    assert "rights in Exact Online" in found["cost_centres"].problem
    assert found["cost_units"].rows
    assert "Sync finished" in await text_of_log(world, connection)
    await again(world, connection)
    assert calls(world, "hrm/Costcenters") == 1, "it is not asked for at every sync"


async def test_a_table_that_cannot_be_read_any_more_keeps_its_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await synced(world)
    before = await codes(world, connection, "journals")
    monkeypatch.setattr(tables, "FRESH", timedelta(0))
    world.sandbox.fail_next(403, body=FORBIDDEN, match="financial/Journals", times=9)
    await again(world, connection)
    assert await codes(world, connection, "journals") == before != []


async def test_a_table_the_package_could_not_give_just_now_is_asked_for_at_the_next_sync(world: World) -> None:
    world.sandbox.fail_next(503, body="<html>Maintenance</html>", match="vat/VATCodes")
    connection = await synced(world)
    assert await codes(world, connection, "vat_codes") == []
    await again(world, connection)
    assert "4" in await codes(world, connection, "vat_codes")


async def test_a_bug_in_reading_a_table_ends_that_table_and_not_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(tables, "read", broken)
    connection = await synced(world)
    assert "Sync finished" in await text_of_log(world, connection)


async def test_tables_are_kept_by_administration(store: Store) -> None:
    reference = Reference(store)
    await reference.save("c|1", "journals", [Choice("70", "Sales", {"type": 20})])
    await reference.save("c|2", "journals", [Choice("80", "Verkoop")])
    found = await reference.load("c|1", "journals")
    assert found is not None
    assert found.choices == [Choice("70", "Sales", {"type": 20})]
    await reference.remove("c|1", ["journals"])
    assert await reference.load("c|1", "journals") is None
    assert await reference.load("c|2", "journals") is not None
