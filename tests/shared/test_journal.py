"""The log, read: newest first, a page at a time, by what somebody looks for, and never more than a page costs."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.clock import stamp
from shared.errors import Misconfigured
from shared.journal import LOOKED_AT, Asked, Journal
from shared.paging import Place
from shared.store import Store
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_query import matches, ordering
from tests.fakes import FakeClock

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NINE)


@pytest.fixture
def journal(store: Store, clock: FakeClock) -> Journal:
    return Journal(store, clock)


async def told(journal: Journal, asked: Asked, **how: Any) -> list[str]:
    return [row["text"] for row in (await journal.page("c", asked, **how)).rows]


async def test_pages_follow_each_other_without_a_gap_or_a_repetition(journal: Journal, clock: FakeClock) -> None:
    for number in range(10):
        await journal.write("c", "sync.finished", f"{number}")
        clock.advance(timedelta(seconds=number // 4))  # several are of one moment
    found, place = list[str](), None
    while True:
        page = await journal.page("c", Asked(), before=place, limit=3)
        found += [row["text"] for row in page.rows]
        if (place := page.older) is None:
            break
    assert sorted(found, key=int) == [str(number) for number in range(10)]
    assert found[:2] == ["9", "8"]


async def test_lines_of_another_connection_are_not_among_them(journal: Journal) -> None:
    await journal.write("other", "sync.finished", "theirs")
    assert await told(journal, Asked()) == []


async def written(journal: Journal, clock: FakeClock) -> None:
    await journal.write("c", "sync.finished", "run", counts={"relation": {}, "product": {}})
    clock.advance(timedelta(days=1))
    await journal.write("c", "sync.failed", "products failed", level="error", kind="product")
    await journal.write("c", "document.exported", "order", document="WO-1", flow="workorder")
    await journal.write("c", "document.refused", "invoice", level="error", document="I-1", flow="invoice")
    clock.advance(timedelta(days=1))
    await journal.write("c", "connection.paused", "paused")


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        (Asked(about="import"), {"run", "products failed"}),
        (Asked(about="export"), {"order", "invoice"}),
        (Asked(about="connection"), {"paused"}),
        (Asked(kind="product", about="import"), {"run", "products failed"}),
        (Asked(kind="relation"), {"run"}),
        (Asked(kind="invoice", about="export"), {"invoice"}),
        (Asked(level="error"), {"products failed", "invoice"}),
        (Asked(level="error", about="import"), {"products failed"}),
        (Asked(document="WO-1"), {"order"}),
        (Asked(document="WO-1", level="error"), set()),
        (Asked(first=NINE + timedelta(days=1)), {"products failed", "order", "invoice", "paused"}),
        (Asked(last=NINE), {"run"}),
        (
            Asked(first=NINE + timedelta(hours=1), last=NINE + timedelta(hours=30)),
            {"products failed", "order", "invoice"},
        ),
    ],
)
async def test_what_somebody_looks_for_is_found(
    journal: Journal, clock: FakeClock, asked: Asked, texts: set[str]
) -> None:
    await written(journal, clock)
    assert set(await told(journal, asked)) == texts


async def test_what_is_rare_is_searched_for_a_part_at_a_time(journal: Journal, clock: FakeClock, store: Store) -> None:
    await journal.write("c", "sync.failed", "long ago", kind="product")
    line = (await journal.read("c"))[0]
    clock.advance(timedelta(days=1))
    later = {"at": stamp(clock.moment), "text": "later", "details": {"kind": "relation"}}
    await store.insert_many("log", [{**line, **later, "id": f"line-{number}"} for number in range(LOOKED_AT + 5)])
    first = await journal.page("c", Asked(about="import", kind="product"))
    assert ([*first.rows], first.older is not None) == ([], True)
    second = await journal.page("c", Asked(about="import", kind="product"), before=first.older)
    assert ([row["text"] for row in second.rows], second.older) == (["long ago"], None)


async def test_a_full_page_at_the_very_end_has_nothing_behind_it(journal: Journal, clock: FakeClock) -> None:
    for number in range(3):
        await journal.write("c", "sync.finished", f"{number}")
    assert (await journal.page("c", Asked(), limit=3)).older is None


async def test_what_came_since_a_place_is_read_oldest_first(journal: Journal, clock: FakeClock) -> None:
    for number in range(4):
        await journal.write("c", "sync.finished", f"{number}")
        clock.advance(timedelta(seconds=1))
    place = Place.of((await journal.read("c"))[2], "at")
    assert [row["text"] for row in await journal.since("c", place)] == ["2", "3"]
    assert [row["text"] for row in await journal.since("c", place, limit=1)] == ["2"]


async def test_a_place_survives_its_way_through_an_address() -> None:
    place = Place(stamp(NINE), "a b|c")
    assert Place.read(str(place)) == place


@pytest.mark.parametrize("text", ["", "x", "2026-11-20", f"{stamp(NINE)}", f"{stamp(NINE)} ", f"{stamp(NINE)} a\0b"])
async def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="no place"):
        Place.read(text)


@pytest.mark.parametrize("asked", [Asked(), Asked(document="WO-1"), Asked(level="error"), Asked(about="import")])
async def test_every_search_goes_along_an_index(asked: Asked, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    await store.close()
    where, values = matches({"connection": "c", **asked.indexed}, NINE)
    query = f"EXPLAIN QUERY PLAN SELECT doc FROM log WHERE {where} ORDER BY {ordering(('-at',))} LIMIT 50"
    with contextlib.closing(sqlite3.connect(tmp_path / "store.db")) as file:
        plan = " / ".join(row[3] for row in file.execute(query, values))
    assert "USING INDEX" in plan, plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan, plan
