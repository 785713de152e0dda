"""What only the MongoDB store must prove: what stands in the database, durability, errors in words."""

import asyncio
import traceback
from datetime import UTC, datetime, timedelta

import pymongo
import pytest
from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure, WriteError

from shared.errors import Misconfigured, StoreUnavailable
from shared.store import Is, StoreNow
from shared.store.collections import CONNECTIONS, LANES, LEDGER, LOG
from shared.store.mongo import MongoStore
from shared.store.mongo_driver import _taken
from tests.conftest import with_option

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def store(mongo):
    return mongo


# what cannot be said to MongoDB


async def test_no_increment_beyond_64_bits_is_lost_among_many_at_once(store):
    await store.insert(LEDGER, {"id": "a", "n": 2**80})
    await asyncio.gather(*(store.update(LEDGER, "a", inc={"n": 1}) for _ in range(20)))
    assert await store.get(LEDGER, "a") == {"id": "a", "n": 2**80 + 20}


async def test_an_amount_beyond_64_bits_can_be_added(store):
    await store.insert(LEDGER, {"id": "a", "n": 1})
    assert await store.update(LEDGER, "a", where={"n": 1}, inc={"n": 2**70}) == {"id": "a", "n": 2**70 + 1}
    assert await store.update(LEDGER, "a", where={"n": 1}, inc={"n": 2**70}) is None


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "half \ud83d"], ids=repr)
async def test_what_bson_cannot_hold_is_stored_but_not_compared(store, value):
    await store.insert(LEDGER, {"id": "a", "v": value})
    assert await store.get(LEDGER, "a") == {"id": "a", "v": value}
    with pytest.raises(ValueError, match="not compared"):
        await store.find(LEDGER, {"v": value})


@pytest.mark.parametrize("path", ["list.v", "list.deep.v"])
async def test_nothing_is_found_or_changed_by_name_inside_a_list(store, path):
    await store.insert(LEDGER, {"id": "a", "list": [{"v": 1, "deep": {"v": 1}}]})
    assert await store.count(LEDGER, {path: 1}) == await store.count(LEDGER, {path: Is("!=", None)}) == 0
    assert await store.count(LEDGER, {path: None}) == await store.count(LEDGER, {path: Is("!=", 1)}) == 1
    with pytest.raises(TypeError, match="leads through list"):
        await store.update(LEDGER, "a", set={path: 2})


@pytest.mark.parametrize(("wanted", "found"), [(None, 0), (Is("!=", None), 1)], ids=repr)
async def test_a_list_is_not_null_whatever_is_in_it(store, wanted, found):
    await store.insert(LEDGER, {"id": "a", "v": [None]})
    assert await store.count(LEDGER, {"v": wanted}) == found


# what stands in the database


async def test_documents_stand_there_as_they_are_so_that_an_operator_can_read_them(store, raw):
    await store.insert(LEDGER, {"id": "a", "event": {"lines": [{"price": "1.10"}], "at": StoreNow()}})
    found = raw[LEDGER].find_one()
    assert (found["_id"], found["event"]["lines"]) == ("a", [{"price": "1.10"}])
    assert isinstance(found["event"]["at"], str)


@pytest.mark.parametrize("name", ["_id", "~write", "~expires", "~", "", "~007e", "$set", "a.b", "\0", "\ud83d"])
async def test_a_field_may_have_any_name_and_is_never_taken_for_ours(store, name):
    document = {"id": "a", name: "theirs", "in": {name: 1}, "l": [{name: 2}]}
    await store.insert(LOG, document)
    assert await store.get(LOG, "a") == document
    assert await store.update(LOG, "a", set={"n": 1}) == {**document, "n": 1}


async def test_names_that_are_no_text_are_refused(store):
    with pytest.raises(TypeError, match="int cannot be stored"):
        await store.insert(LEDGER, {"id": "a", "by_number": {1: 2}})


