"""What is peculiar to a kind: hours beside articles, categories without a delta, employees who left."""

import pytest

from shared.store import Store
from shared.store.collections import CURSORS, REFERENCE
from tests.syncs import (
    DIVISION,
    again,
    change,
    of_kind,
    present,
    records,
    removals,
    remove,
    synced,
    table,
    text_of_log,
    vendor_id,
)
from tests.world import World, make_world

ITEMS, EMPLOYEES, GROUPS = "logistics/Items", "payroll/Employees", "logistics/ItemGroups"
FORBIDDEN = '{"error":{"code":"","message":{"lang":"","value":"Forbidden - Application Scope Violated."}}}'


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


def article(world: World, *, hours: bool) -> str:
    return next(id for id, row in table(world, ITEMS).items() if bool(row.get("IsTime")) is hours)


def paths(world: World, since: int) -> list[str]:
    return [call.path for call in world.sandbox.calls[since:]]


class TestHoursAndArticles:
    async def test_hour_items_are_hour_types_and_all_others_are_products(self, world: World) -> None:
        await synced(world)
        hours = {id for id, row in table(world, ITEMS).items() if row.get("IsTime")}
        assert {event["vendor_id"] for event in present(world, "hour_type").values()} == hours
        assert {event["vendor_id"] for event in present(world, "product").values()} == table(
            world, ITEMS
        ).keys() - hours

    async def test_an_article_that_becomes_hours_is_removed_as_product_and_appears_as_hour_type(
        self, world: World
    ) -> None:
        connection = await synced(world)
        flipped = article(world, hours=False)
        change(world, ITEMS, flipped, IsTime=1, Unit="uur")
        published = await again(world, connection)
        assert removals(published) == [("product", flipped, "filtered")]
        assert [vendor_id(message) for message in of_kind(published, "hour_type")] == [flipped]

    async def test_hours_that_become_an_article_go_the_other_way(self, world: World) -> None:
        connection = await synced(world)
        flipped = article(world, hours=True)
        change(world, ITEMS, flipped, IsTime=0, Unit="stuk")
        published = await again(world, connection)
        assert removals(published) == [("hour_type", flipped, "filtered")]
        assert [vendor_id(message) for message in of_kind(published, "product")] == [flipped]

    async def test_a_kind_that_is_read_later_sees_a_change_of_kind_too(self, world: World) -> None:
        connection = await synced(world)
        flipped = article(world, hours=False)
        change(world, ITEMS, flipped, IsTime=1)
        assert removals(await again(world, connection, kinds=("product",))) == [("product", flipped, "filtered")]
        assert records(await again(world, connection, "slot-3", kinds=("hour_type",)))[0]["vendor_id"] == flipped

    async def test_one_read_serves_both(self, world: World) -> None:
        connection = await synced(world)
        before = len(world.sandbox.calls)
        await again(world, connection, kinds=("product", "hour_type"))
        assert [path.split("/sync/")[1] for path in paths(world, before)] == ["Logistics/Items", "Deleted"]

    async def test_from_different_places_each_reads_for_itself(self, world: World) -> None:
        connection = await synced(world)
        change(world, ITEMS, article(world, hours=False), Description="Anders")
        await again(world, connection, kinds=("product",))
        before = len(world.sandbox.calls)
        await again(world, connection, "slot-3", kinds=("product", "hour_type"))
        assert sum(path.endswith("/sync/Logistics/Items") for path in paths(world, before)) == 2
        cursors = await world.store.get_many(
            CURSORS, [f"{connection.scope}|{kind}" for kind in ("product", "hour_type")]
        )
        assert len({row["cursor"] for row in cursors.values()}) == 1, "and now they stand at the same place again"

    async def test_a_read_together_that_takes_several_pages_brings_everything(self, store: Store) -> None:
        world = make_world(store, items=1300)
        await synced(world, import_kinds=["product", "hour_type"])
        hours = len(present(world, "hour_type"))
        assert hours > 0
        assert len(present(world, "product")) == len(table(world, ITEMS)) - hours

    async def test_a_full_read_together_looks_both_kinds_up_for_what_it_did_not_see(self, world: World) -> None:
        connection = await synced(world)
        gone = [article(world, hours=False), article(world, hours=True)]
        for id in gone:
            world.sandbox.division(DIVISION).drop(ITEMS, id, entity_type=None, by="x")  # type: ignore[attr-defined]
        assert removals(await again(world, connection)) == [], "no delta tells of it"
        both = {"product_categories": ["CV", "LEID", "SAN", "ELEK", "KLIM", "BEV", "ARB"]}
        await world.hub.connections.change_settings(
            connection.id, {**both, "hour_type_categories": both["product_categories"]}
        )
        published = await again(world, connection, "slot-3")
        assert removals(published) == [("product", gone[0], "deleted"), ("hour_type", gone[1], "deleted")]

    async def test_deleted_hours_are_removed_from_hour_types_alone(self, world: World) -> None:
        connection = await synced(world)
        gone = article(world, hours=True)
        remove(world, ITEMS, gone)
        assert removals(await again(world, connection)) == [("hour_type", gone, "deleted")]

    async def test_only_hours_of_chosen_categories_are_imported(self, world: World) -> None:
        connection = await synced(world)
        count = len(present(world, "hour_type"))
        await world.hub.connections.change_settings(connection.id, {"hour_type_categories": ["CV"]})
        published = await again(world, connection)
        assert [reason for _, _, reason in removals(published)] == ["filtered"] * count
        assert of_kind(published, "product") == [], "articles are not touched by it"

    async def test_when_the_endpoint_fails_both_kinds_say_so(self, world: World) -> None:
        connection = await world.connected()
        world.sandbox.fail_next(400, match="sync/Logistics/Items", times=9)
        await world.tick(connection)
        await world.quiet()
        assert present(world, "product") == present(world, "hour_type") == {}
        log = await text_of_log(world, connection)
        assert "Products could not be read" in log
        assert "Hour types could not be read" in log


