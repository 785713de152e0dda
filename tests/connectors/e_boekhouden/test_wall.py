"""The wall of 2,000 is passed: everything arrives once, news are few, and nothing is removed on a guess."""

from collections import Counter
from contextlib import asynccontextmanager

from shared import topics
from shared.connectors.e_boekhouden.partition import QUICK_READS
from shared.sandbox import create
from shared.settings import Settings
from shared.store.collections import RUNS
from shared.store.sqlite import SqliteStore
from tests.connectors.contract import settled, sync_again
from tests.world import World, access_to


@asynccontextmanager
async def synced(folder, **options):
    """A world of that size, after its first sync."""
    sandbox = create("e_boekhouden", **options)
    store = SqliteStore(folder / "store.db", clock=sandbox.clock)
    access = access_to("e_boekhouden", sandbox.base_url)
    world = World(store, sandbox, "e_boekhouden", Settings(_env_file=None, **access), own_time=True)
    await world.hub.open()
    try:
        connection = await world.connected(**world.scenario.settings)
        await world.tick(connection, "first")
        await settled(world)
        yield world, connection
    finally:
        await world.hub.close()


def published(world):
    """How often each record was published, by kind."""
    kinds = world.scenario.expected(world.sandbox)
    return {kind: Counter(message.key for message in world.bus.of(topics.entities(kind))) for kind in kinds}


async def log(world, connection, event):
    return [line for line in await world.hub.journal.read(connection.id) if line["event"] == event]


async def test_7300_relations_and_5100_articles_arrive_once_and_then_only_what_changed(tmp_path):
    async with synced(tmp_path, relations=7300, articles=5100) as (world, connection):
        books = world.sandbox.books()
        assert (len(books.relations), len(books.articles)) == (7300, 5100)
        arrived = published(world)
        assert {kind: len(found) for kind, found in arrived.items()} == world.scenario.expected(world.sandbox)
        assert {times for found in arrived.values() for times in found.values()} == {1}
        assert await log(world, connection, "sync.incomplete") == [], "it was proved to be all"
        assert await sync_again(world, connection, "second") == []
        for id in (min(books.relations), max(books.relations)):
            world.sandbox.change("relations", id, Bedrijf="Met de hand gewijzigd")
        article = next(id for id in reversed(books.articles) if books.articles[id]["Actief"])
        world.sandbox.change("articles", article, ArtikelOmschrijving="Met de hand gewijzigd")
        changed = await sync_again(world, connection, "third")
        assert Counter(message.topic for message in changed) == {
            topics.entities("relation"): 2,
            topics.entities("product"): 1,
        }


async def test_new_ones_come_with_quick_reads_and_deletions_with_the_next_complete_one(tmp_path):
    async with synced(tmp_path, relations=2300, articles=20) as (world, connection):
        books = world.sandbox.books()
        gone, model = list(books.relations)[7], books.relations[list(books.relations)[8]]
        world.sandbox.remove("relations", gone)
        books.save("relations", 99, {**model, "ID": 99, "Code": "10999"})
        (new,) = await sync_again(world, connection, "quick")
        assert new.key.endswith("|99")
        (run,) = await world.store.find(RUNS, {"id": f"{connection.id}@quick"})
        assert run["counts"]["relation"]["read"] == 2300
        removed = []
        for turn in range(QUICK_READS):
            removed = await sync_again(world, connection, f"slot-{turn}")
            if removed:
                break
        (message,) = removed
        assert (message.body, message.key.endswith(f"|{gone}")) == (None, True)
        assert turn == QUICK_READS - 1


async def test_what_cannot_be_proved_is_said_and_nothing_is_removed(tmp_path):
    async with synced(tmp_path, relations=20, articles=2300, article_filters="exact") as (world, connection):
        (line, *_) = await log(world, connection, "sync.incomplete")
        assert line["text"].startswith("Products and hour types of e-Boekhouden may be incomplete, so none was removed")
        arrived = sum(len(found) for kind, found in published(world).items() if kind != "relation")
        active = sum(row["Actief"] for row in world.sandbox.books().articles.values())
        assert arrived == active, "by their groups they came all the same"
        shown = next(iter(published(world)["product"])).rpartition("|")[2]
        world.sandbox.remove("articles", int(shown))
        assert [one for one in await sync_again(world, connection) if one.body is None] == []


async def test_a_read_that_is_interrupted_goes_on_where_it_was(tmp_path):
    async with synced(tmp_path, relations=2300, articles=20) as (world, connection):
        limited = world.scenario.limited(world.hub.now())
        world.sandbox.script(limited.model_copy(update={"match": "GetRelaties", "skip": 5, "times": 2}))
        before = len(world.sandbox.calls)
        assert await sync_again(world, connection) == []
        calls = Counter(call.path for call in world.sandbox.calls[before:])
        world.sandbox.heal()
        before = len(world.sandbox.calls)
        await sync_again(world, connection, "undisturbed")
        undisturbed = Counter(call.path for call in world.sandbox.calls[before:])
        assert calls["/soap.asmx#GetRelaties"] <= undisturbed["/soap.asmx#GetRelaties"] + 2 * 10
