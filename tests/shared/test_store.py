"""The contract of the store port: every adapter passes all of it. `tests/conftest.py` lists the adapters."""

import asyncio
from datetime import timedelta

import pytest

from shared.errors import StoreUnavailable
from shared.store import Is
from shared.store.collections import COLLECTIONS, CONNECTIONS, LEDGER, RUNS
from tests.conftest import ONE_PROCESS, clients

HOUR = timedelta(hours=1)
new_store = pytest.fixture(params=ONE_PROCESS, name="new_store")(clients)

ODD = {
    "id": "ø|1.2$",
    "text": "naïve ☃ 'quoted' \"twice\" \\ \n \u0000",
    "half": "\ud83d",
    "yes": True,
    "no": False,
    "one": 1,
    "big": 2**80,
    "minus": -(2**63),
    "ratio": 0.1,
    "none": None,
    "nested": {"a.b|c": {"$set": [1, "two", None, {"": True}]}, "": {}},
    "list": [],
}
"""Everything JSON can say, as vendors say it."""


async def ids(store, where, **how):
    return [document["id"] for document in await store.find(LEDGER, where, **how)]


async def fill(store, *documents):
    """Ledger entries a, b, c ... with these fields."""
    await store.put_many(LEDGER, [{"id": chr(97 + n), **fields} for n, fields in enumerate(documents)])


# documents


async def test_a_document_comes_back_exactly_as_it_was_stored(store):
    await store.insert(LEDGER, ODD)
    found = await store.get(LEDGER, ODD["id"])
    assert found == ODD
    assert [type(value) for value in found.values()] == [type(value) for value in ODD.values()]


async def test_an_update_leaves_all_other_fields_exactly_as_they_were(store):
    await store.insert(LEDGER, ODD)
    assert await store.update(LEDGER, ODD["id"], set={"one": 2}) == {**ODD, "one": 2}
    assert await store.get(LEDGER, ODD["id"]) == {**ODD, "one": 2}


async def test_what_is_not_there_is_none(store):
    assert await store.get(LEDGER, "a") is None


async def test_collections_do_not_see_each_other(store):
    await store.insert(LEDGER, {"id": "a"})
    assert await store.get(RUNS, "a") is None


async def test_every_collection_takes_documents(store):
    assert [await store.insert(collection.name, {"id": "a"}) for collection in COLLECTIONS] == [True] * len(COLLECTIONS)


async def test_get_many_returns_those_that_exist_by_id(store):
    await fill(store, {"n": 1}, {"n": 2})
    assert await store.get_many(LEDGER, ["a", "b", "b", "nowhere"]) == {
        "a": {"id": "a", "n": 1},
        "b": {"id": "b", "n": 2},
    }
    assert await store.get_many(LEDGER, []) == {}


async def test_thousands_of_documents_go_in_come_out_and_are_removed_in_one_call_each(store):
    many = {f"d{n}": {"id": f"d{n}", "n": n} for n in range(5000)}
    assert await store.insert_many(LEDGER, list(many.values())) == set(many)
    assert await store.get_many(LEDGER, many) == many
    assert await store.count(LEDGER, {"id": Is("in", list(many))}) == 5000
    assert await store.delete_many(LEDGER, many) == 5000


# insert, put, delete


async def test_inserting_an_id_that_is_taken_changes_nothing_and_says_so(store):
    assert await store.insert(LEDGER, {"id": "a", "n": 1}) is True
    assert await store.insert(LEDGER, {"id": "a", "n": 2}) is False
    assert await store.get(LEDGER, "a") == {"id": "a", "n": 1}


async def test_inserting_a_value_that_is_taken_under_a_unique_index_says_so(store):
    assert await store.insert(CONNECTIONS, {"id": "a", "live_key": "acme|exact_online"}) is True
    assert await store.insert(CONNECTIONS, {"id": "b", "live_key": "acme|exact_online"}) is False
    assert await store.get(CONNECTIONS, "b") is None


async def test_a_unique_index_ignores_documents_whose_field_is_missing_or_null(store):
    assert await store.insert_many(CONNECTIONS, [{"id": "a"}, {"id": "b"}]) == {"a", "b"}
    assert await store.insert_many(CONNECTIONS, [{"id": key, "live_key": None} for key in "cd"]) == {"c", "d"}


async def test_a_unique_value_is_free_again_after_it_was_set_to_null(store):
    await store.insert(CONNECTIONS, {"id": "a", "live_key": "k"})
    await store.update(CONNECTIONS, "a", set={"live_key": None})
    assert await store.insert(CONNECTIONS, {"id": "b", "live_key": "k"}) is True