class TestCategories:
    async def test_a_new_category_a_new_name_and_a_deleted_one_are_seen_by_reading_all(self, world: World) -> None:
        connection = await synced(world)
        first, second = list(table(world, GROUPS))[:2]
        change(world, GROUPS, first, Description="Ketels")
        remove(world, GROUPS, second)
        published = await again(world, connection)
        assert [record["name"] for record in records(published)] == ["Ketels"]
        assert removals(published) == [("product_category", second, "deleted")]

    async def test_more_categories_than_fit_a_page_are_all_read(self, world: World) -> None:
        books = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        for number in range(130):
            books.save(GROUPS, {"ID": books.new_id(), "Code": f"G{number}", "Description": f"Groep {number}"})
        await synced(world)
        assert len(present(world, "product_category")) == len(table(world, GROUPS)) > 130


class TestEmployees:
    async def test_who_left_is_removed_unless_the_user_wants_those_too(self, world: World) -> None:
        connection = await synced(world)
        left = next(event["vendor_id"] for event in present(world, "employee").values())
        change(world, EMPLOYEES, left, IsActive=False, EndDate="2026-10-31")
        assert removals(await again(world, connection)) == [("employee", left, "filtered")]
        await world.hub.connections.change_settings(connection.id, {"include_inactive_employees": True})
        everybody = await again(world, connection, "slot-3")
        assert {record["vendor_id"]: record["active"] for record in records(everybody)}[left] is False
        assert len(present(world, "employee")) == len(table(world, EMPLOYEES))

    async def test_an_employee_deleted_in_the_package_becomes_a_tombstone(self, world: World) -> None:
        connection = await synced(world)
        gone = next(event["vendor_id"] for event in present(world, "employee").values())
        remove(world, EMPLOYEES, gone)
        assert removals(await again(world, connection)) == [("employee", gone, "deleted")]

    async def test_without_the_right_to_see_employees_everything_else_is_imported(self, world: World) -> None:
        connection = await world.connected()
        world.sandbox.fail_next(403, body=FORBIDDEN, match="Payroll/Employees", times=9)
        await world.tick(connection)
        await world.quiet()
        assert present(world, "payment")
        assert "Employees could not be read from Exact Online: Exact Online does not allow this." in await text_of_log(
            world, connection
        )
        lane = await world.hub.lanes.get(connection.id)
        assert lane is not None
        assert lane.rest is None, "exports go on"


async def test_every_table_and_kind_of_the_first_sync_is_there(world: World) -> None:
    await synced(world)
    expected = world.scenario.expected(world.sandbox)
    assert {kind: len(present(world, kind)) for kind in expected} == expected
    assert await world.store.count(REFERENCE, {}) == 9
