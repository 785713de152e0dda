"""When everything is read again, and what proves that a record is gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.importer import tables
from shared.clock import stamp
from shared.connector import Import, Page, ReadFrom
from shared.connectors.exact_online import CONNECTOR
from shared.connectors.exact_online.client import Client
from shared.errors import Unavailable
from shared.schemas.entities import Entity, Product, ProductCategory
from shared.store import Document, Store
from shared.store.collections import CURSORS, RUNS
from tests.syncs import DIVISION, again, present, removals, remove, synced, table, text_of_log
from tests.world import World, make_world

GROUPS, ITEMS = "logistics/ItemGroups", "logistics/Items"


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


@pytest.fixture
def no_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that cannot be asked whether a category is there."""
    _change_import(monkeypatch, ProductCategory, exists=None, exists_batch=3)


def _change_import(monkeypatch: pytest.MonkeyPatch, entity: type[Entity], **changes: object) -> None:
    how: Import = replace(CONNECTOR.imports[entity], **changes)  # type: ignore[arg-type]  # names of its fields
    monkeypatch.setitem(CONNECTOR.imports, entity, how)  # type: ignore[arg-type]  # a dict, declared as a Mapping


def paths(world: World, since: int) -> list[str]:
    return [call.path for call in world.sandbox.calls[since:]]


@pytest.mark.usefixtures("no_look_up")
class TestWithoutALookUp:
    async def test_one_complete_read_removes_nothing_and_the_second_one_does(self, world: World) -> None:
        connection = await synced(world)
        gone = list(table(world, GROUPS))[2]
        remove(world, GROUPS, gone)
        assert removals(await again(world, connection)) == []
        assert removals(await again(world, connection, "slot-3")) == [("product_category", gone, "deleted")]
        assert removals(await again(world, connection, "slot-4")) == []

    async def test_a_turn_that_is_repeated_is_not_a_second_read(self, world: World) -> None:
        connection = await synced(world)
        remove(world, GROUPS, next(iter(table(world, GROUPS))))
        update, failures = world.store.update, [Unavailable("the store went away")]

        async def crash(collection: str, id: str, **how: Any) -> Document | None:
            if collection == RUNS and str(how.get("set", {}).get("position")).startswith(connection.scope) and failures:
                raise failures.pop()
            return await update(collection, id, **how)

        world.store.update = crash  # type: ignore[method-assign]
        await again(world, connection, kinds=("product_category",))
        assert failures == [], "the mark was stored, the position was not"
        await update("lanes", connection.id, set={"import.due": "2020-01-01T00:00:00.000000Z"})
        before = len(world.bus.messages)
        await world.quiet()
        assert removals(world.bus.messages[before:]) == []

    async def test_a_record_that_comes_back_in_between_is_as_good_as_new(self, world: World) -> None:
        connection = await synced(world)
        missing = next(iter(table(world, GROUPS)))
        row = table(world, GROUPS)[missing]
        books = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        remove(world, GROUPS, missing)
        await again(world, connection)
        books.save(GROUPS, row)
        assert await again(world, connection, "slot-3") == []
        remove(world, GROUPS, missing)
        assert removals(await again(world, connection, "slot-4")) == [], "it has to be missed twice in a row"

    async def test_a_read_that_fails_is_not_a_complete_one(self, world: World) -> None:
        connection = await synced(world)
        remove(world, GROUPS, next(iter(table(world, GROUPS))))
        await again(world, connection)
        world.sandbox.fail_next(400, match="logistics/ItemGroups", times=2)
        assert removals(await again(world, connection, "slot-3")) == []

    async def test_a_record_that_cannot_be_understood_is_there_all_the_same(self, world: World) -> None:
        connection = await synced(world)
        world.scenario.spoil(world.sandbox, "product_category")
        for slot in ("slot-2", "slot-3", "slot-4"):
            assert removals(await again(world, connection, slot)) == []

    async def test_many_that_are_missed_twice_are_held_for_the_owner(self, world: World) -> None:
        books = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        for number in range(40):
            books.save(GROUPS, {"ID": books.new_id(), "Code": f"G{number}", "Description": f"Groep {number}"})
        connection = await synced(world)
        for gone in list(table(world, GROUPS))[:25]:
            remove(world, GROUPS, gone)
        for slot in ("slot-2", "slot-3", "slot-4"):
            assert removals(await again(world, connection, slot)) == []
        assert "25 product categories seem to be deleted" in await text_of_log(world, connection)
        accepted = await again(world, connection, "slot-5", kinds=("product_category",), accept_deletions=True)
        assert len(removals(accepted)) == 25


