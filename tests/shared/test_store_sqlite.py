"""What only the SQLite store must prove: shared transactions, a file that is locked, full, damaged, old or newer."""

import asyncio
import resource
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from shared.clock import stamp
from shared.errors import Misconfigured, StoreUnavailable
from shared.store import Is, StoreNow
from shared.store.collections import CONNECTIONS, FINGERPRINTS, LANES, LEDGER, LOG, RECONCILIATIONS, REPLAYS, STEPS
from shared.store.migrations import schema_version
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_file import StoreFile, require_sqlite
from shared.store.sqlite_query import matches, ordering
from shared.store.sqlite_threads import READERS, Readers, Writer

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATIENCE = 0.05


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a folder?" / "store#1.db"


@pytest.fixture
async def store(path):
    path.parent.mkdir()
    store = SqliteStore(path, patience=PATIENCE)
    await store.open()
    yield store
    await store.close()


@contextmanager
def somebody_writing(path):
    """Another process's transaction, as the file sees it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.execute("ROLLBACK")


@contextmanager
def no_room_beyond(size):
    """The disk takes no file larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def restore(path, backup):
    """Put a backup in the file's place, as a person would: the old log belongs to the old file."""
    for log in path.parent.glob(f"{path.name}-*"):
        log.unlink()
    copy = path.with_name("backup")
    copy.write_bytes(backup)
    copy.replace(path)


def writer_connection(store):
    return store._threads[0]._connection


# durability and shared transactions


async def test_every_commit_is_forced_to_disk(store):
    await store.insert(LEDGER, {"id": "a"})
    connection = writer_connection(store)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


async def test_writes_asked_for_meanwhile_share_one_transaction(store, path):
    await store.insert(LEDGER, {"id": "first"})
    statements = []
    writer_connection(store).set_trace_callback(statements.append)
    await asyncio.gather(*(store.insert(LEDGER, {"id": f"{n:03}"}) for n in range(400)))
    assert statements.count("COMMIT") < 40
    assert await store.count(LEDGER, {}) == 401


async def test_a_transaction_is_short_enough_for_other_processes(store, path):
    await store.insert(LEDGER, {"id": "first"})
    statements = []
    writer_connection(store).set_trace_callback(statements.append)
    await asyncio.gather(*(store.insert(LEDGER, {"id": f"{n:04}"}) for n in range(1500)))
    between = " ".join(statements).split("COMMIT")
    assert 1 < max(part.count("INSERT") for part in between) <= 500


async def test_a_cancelled_write_does_not_disturb_those_beside_it(store, path):
    with somebody_writing(path):
        writes = [asyncio.create_task(store.insert(LEDGER, {"id": id})) for id in "abcd"]
        await asyncio.sleep(0)
        writes[1].cancel()
        writes[3].cancel()
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [outcomes[0], outcomes[2]] == [True, True]


async def test_reading_does_not_wait_for_writing(store, path):
    await store.insert(LEDGER, {"id": "a"})
    with somebody_writing(path):
        assert await store.get(LEDGER, "a") == {"id": "a"}


async def test_a_few_documents_by_id_are_read_although_every_reading_thread_is_busy(store):
    await store.insert(LEDGER, {"id": "a"})
    gone_on = threading.Event()
    busy = [asyncio.create_task(store._threads[1].run(lambda _: gone_on.wait(10))) for _ in range(READERS)]
    await asyncio.sleep(0)
    assert await store.get(LEDGER, "a") == {"id": "a"}
    assert await store.get_many(LEDGER, ["a", "b"]) == {"a": {"id": "a"}}
    gone_on.set()
    assert await asyncio.gather(*busy) == [True] * READERS


async def test_whoever_reads_again_and_again_lets_others_have_their_turn(store):
    turn = asyncio.create_task(asyncio.sleep(0))
    for _ in range(5):
        await store.get(LEDGER, "a")
    assert turn.done()


async def test_a_read_by_id_waits_for_a_file_that_somebody_keeps_for_himself(path, store):
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO ledger VALUES ('a', '{\"id\":\"a\"}')")
        other.execute("COMMIT")
        patient = SqliteStore(path)
        patient._threads = Writer(patient._file), Readers(patient._file)
        read = asyncio.create_task(patient.get(LEDGER, "a"))
        await asyncio.sleep(0.05)
        assert not read.done()
    assert await read == {"id": "a"}
    await patient.close()


