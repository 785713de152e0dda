"""What time does to a store: newer versions change its documents, and what has expired goes. For both adapters."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from shared import topics
from shared.clock import from_stamp, stamp
from shared.errors import Misconfigured
from shared.runs import Run, Runs
from shared.store.collections import (
    AUDIT,
    COLLECTIONS,
    LANES,
    LEDGER,
    LOG,
    LOGINS,
    PACE,
    RECONCILIATIONS,
    REPLAYS,
    RINGS,
    RUNS,
    SESSIONS,
    SHEETS,
)
from shared.store.mongo import SCHEMA, MongoStore
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_file import StoreFile
from shared.topics import all_topics

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def store(mongo):
    return mongo


@pytest.fixture
async def file(tmp_path):
    file = SqliteStore(tmp_path / "store.db")
    await file.open()
    yield file
    await file.close()


# versions


def paid(collection, document):
    """Gives every ledger entry a field; twice is as once."""
    return {**document, "paid": False} if collection == LEDGER else document


def renamed(collection, document):
    """What was `paid` is `settled`."""
    if "paid" not in document:
        return document
    return {**{name: value for name, value in document.items() if name != "paid"}, "settled": document["paid"]}


async def test_a_migration_changes_every_document_once_and_raises_the_version(store, address, raw):
    await store.put_many(LEDGER, [{"id": f"{n:03}"} for n in range(300)])
    await store.insert(RUNS, {"id": "r"})
    for _ in range(2):
        newer = MongoStore(address, migrations=(paid, renamed))
        await newer.open()
        assert await newer.count(LEDGER, {"settled": False}) == 300
        assert await newer.get(LEDGER, "007") == {"id": "007", "settled": False}
        assert await newer.get(RUNS, "r") == {"id": "r"}
        assert raw[SCHEMA].find_one() == {"_id": SCHEMA, "version": 3}
        await newer.close()


async def test_a_new_database_is_of_the_newest_version(address, raw):
    clients = [MongoStore(address, migrations=(paid,)) for _ in range(4)]
    await asyncio.gather(*(client.open() for client in clients))
    assert raw[SCHEMA].find_one() == {"_id": SCHEMA, "version": 2}
    await asyncio.gather(*(client.close() for client in clients))


async def test_many_that_open_an_older_database_at_once_migrate_it_once(store, address, raw):
    await store.put_many(LEDGER, [{"id": f"{n:03}"} for n in range(50)])
    clients = [MongoStore(address, migrations=(paid, renamed)) for _ in range(4)]
    await asyncio.gather(*(client.open() for client in clients))
    assert await store.count(LEDGER, {"settled": False}) == 50
    assert raw[SCHEMA].find_one() == {"_id": SCHEMA, "version": 3}
    await asyncio.gather(*(client.close() for client in clients))


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(store, address, raw):
    raw[SCHEMA].update_one({}, {"$set": {"version": 9}})
    with pytest.raises(Misconfigured, match=r"written by a newer Fieldledger \(schema 9, this one knows 1\)"):
        await MongoStore(address).open()
    assert raw[SCHEMA].find_one() == {"_id": SCHEMA, "version": 9}


async def test_in_a_file_a_migration_changes_every_document_once_and_raises_the_version(file, tmp_path):
    await file.put_many(LEDGER, [{"id": "a"}, {"id": "b", "paid": True}])
    await file.insert(LANES, {"id": "l"})
    for _ in range(2):
        StoreFile(tmp_path / "store.db", migrations=(paid,)).prepare()
        assert await file.find(LEDGER, {}) == [{"id": "a", "paid": False}, {"id": "b", "paid": False}]
        assert await file.get(LANES, "l") == {"id": "l"}
        await file.update(LEDGER, "b", set={"paid": False})
        with closing(sqlite3.connect(tmp_path / "store.db")) as other:
            assert other.execute("PRAGMA user_version").fetchone() == (2,)


# what expires


async def test_opening_forgets_lines_of_the_log_older_than_thirteen_months_and_nothing_else(file):
    now = datetime.now(UTC)
    old, young = (stamp(now - timedelta(days=days)) for days in (401, 399))
    lines = [{"id": "a", "at": old}, {"id": "b", "at": young}, {"id": "c", "at": None}, {"id": "d"}]
    for collection in (LOG, LEDGER):
        await file.put_many(collection, lines)
    await file.open()
    assert [line["id"] for line in await file.find(LOG, {})] == ["b", "c", "d"]
    assert await file.count(LEDGER, {}) == 4


async def test_a_sync_is_forgotten_long_after_its_tick_and_never_while_it_is_not_over(file):
    (runs,) = [one for one in COLLECTIONS if one.name == RUNS]
    (ticks,) = [one for one in all_topics(["billit"]) if one.name == topics.ticks("billit")]
    assert runs.expiry.after > 10 * ticks.retention, "Kafka deletes whole segments, by default of a week"
    old = stamp(datetime.now(UTC) - runs.expiry.after - timedelta(days=1))
    for id in ("over", "under way"):
        run = Run(id=id, connection=id, active_key=id, tenant="t", reason="manual", started=from_stamp(old), kinds=())
        await file.insert(RUNS, run.stored())
    over = await Runs(file).active("over")
    await file.open()
    assert await file.count(RUNS, {}) == 2
    await Runs(file).end(over)
    await file.update(RUNS, "over", set={"finished": old})
    await file.open()
    assert [row["id"] for row in await file.find(RUNS, {})] == ["under way"]


async def test_lines_of_the_log_expire_after_thirteen_months_and_nothing_that_documents_depend_on_does(store, raw):
    await store.put_many(LOG, [{"id": "a", "at": stamp(NOON)}, {"id": "b", "at": "soon"}, {"id": "c"}])
    await store.update(LOG, "a", set={"text": "told"})
    expires = {found["_id"]: found.get("~expires") for found in raw[LOG].find()}
    assert expires == {"a": (NOON + timedelta(days=400)).replace(tzinfo=None), "b": None, "c": None}
    assert raw[LOG].index_information()["expires"]["expireAfterSeconds"] == 0
    forgetful = {name for name in raw.list_collection_names() if "expires" in raw[name].index_information()}
    of_the_console = {AUDIT, LOGINS, PACE, REPLAYS, SESSIONS}
    assert forgetful == {LOG, RECONCILIATIONS, RINGS, RUNS, SHEETS} | of_the_console, "nothing that documents depend on"