async def test_many_deletions_are_held_however_many_pages_they_come_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"group-{n:02}" for n in range(40)]

    async def in_tens(_client: Client, where: ReadFrom) -> Page:
        if where.cursor is None:
            return Page([{"ID": id, "Code": id} for id in ids], next=None, cursor="all")
        begin = int(where.position or 0)
        return Page([], next=str(begin + 10) if begin < 30 else None, cursor="all", removed=ids[begin : begin + 10])

    _change_import(monkeypatch, ProductCategory, read=in_tens)
    connection = await synced(world, import_kinds=("product_category",))
    assert len(removals(await again(world, connection))) == 20
    assert "20 product categories seem to be deleted" in await text_of_log(world, connection)
    assert removals(await again(world, connection, "slot-held")) == [], "not a part of them in every run"
    accepted = await again(world, connection, "slot-3", kinds=("product_category",), accept_deletions=True)
    assert len(removals(accepted)) == 20


async def test_deletions_accepted_of_one_kind_are_held_of_another_kind_of_the_same_run(store: Store) -> None:
    world = make_world(store, items=100)
    connection = await synced(world)
    articles = [id for id, row in table(world, ITEMS).items() if not row.get("IsTime")]
    accounts = list(table(world, "crm/Accounts"))
    for resource, gone in ((ITEMS, articles[:25]), ("crm/Accounts", accounts[:25])):
        for id in gone:
            remove(world, resource, id)
    await world.tick(connection, "slot-2")
    await world.tick(connection, "manual", kinds=("product",), accept_deletions=True, reason="manual")
    before = len(world.bus.messages)
    await world.quiet()
    assert {kind for kind, _, _ in removals(world.bus.messages[before:])} == {"product"}


async def test_what_the_owner_accepts_while_a_page_is_read_is_not_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await synced(world)
    for gone in list(table(world, "crm/Accounts"))[:25]:
        remove(world, "crm/Accounts", gone)
    assert removals(await again(world, connection)) == []
    read = CONNECTOR.imports[ProductCategory].read

    async def meanwhile(client: Client, where: ReadFrom) -> Page:
        await world.tick(connection, "manual", kinds=("relation",), accept_deletions=True, reason="manual")
        return await read(client, where)

    _change_import(monkeypatch, ProductCategory, read=meanwhile)
    published = await again(world, connection, "slot-3", kinds=("product_category",))
    assert len(removals(published)) == 25


async def test_old_deletions_of_records_we_never_had_are_not_held_for_anybody(world: World) -> None:
    for gone in list(table(world, ITEMS))[:25]:
        remove(world, ITEMS, gone)
    connection = await synced(world)
    assert "seem to be deleted" not in await text_of_log(world, connection)
    assert await world.store.get(CURSORS, f"{connection.scope}|product") is not None


async def test_deletions_of_one_kind_are_held_while_the_other_kind_of_its_endpoint_goes_on(store: Store) -> None:
    world = make_world(store, items=100)
    connection = await synced(world)
    hours = [id for id, row in table(world, ITEMS).items() if row.get("IsTime")]
    articles = [id for id, row in table(world, ITEMS).items() if not row.get("IsTime")]
    for gone in [*articles[:25], hours[0]]:
        remove(world, ITEMS, gone)
    assert removals(await again(world, connection)) == [("hour_type", hours[0], "deleted")]
    accepted = await again(world, connection, "slot-3", kinds=("product",), accept_deletions=True, reason="manual")
    assert {id for _, id, _ in removals(accepted)} == set(articles[:25])


async def test_a_cursor_older_than_the_log_of_deletions_forces_a_full_read(world: World) -> None:
    connection = await synced(world)
    id = f"{connection.scope}|product"
    gone = next(event["vendor_id"] for event in present(world, "product").values())
    world.sandbox.division(DIVISION).drop(ITEMS, gone, entity_type=None, by="x")  # type: ignore[attr-defined]
    for days, told in ((54, []), (56, [("product", gone, "deleted")])):
        completed = stamp(await world.store.now() - timedelta(days=days))
        await world.store.update(CURSORS, id, set={"completed": completed})
        assert removals(await again(world, connection, f"slot-{days}")) == told