async def test_insert_many_adds_each_one_that_is_not_taken_and_names_them(store):
    await store.insert(CONNECTIONS, {"id": "a", "live_key": "k"})
    some = [{"id": "a"}, {"id": "b", "live_key": "k"}, {"id": "c"}, {"id": "c", "late": True}]
    assert await store.insert_many(CONNECTIONS, some) == {"c"}
    assert await store.get(CONNECTIONS, "c") == {"id": "c"}
    assert await store.count(CONNECTIONS, {}) == 2


async def test_insert_many_of_nothing_adds_nothing(store):
    assert await store.insert_many(LEDGER, []) == set()


async def test_put_many_adds_or_replaces_whole_documents(store):
    await store.insert(LEDGER, {"id": "a", "old": True})
    await store.put_many(LEDGER, [{"id": "a", "new": 1}, {"id": "b"}])
    assert await store.get_many(LEDGER, ["a", "b"]) == {"a": {"id": "a", "new": 1}, "b": {"id": "b"}}


async def test_put_many_refuses_a_value_that_is_taken_under_a_unique_index(store):
    await store.insert(CONNECTIONS, {"id": "a", "live_key": "k"})
    with pytest.raises(ValueError, match="unique index of connections"):
        await store.put_many(CONNECTIONS, [{"id": "b"}, {"id": "c", "live_key": "k"}])
    assert await store.get_many(CONNECTIONS, "abc") == {"a": {"id": "a", "live_key": "k"}}


async def test_put_many_refuses_two_documents_of_one_unique_value(store):
    with pytest.raises(ValueError, match="unique index of connections"):
        await store.put_many(CONNECTIONS, [{"id": "a", "live_key": "k"}, {"id": "b", "live_key": "k"}])
    assert await store.count(CONNECTIONS, {}) == 0


async def test_put_many_may_put_a_document_again_under_its_own_unique_value(store):
    for n in range(2):
        await store.put_many(CONNECTIONS, [{"id": "a", "live_key": "k", "n": n}, {"id": "b", "live_key": None}])
    assert await store.get(CONNECTIONS, "a") == {"id": "a", "live_key": "k", "n": 1}


async def test_of_one_id_put_twice_the_last_one_stays(store):
    await store.put_many(CONNECTIONS, [{"id": "a", "live_key": "k", "n": 1}, {"id": "a", "live_key": "k", "n": 2}])
    assert await store.get(CONNECTIONS, "a") == {"id": "a", "live_key": "k", "n": 2}


async def test_delete_many_removes_by_id_and_says_how_many_there_were(store):
    await fill(store, {}, {}, {})
    assert await store.delete_many(LEDGER, ["a", "b", "b", "nowhere"]) == 2
    assert await ids(store, {}) == ["c"]
    assert await store.delete_many(LEDGER, []) == 0


# update


async def test_update_returns_the_new_document(store):
    await fill(store, {"n": 1, "state": "planned"})
    changed = await store.update(LEDGER, "a", where={"state": "planned"}, set={"state": "sending"}, inc={"n": 2})
    assert changed == {"id": "a", "n": 3, "state": "sending"} == await store.get(LEDGER, "a")


async def test_update_makes_no_document(store):
    assert await store.update(LEDGER, "a", set={"n": 1}) is None
    assert await store.count(LEDGER, {}) == 0


async def test_update_changes_nothing_unless_all_of_where_holds(store):
    await fill(store, {"n": 1, "state": "planned"})
    assert await store.update(LEDGER, "a", where={"n": 1, "state": "sending"}, set={"n": 5}) is None
    assert await store.get(LEDGER, "a") == {"id": "a", "n": 1, "state": "planned"}


async def test_where_cannot_lead_an_update_to_another_document(store):
    await fill(store, {}, {})
    assert await store.update(LEDGER, "a", where={"id": "b"}, set={"n": 1}) is None
    assert await store.count(LEDGER, {"n": 1}) == 0


async def test_update_reaches_into_nested_objects_and_makes_missing_ones(store):
    await fill(store, {"export": {"due": "x", "wanted": 1}, "rest": None})
    changes = {"export.due": "y", "rest.until": "z", "new.deep.down": True}
    assert await store.update(LEDGER, "a", where={"export.wanted": 1}, set=changes, inc={"export.wanted": 1}) == {
        "id": "a",
        "export": {"due": "y", "wanted": 2},
        "rest": {"until": "z"},
        "new": {"deep": {"down": True}},
    }