async def test_closing_finishes_what_is_queued_also_when_it_is_more_than_one_transaction(store):
    writes = [asyncio.create_task(store.insert(LEDGER, {"id": str(n)})) for n in range(1200)]
    await asyncio.sleep(0)
    await store.close()
    async with asyncio.timeout(10):
        assert await asyncio.gather(*writes) == [True] * 1200


async def test_the_clock_is_read_inside_the_transaction_not_when_a_write_was_asked_for(store, path):
    present = [NOON]
    late = SqliteStore(path, lambda: present[0])
    await late.open()
    with somebody_writing(path):
        write = asyncio.create_task(late.insert(LEDGER, {"id": "a", "at": StoreNow()}))
        await asyncio.sleep(0.02)
        present[0] += timedelta(minutes=5)
    await write
    assert await late.get(LEDGER, "a") == {"id": "a", "at": stamp(NOON + timedelta(minutes=5))}
    await late.close()


# when the file does not answer


async def test_a_locked_file_is_waited_for(path, store):
    patient = SqliteStore(path)
    await patient.open()
    with somebody_writing(path):
        write = asyncio.create_task(patient.insert(LEDGER, {"id": "a"}))
        await asyncio.sleep(0.1)
        assert not write.done()
    assert await write is True
    await patient.close()


async def test_a_lock_that_is_never_released_is_named_and_the_store_recovers(store, path):
    with somebody_writing(path):
        for outcome in await asyncio.gather(
            *(store.insert(LEDGER, {"id": str(n)}) for n in range(3)), return_exceptions=True
        ):
            assert isinstance(outcome, StoreUnavailable)
            assert "another process holds it for too long" in str(outcome)
            assert str(path) in str(outcome)
    assert await store.count(LEDGER, {}) == 0
    assert await store.insert(LEDGER, {"id": "a"}) is True


async def test_a_disk_that_takes_no_more_fails_every_waiting_write_and_none_half(store, path):
    await store.insert(LEDGER, {"id": "a"})
    big = "x" * 100_000
    with no_room_beyond(path.with_name(f"{path.name}-wal").stat().st_size + 50_000):
        outcomes = await asyncio.gather(
            *(store.insert(LEDGER, {"id": f"b{n}", "big": big}) for n in range(5)),
            store.put_many(LEDGER, [{"id": "c"}, {"id": "d", "big": big}]),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 6
        assert "check the disk and its free space" in str(outcomes[0])
        assert await store.find(LEDGER, {}) == [{"id": "a"}]
    assert await store.insert(LEDGER, {"id": "e", "big": big}) is True
    assert await store.count(LEDGER, {}) == 2


async def test_a_full_disk_is_named_and_used_again_when_there_is_room(store):
    await store.insert(LEDGER, {"id": "a"})
    writer_connection(store).execute("PRAGMA max_page_count = 1")  # no more than there are
    with pytest.raises(StoreUnavailable, match="the disk is full: free some space"):
        await store.insert(LEDGER, {"id": "b", "big": "x" * 100_000})
    assert await store.find(LEDGER, {}) == [{"id": "a"}]
    assert await store.insert(LEDGER, {"id": "b", "big": "x" * 100_000}) is True


async def test_a_damaged_file_is_named_and_a_restored_one_is_used_without_a_restart(store, path):
    await store.insert(LEDGER, {"id": "a"})
    await store.close()
    good = path.read_bytes()
    await store.open()
    assert [await store.count(LOG, {}) for _ in range(READERS)] == [0] * READERS
    path.write_bytes(b"\0" * len(good))
    for call in (*(store.get(LEDGER, "a") for _ in range(READERS)), store.insert(LEDGER, {"id": "b"})):
        with pytest.raises(StoreUnavailable, match="restore a backup"):
            await call
    restore(path, good)
    assert [await store.get(LEDGER, "a") for _ in range(READERS)] == [{"id": "a"}] * READERS
    assert await store.insert(LEDGER, {"id": "b"}) is True
    assert await store.count(LEDGER, {}) == 2


async def test_a_failed_transaction_leaves_nothing_behind_for_the_next_one(store, path):
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE log RENAME TO gone")
        writes = [store.insert(name, {"id": "a"}) for name in (LEDGER, LOG)]
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert isinstance(outcomes[1], StoreUnavailable)
        other.execute("ALTER TABLE gone RENAME TO log")
    assert await store.insert(LOG, {"id": "a"}) is True


async def test_opening_waits_for_others_who_create_the_same_file(path):
    path.parent.mkdir()
    with somebody_writing(path) as other:
        opening = asyncio.create_task(SqliteStore(path, patience=0).open())
        await asyncio.sleep(0.02)
        other.execute("CREATE TABLE theirs (id)")
    await opening


def test_a_file_without_write_access_is_named(path):
    path.parent.mkdir()
    file = StoreFile(path)
    file.prepare()
    with closing(file.connect("ro")) as connection, pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("DELETE FROM ledger")
    assert "give this user write access" in str(file.unavailable(raised.value))


async def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match="check that the folder exists"):
        await SqliteStore(tmp_path / "missing" / "store.db").open()