async def test_a_new_mapping_reads_everything_again_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await synced(world)

    def louder(*args: object) -> object:
        made = CONNECTOR_PRODUCT.map(*args)
        return made.model_copy(update={"unit": "box"}) if isinstance(made, Product) else made

    _change_import(monkeypatch, Product, map=louder, version=2)
    published = await again(world, connection)
    assert len(published) == len(present(world, "product"))
    assert {event["record"]["unit"] for event in present(world, "product").values()} == {"box"}
    before = len(world.sandbox.calls)
    assert await again(world, connection, "slot-3") == []
    assert len(paths(world, before)) == 30, "a sync of what is unchanged"


CONNECTOR_PRODUCT = CONNECTOR.imports[Product]


class TestADivisionMove:
    """Exact fact sheet, section 2: when the administration moves, all row versions begin anew."""

    @pytest.fixture
    def reads(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str | None]]:
        """The cursors that items are read from, page by page."""
        seen: list[str | None] = []
        read = Client.items

        async def watched(client, where):  # type: ignore[no-untyped-def]
            seen.append(where.cursor if where.position is None else "further")
            return await read(client, where)

        for entity, how in list(CONNECTOR.imports.items()):
            if how.read is read:
                _change_import(monkeypatch, entity, read=watched)
        yield seen
        seen.clear()

    async def test_it_forces_one_full_read_that_publishes_nothing_twice(
        self, world: World, monkeypatch: pytest.MonkeyPatch, reads: list[str | None]
    ) -> None:
        connection = await synced(world)
        division = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        division.info["DivisionMoveDate"] = datetime(2026, 11, 1)  # noqa: DTZ001  # Exact's own local time
        monkeypatch.setattr(tables, "FRESH", timedelta(0))
        await again(world, connection)
        reads.clear()
        assert await again(world, connection, "slot-3") == []
        assert reads == [None, "further"]
        reads.clear()
        await again(world, connection, "slot-4")
        assert reads[0] is not None

    async def test_a_division_that_moved_long_ago_is_read_in_full_only_once(
        self, world: World, reads: list[str | None]
    ) -> None:
        division = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        division.info["DivisionHRLinkUnlinkDate"] = datetime(2024, 1, 1)  # noqa: DTZ001
        connection = await synced(world)
        reads.clear()
        await again(world, connection)
        assert reads[0] is not None

    async def test_records_that_went_with_the_move_are_looked_up_and_removed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection = await synced(world)
        division = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        gone = next(iter(present(world, "relation").values()))["vendor_id"]
        division.drop("crm/Accounts", gone, entity_type=None, by="x")
        division.info["DivisionMoveDate"] = datetime(2026, 11, 1)  # noqa: DTZ001
        monkeypatch.setattr(tables, "FRESH", timedelta(0))
        assert removals(await again(world, connection)) == []
        assert removals(await again(world, connection, "slot-3")) == [("relation", gone, "deleted")]


async def test_a_record_that_is_shown_lives_whatever_the_same_page_says_of_deletions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await synced(world)
    read = CONNECTOR.imports[ProductCategory].read

    async def contradicting_itself(client: Client, where: ReadFrom) -> Page:
        page = await read(client, where)
        return replace(page, removed=[row["ID"] for row in page.records])

    _change_import(monkeypatch, ProductCategory, read=contradicting_itself)
    assert await again(world, connection) == []


async def test_a_read_that_cannot_prove_to_be_complete_removes_nothing_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"ID": f"group-{n}", "Code": f"G{n}"} for n in range(3)]
    doubts: list[str | None] = [None]

    async def read(_client: Client, _where: ReadFrom) -> Page:
        return Page(rows, next=None, doubt=doubts[-1])

    async def none_of_them(_client: Client, _ids: Any) -> set[str]:
        return set()

    _change_import(monkeypatch, ProductCategory, read=read, exists=none_of_them)
    connection = await synced(world, import_kinds=("product_category",))
    del rows[0]
    doubts.append("There are too many to be sure.")
    assert removals(await again(world, connection)) == []
    told = await text_of_log(world, connection)
    assert "Product categories of Exact Online may be incomplete" in told
    assert "There are too many to be sure." in told
    doubts.append(None)
    assert removals(await again(world, connection, "slot-3")) == [("product_category", "group-0", "deleted")]
