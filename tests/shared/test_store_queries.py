"""The contract of the store port, second part: what a `where` means, sorting, the clock, and what is refused."""

import asyncio
from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from shared.clock import stamp
from shared.store import Is, StoreNow
from shared.store.collections import LEDGER
from tests.conftest import ONE_PROCESS, clients

HOUR = timedelta(hours=1)
new_store = pytest.fixture(params=ONE_PROCESS, name="new_store")(clients)


async def ids(store, where, **how):
    return [document["id"] for document in await store.find(LEDGER, where, **how)]


async def fill(store, *documents):
    """Ledger entries a, b, c ... with these fields."""
    await store.put_many(LEDGER, [{"id": chr(97 + n), **fields} for n, fields in enumerate(documents)])


# where


VALUES = [None, 0, 1, 2.5, "", "1", "b", True, False, {"k": 1}, [1, "b"]]
"""One document each, a to k; l misses the field."""

EXPECTED = {
    "null": (None, "al"),
    "a number": (1, "c"),
    "another number": (2.5, "d"),
    "text": ("1", "f"),
    "the empty text": ("", "e"),
    "true": (True, "h"),
    "false": (False, "i"),
    "the text of an object": ('{"k":1}', ""),
    "the text of a list": ('[1,"b"]', ""),
    "one of the texts of a list and an object": (Is("in", ['[1,"b"]', '{"k":1}', "b"]), "g"),
    "less": (Is("<", 2), "bc"),
    "at most": (Is("<=", 1), "bc"),
    "more": (Is(">", 0), "cd"),
    "at least": (Is(">=", 1), "cd"),
    "text at least": (Is(">=", "1"), "fg"),
    "any text": (Is(">=", ""), "efg"),
    "text less": (Is("<", "b"), "ef"),
    "not null": (Is("!=", None), "bcdefghijk"),
    "not a number": (Is("!=", 1), "abdefghijkl"),
    "not a text": (Is("!=", "b"), "abcdefhijkl"),
    "not true": (Is("!=", True), "abcdefgijkl"),
    "one of": (Is("in", ["b", 1, True]), "cgh"),
    "one of a set": (Is("in", {"1", "x"}), "f"),
    "one of none": (Is("in", []), ""),
}


@pytest.mark.parametrize("path", ["value", "deep.value"])
@pytest.mark.parametrize("claim", EXPECTED)
async def test_where_holds_for(store, claim, path):
    *above, name = path.split(".")
    documents = [{name: value} for value in VALUES] + [{}]
    await fill(store, *({above[0]: document} if above else document for document in documents))
    wanted, expected = EXPECTED[claim]
    assert "".join(await ids(store, {path: wanted})) == expected
    assert await store.count(LEDGER, {path: wanted}) == len(expected)
    assert (await store.update(LEDGER, "h", where={path: wanted}, set={"hit": 1}) is not None) == ("h" in expected)


async def test_all_of_where_must_hold(store):
    await fill(store, {"x": 1, "y": 1}, {"x": 1, "y": 2}, {"x": 2, "y": 1})
    assert await ids(store, {"x": 1, "y": Is(">", 1)}) == ["b"]


async def test_an_empty_where_holds_for_all(store):
    await fill(store, {}, {})
    assert await ids(store, {}) == ["a", "b"]


async def test_the_id_is_compared_like_any_text(store):
    await fill(store, {}, {}, {})
    assert await ids(store, {"id": Is(">", "a")}) == ["b", "c"]
    assert await ids(store, {"id": Is("!=", "b")}) == ["a", "c"]
    assert await ids(store, {"id": Is(">", 0)}) == []


async def test_text_is_compared_by_code_point(store):
    await fill(store, *({"t": text} for text in ["a", "Z", "é", "😀", "a\u0000b"]))
    assert await ids(store, {}, sort=("t",)) == ["b", "a", "e", "c", "d"]
    assert await ids(store, {"t": "é"}) == ["c"]


@pytest.mark.parametrize("value", [{"k": 1}, [1], Decimal(1), timedelta(0)], ids=repr)
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: Is("!=", value), lambda value: Is("in", [value])])
async def test_only_text_numbers_and_booleans_are_compared(store, value, wrap):
    with pytest.raises(TypeError, match="cannot be compared"):
        await store.find(LEDGER, {"field": wrap(value)})


@pytest.mark.parametrize("wanted", [Is("<", None), Is(">=", None)], ids=repr)
async def test_null_is_not_less_or_more_than_anything(store, wanted):
    with pytest.raises(ValueError, match="null"):
        await store.find(LEDGER, {"field": wanted})


# find


async def test_find_sorts_by_field_paths_and_ties_by_id(store):
    fields = {"d": {"x": {"y": 1}, "z": 1}, "c": {"x": {"y": 2}}, "b": {"x": {"y": 1}}, "a": {"x": {"y": 2}}}
    await store.put_many(LEDGER, [{"id": id, **rest} for id, rest in fields.items()])
    assert await ids(store, {}, sort=("x.y",)) == ["b", "d", "a", "c"]
    assert await ids(store, {}, sort=("-x.y",)) == ["a", "c", "b", "d"]
    assert await ids(store, {}, sort=("x.y", "-z")) == ["d", "b", "a", "c"]
    assert await ids(store, {}, sort=("-id",)) == ["d", "c", "b", "a"]


async def test_missing_and_null_sort_before_any_value(store):
    await fill(store, {"n": 1}, {}, {"n": -1}, {"n": None})
    assert await ids(store, {}, sort=("n",)) == ["b", "d", "c", "a"]