async def test_the_unique_indexes_leave_out_what_is_no_text(store, raw):
    information = raw[CONNECTIONS].index_information()
    assert information["unique live_key"]["unique"] is True
    assert information["unique live_key"]["partialFilterExpression"] == {"live_key": {"$gte": ""}}
    assert information["state connector"]["key"] == [("state", 1), ("connector", 1)]
    assert raw[LANES].index_information()["connector export.due"]["key"][1] == ("export.due", 1)


async def test_a_database_of_an_older_build_gets_the_indexes_it_misses(store, address, raw):
    raw[CONNECTIONS].drop_index("unique live_key")
    newer = MongoStore(address)
    await newer.open()
    assert "unique live_key" in raw[CONNECTIONS].index_information()
    await newer.close()


# durability and errors


@pytest.mark.parametrize("option", ["w=0", "journal=false", "readPreference=secondary", "readConcernLevel=local"])
async def test_the_address_cannot_make_the_store_forgetful(address, option):
    store = MongoStore(with_option(address, option))
    await store.open()
    database = store._line._database
    assert database.write_concern.document["w"] == "majority"
    assert database.write_concern.document["j"] is True
    assert database.read_concern.level == "majority"
    assert database.read_preference == pymongo.ReadPreference.PRIMARY
    await store.close()


async def test_time_outs_are_the_patience_unless_the_address_names_them(address):
    store = MongoStore(with_option(address, "serverselectiontimeoutMS=70"), patience=3)
    await store.open()
    options = store._line._database.client.options
    assert (options.server_selection_timeout, options.pool_options.socket_timeout) == (0.07, 3)
    await store.close()


async def test_the_clock_is_the_servers(store, raw):
    moment = (await store.now()).replace(tzinfo=None)
    assert abs(raw.command("hello")["localTime"] - moment) < timedelta(seconds=10)


async def test_a_server_that_is_not_there_is_unavailable_in_words_and_without_the_password():
    store = MongoStore("mongodb://books:pa55word@127.0.0.1:1/fieldledger", patience=0.1)
    with pytest.raises(StoreUnavailable) as raised:
        await store.open()
    assert str(raised.value) == (
        "The store mongodb://books:***@127.0.0.1:1/fieldledger could not be used (ServerSelectionTimeoutError); "
        "check that it runs, has a primary and can be reached from here."
    )
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.get(LEDGER, "a")


@pytest.mark.parametrize(
    "address", ["mongodb://u:pa55word@x@host/db", "mongodb://u:pa55word@host:port/db", "mongodb://", "mongodb://h/a b"]
)
async def test_an_address_that_is_none_is_misconfigured_and_not_repeated(address):
    with pytest.raises(Misconfigured, match=r"it looks like mongodb://USER") as raised:
        await MongoStore(address).open()
    assert "pa55word" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationFailure("{token: 'secret'} fails", 121), StoreUnavailable),
        (WriteError("{token: 'secret'} fails", 17419), ValueError),
        (BulkWriteError({"writeErrors": [{"code": 10334, "op": {"token": "secret"}}]}), ValueError),
        (DocumentTooLarge("secret"), ValueError),
    ],
    ids=repr,
)
async def test_an_error_of_the_server_is_said_without_any_stored_text(store, error, said):
    with pytest.raises(said) as raised:
        async with store._line.call():
            raise error
    assert "secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    "details",
    [
        {"writeErrors": [{"index": 0, "code": 11000}, {"index": 1, "code": 121}]},
        {"writeErrors": [{"index": 0, "code": 11000}], "writeConcernErrors": [{"code": 64}]},
    ],
    ids=repr,
)
def test_only_a_taken_value_makes_an_insert_a_no(details):
    with pytest.raises(BulkWriteError):
        _taken(BulkWriteError(details))


async def test_a_refused_login_says_what_to_check(store):
    with pytest.raises(StoreUnavailable, match=r"OperationFailure 18\); user or password is wrong"):
        async with store._line.call():
            raise OperationFailure("Authentication failed.", 18)


async def test_an_id_of_half_characters_is_refused(store):
    with pytest.raises(ValueError, match="surrogates"):
        await store.insert(LEDGER, {"id": "\ud83d"})