async def test_set_replaces_a_whole_nested_value_keeping_odd_keys(store):
    await fill(store, {"rest": {"old": 1}})
    await store.update(LEDGER, "a", set={"rest": {"a.b|c": [1], "$x": None}})
    assert await store.get(LEDGER, "a") == {"id": "a", "rest": {"a.b|c": [1], "$x": None}}


async def test_set_of_none_stores_null(store):
    await fill(store, {"due": "x"})
    assert await store.update(LEDGER, "a", set={"due": None}) == {"id": "a", "due": None}


async def test_inc_counts_a_missing_field_as_zero_and_may_subtract(store):
    await fill(store, {"n": 1})
    assert await store.update(LEDGER, "a", inc={"n": -3, "new": 2, "deep.new": 1}) == {
        "id": "a",
        "n": -2,
        "new": 2,
        "deep": {"new": 1},
    }


@pytest.mark.parametrize("value", ["1", True, {}, 1.5])
async def test_inc_refuses_what_is_not_a_whole_number(store, value):
    await fill(store, {"n": value})
    with pytest.raises(TypeError, match="n is not a whole number"):
        await store.update(LEDGER, "a", inc={"n": 1})


async def test_a_path_through_something_that_is_no_object_is_refused(store):
    await fill(store, {"export": "text"})
    with pytest.raises(TypeError, match=r"export\.due leads through export"):
        await store.update(LEDGER, "a", set={"export.due": "x"})


async def test_the_id_never_changes(store):
    await fill(store, {})
    with pytest.raises(ValueError, match="id of a document never changes"):
        await store.update(LEDGER, "a", set={"id": "b"})


async def test_an_update_to_a_value_that_is_taken_under_a_unique_index_is_not_made(store):
    await store.put_many(CONNECTIONS, [{"id": "a", "live_key": "k"}, {"id": "b"}])
    assert await store.update(CONNECTIONS, "b", set={"live_key": "k", "state": "connected"}) is None
    assert await store.get(CONNECTIONS, "b") == {"id": "b"}


async def test_of_many_updates_at_once_exactly_one_wins(store):
    await fill(store, {"fence": 0})
    tries = [store.update(LEDGER, "a", where={"fence": 0}, set={"by": n}, inc={"fence": 1}) for n in range(100)]
    winners = [won for won in await asyncio.gather(*tries) if won is not None]
    assert winners == [await store.get(LEDGER, "a")]


async def test_no_increment_is_lost_among_many_at_once(store):
    await fill(store, {})
    await asyncio.gather(*(store.update(LEDGER, "a", inc={"n": 1}) for _ in range(300)))
    assert await store.get(LEDGER, "a") == {"id": "a", "n": 300}


# open and close


async def test_opening_twice_is_harmless(store):
    await store.insert(LEDGER, {"id": "a"})
    await store.open()
    assert await ids(store, {}) == ["a"]


async def test_many_clients_may_open_an_empty_store_at_once(new_store):
    clients = [new_store() for _ in range(8)]
    await asyncio.gather(*(client.open() for client in clients))
    assert sum(await asyncio.gather(*(client.insert(LEDGER, {"id": "a"}) for client in clients))) == 1
    await asyncio.gather(*(client.close() for client in clients))


async def test_a_write_that_was_answered_is_seen_by_every_client_at_once(store, new_store):
    other = new_store()
    await other.open()
    for n in range(50):
        await store.put_many(LEDGER, [{"id": "a", "n": n}])
        assert [await client.get(LEDGER, "a") for client in (store, other)] == [{"id": "a", "n": n}] * 2
    await other.close()


async def test_close_finishes_what_is_queued(new_store):
    client = new_store()
    await client.open()
    queued = [asyncio.create_task(client.insert(LEDGER, {"id": f"{n:03}"})) for n in range(700)]
    await asyncio.sleep(0)
    await client.close()
    assert await asyncio.gather(*queued) == [True] * 700


async def test_a_closed_store_is_unavailable_until_it_is_opened_again(store):
    await store.insert(LEDGER, {"id": "a"})
    await store.close()
    await store.close()
    for call in (store.get(LEDGER, "a"), store.insert(LEDGER, {"id": "b"})):
        with pytest.raises(StoreUnavailable, match="open"):
            await call
    await store.open()
    assert await ids(store, {}) == ["a"]