async def test_find_returns_the_first_ones_up_to_the_limit(store):
    await fill(store, *({"n": -n} for n in range(5)))
    assert await ids(store, {}, sort=("n",), limit=2) == ["e", "d"]
    assert await ids(store, {}, limit=0) == []


async def test_find_returns_a_hundred_unless_told_otherwise(store):
    await store.put_many(LEDGER, [{"id": f"{n:03}"} for n in range(101)])
    assert await ids(store, {}) == [f"{n:03}" for n in range(100)]


# the store's clock


async def test_the_clock_of_the_store_is_aware_and_in_utc(store):
    assert (await store.now()).tzinfo is UTC


async def test_store_now_is_the_clock_of_the_store_as_text(store):
    before = await store.now()
    await store.insert(LEDGER, {"id": "a", "at": StoreNow(), "deep": [{"at": StoreNow()}]})
    await store.put_many(LEDGER, [{"id": "b", "at": StoreNow()}])
    changed = await store.update(LEDGER, "a", set={"lease.until": StoreNow(HOUR), "last": {"at": StoreNow(-HOUR)}})
    after = await store.now()
    other = await store.get(LEDGER, "b")
    for text in (changed["at"], changed["deep"][0]["at"], other["at"]):
        assert stamp(before) <= text <= stamp(after)
    assert stamp(before + HOUR) <= changed["lease"]["until"] <= stamp(after + HOUR)
    assert stamp(before - HOUR) <= changed["last"]["at"] <= stamp(after - HOUR)


async def test_store_now_in_where_compares_with_stored_moments(store):
    now = await store.now()
    await fill(store, {"due": stamp(now - HOUR)}, {"due": stamp(now + HOUR)}, {"due": None})
    assert await ids(store, {"due": Is("<=", StoreNow())}) == ["a"]
    assert await ids(store, {"due": Is("<=", StoreNow(2 * HOUR))}) == ["a", "b"]
    assert await store.count(LEDGER, {"due": Is(">", StoreNow(-2 * HOUR))}) == 2
    assert await store.count(LEDGER, {"due": StoreNow()}) == 0
    assert await store.count(LEDGER, {"due": Is("in", [StoreNow()])}) == 0
    assert await store.update(LEDGER, "b", where={"due": Is("<=", StoreNow())}, set={"n": 1}) is None


# what is refused


@pytest.mark.parametrize("collection", ["", "nowhere", 'ledger" --', "sqlite_master"])
async def test_unknown_collections_are_refused(store, collection):
    calls = [
        store.get(collection, "a"),
        store.get_many(collection, ["a"]),
        store.insert(collection, {"id": "a"}),
        store.put_many(collection, [{"id": "a"}]),
        store.update(collection, "a", set={"n": 1}),
        store.find(collection, {}),
        store.count(collection, {}),
        store.delete_many(collection, ["a"]),
    ]
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(outcome, ValueError)


@pytest.mark.parametrize("path", ["", ".", "a.", "a..b", "a b", "a'", 'a"', "a') OR 1 --", "$set", "a[0]", "a\n", "é"])
async def test_odd_field_paths_are_refused_wherever_one_may_stand(store, path):
    await fill(store, {})
    calls = [
        store.find(LEDGER, {path: 1}),
        store.find(LEDGER, {}, sort=(path,)),
        store.count(LEDGER, {path: None}),
        store.update(LEDGER, "a", where={path: 1}, set={"n": 1}),
        store.update(LEDGER, "a", set={path: 1}),
        store.update(LEDGER, "a", inc={path: 1}),
    ]
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(outcome, ValueError)
    assert await store.get(LEDGER, "a") == {"id": "a"}


@pytest.mark.parametrize("text", ["'; DROP TABLE ledger; --", '" OR 1=1', "%", "naïve ☃", "\\"])
async def test_values_are_never_read_as_anything_but_values(store, text):
    assert await store.insert(LEDGER, {"id": text, "t": text}) is True
    assert await store.update(LEDGER, text, where={"t": text}, set={"u": text}) is not None
    assert await ids(store, {"id": Is("in", [text]), "u": text}) == [text]
    assert await store.delete_many(LEDGER, [text]) == 1


@pytest.mark.parametrize("document", [{}, {"id": None}, {"id": 1}], ids=repr)
async def test_a_document_needs_a_text_id(store, document):
    with pytest.raises(TypeError, match="text id"):
        await store.insert(LEDGER, document)


@pytest.mark.parametrize("value", [Decimal("1.10"), b"x", timedelta(0), {1, 2}, float("nan"), float("inf")], ids=repr)
async def test_what_json_has_no_word_for_is_refused_and_never_stored_bent(store, value):
    await fill(store, {})
    for call in (store.insert(LEDGER, {"id": "x", "v": value}), store.update(LEDGER, "a", set={"v": value})):
        with pytest.raises((TypeError, ValueError)):
            await call
    assert await store.find(LEDGER, {}) == [{"id": "a"}]


async def test_a_refused_write_does_not_disturb_those_made_at_the_same_time(store):
    calls = [store.insert(LEDGER, {"id": f"{n:02}", "v": Decimal(1) if n % 3 == 0 else n}) for n in range(30)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [outcome is True for outcome in outcomes] == [n % 3 != 0 for n in range(30)]
    assert await ids(store, {}) == [f"{n:02}" for n in range(30) if n % 3]


async def test_put_many_is_all_or_nothing(store):
    with pytest.raises(TypeError):
        await store.put_many(LEDGER, [{"id": "a"}, {"id": "b", "v": Decimal(1)}])
    assert await store.count(LEDGER, {}) == 0
