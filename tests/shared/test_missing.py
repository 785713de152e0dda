"""What documents wait for, as a page shows it: the same whether few or many wait."""

import pytest

from shared.missing import COUNTED, missing
from shared.store import Store
from shared.store.collections import LEDGER


def waits(n: int, waits_for: str | None, key: str | None = None, state: str = "waiting") -> dict[str, object]:
    """A ledger entry, as far as the question goes."""
    return {
        "id": f"e{n:05d}",
        "connection": "c",
        "state": state,
        "waits_for": waits_for,
        "waits_key": key,
        "planned": f"2026-01-01T00:00:{n:05d}",
        "number": f"WO-{n}",
    }


async def test_documents_are_grouped_by_what_they_wait_for_the_longest_wait_first(store: Store) -> None:
    rows = [
        waits(1, "vat_codes", "21"),
        waits(2, "ledger"),
        waits(3, "vat_codes", "9"),
        waits(4, "vat_codes", "21"),
        waits(5, "invoice:7"),
        waits(6, None),
        waits(7, "journal", state="confirmed"),
    ]
    await store.insert_many(LEDGER, rows)
    found = await missing(store, "c")
    assert [(one.waits_for, one.key, one.count, one.example, one.more) for one in found] == [
        ("vat_codes", "21", 2, "WO-1", False),
        ("ledger", None, 1, "WO-2", False),
        ("vat_codes", "9", 1, "WO-3", False),
    ]


@pytest.mark.parametrize("first", ["vat_codes", "invoice:7"])
async def test_many_documents_that_wait_for_one_thing_hide_no_other(store: Store, first: str) -> None:
    rows = [waits(n, first, "21" if first == "vat_codes" else None) for n in range(COUNTED + 5)]
    others = [waits(9001, "vat_codes", "9"), waits(9002, "journal"), waits(9003, "hour_types", "X")]
    await store.insert_many(LEDGER, [*rows, *others, waits(9004, None), waits(9005, "invoice:9")])
    found = {(one.waits_for, one.key): one for one in await missing(store, "c")}
    wanted = {("vat_codes", "9"), ("journal", None), ("hour_types", "X")}
    assert found.keys() == wanted | ({("vat_codes", "21")} if first == "vat_codes" else set())
    assert all(one.more for one in found.values())
    assert found["journal", None].example == "WO-9002"


async def test_a_setting_waited_for_as_a_whole_and_by_key_is_found_both_ways(store: Store) -> None:
    rows = [waits(n, "hour_types") for n in range(COUNTED)]
    await store.insert_many(LEDGER, [*rows, waits(9001, "hour_types", "A"), waits(9002, "hour_types", "B")])
    found = await missing(store, "c")
    assert [one.key for one in found] == [None, "A", "B"]