def test_a_file_that_vanished_is_not_replaced_by_an_empty_one(tmp_path):
    file = StoreFile(tmp_path / "store.db")
    with pytest.raises(sqlite3.OperationalError):
        file.connect()
    assert not file.path.exists()


async def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 100)
    with pytest.raises(StoreUnavailable, match="not a SQLite file"):
        await SqliteStore(path).open()
    assert path.read_text() == "Dear customer, " * 100


async def test_an_error_of_the_file_carries_no_stored_text(store, path):
    with somebody_writing(path), pytest.raises(StoreUnavailable) as raised:
        await store.insert(LEDGER, {"id": "a", "token": "secret"})
    assert "secret" not in str(raised.value)


# versions


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path, store):
    await store.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {schema_version() + 1}")
    with pytest.raises(Misconfigured, match="written by a newer Fieldledger"):
        await store.open()
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (schema_version() + 1,)


def test_a_sqlite_that_is_too_old_is_refused_in_words():
    with pytest.raises(Misconfigured, match=r"brings SQLite 3\.37\.2, Fieldledger needs 3\.38\.0"):
        require_sqlite((3, 37, 2))
    require_sqlite((3, 38, 0))


async def test_a_file_of_an_older_build_gets_the_indexes_it_misses(store, path):
    await store.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute('DROP INDEX "connections: unique index live_key"')
    await store.open()
    await store.insert(CONNECTIONS, {"id": "a", "live_key": "k"})
    assert await store.insert(CONNECTIONS, {"id": "b", "live_key": "k"}) is False


# speed


@pytest.mark.parametrize(
    ("collection", "where", "sort"),
    [
        (LEDGER, {"id": "a"}, ()),
        (LEDGER, {"id": Is("in", ["a", "b"])}, ()),
        (LEDGER, {"connection": "c", "due": Is("<=", StoreNow())}, ("due", "planned")),
        (LEDGER, {"connection": "c", "state": "held"}, ("planned",)),
        (LEDGER, {"connector": "c", "outcome_due": Is("<=", StoreNow())}, ("outcome_due",)),
        (LANES, {"connector": "c", "export.due": Is("<=", StoreNow()), "rest_until": Is("<=", "x")}, ("export.due",)),
        (CONNECTIONS, {"live_key": "k"}, ()),
        (CONNECTIONS, {"live_key": Is("in", ["k", "l"])}, ()),
        (STEPS, {"remote_key": "k"}, ()),
        (FINGERPRINTS, {"scope": "s", "code": "c"}, ()),
        (LOG, {"connection": "c"}, ("-at",)),
        (LEDGER, {"connector": "c", "state": "refused"}, ("-planned",)),
        (LANES, {"rest_until": Is(">", StoreNow())}, ("rest_until",)),
        (RECONCILIATIONS, {"connection": "c"}, ("-asked",)),
        (RECONCILIATIONS, {"connection": "c", "asked": Is("<=", "x")}, ("-asked",)),
        (RECONCILIATIONS, {"connector": "c", "asked": Is("<=", "x")}, ("-asked",)),
        (REPLAYS, {"asked": Is("<=", "x")}, ("-asked",)),
    ],
)
async def test_the_question_is_answered_by_an_index(store, path, collection, where, sort):
    condition, values = matches(where, NOON)
    with closing(sqlite3.connect(path)) as other:
        query = f"EXPLAIN QUERY PLAN SELECT doc FROM {collection} WHERE {condition} ORDER BY {ordering(sort)}"
        plan = " ".join(row[3] for row in other.execute(query, values))
    assert f"SEARCH {collection} USING INDEX" in plan


def test_what_equals_a_text_is_found_without_reading_documents():
    """So a count costs what its index costs, however large the documents are."""
    condition, _ = matches({"connector": "c", "state": Is("in", ["held", "ready"])}, NOON)
    assert "json_type" not in condition


async def test_text_with_a_zero_character_is_stored_but_not_compared(store):
    await store.insert(LEDGER, {"id": "a", "t": "x\0y"})
    with pytest.raises(ValueError, match="zero character"):
        await store.find(LEDGER, {"t": "x\0y"})
