"""The oracle sees what it is there to see: each kind of damage, done to an installation in which all was well."""

import json

import pytest

from shared import topics
from shared.sandbox import Call
from shared.store.collections import LEDGER
from tests.faults.simulation.oracle import Oracle
from tests.faults.simulation.seeds import lived
from tests.faults.virtual_time import run

SEED = 9
"""One with confirmed documents and nothing else the matter."""
CONNECTOR = "exact_online"
ORDERS, ACCOUNTS = "salesorder/SalesOrders", "crm/Accounts"


def judged(*damage):
    """The promises that the oracle finds broken after this was done."""

    async def work():
        world = await lived(SEED, CONNECTOR)
        assert world.story.broken == []
        for one in damage:
            one(world)
        Oracle(world).judge()
        return world.story

    return run(work())


def table(world, path):
    return world.sandbox.division(900001).tables[path]


def confirmed(world):
    return next(row for row in world.memory.documents(LEDGER) if row["state"] == "confirmed" and "-W" in row["number"])


def change(world, **values):
    """Somebody changes an entry past the code that guards it."""
    world.memory.watch = lambda *_: None
    world.memory.keep(LEDGER, json.dumps({**confirmed(world), **values}))


def double(world, path, column):
    """One more record in the package, like the first we made."""
    books, known = world.sandbox.division(900001), world.sandbox.memory()
    row = known["sales_orders" if path == ORDERS else "accounts"][0]
    books.add(path, {**books.tables[path].rows[row[column]], column: books.new_id()})


DAMAGE = {
    "nothing": (lambda _world: None, []),
    "a second order": (lambda world: double(world, ORDERS, "OrderID"), ["twice in the books", "0 entries"]),
    "a second customer": (lambda world: double(world, ACCOUNTS, "ID"), ["twice in the books: relation", "differ"]),
    "an order that is gone": (
        lambda world: table(world, ORDERS).remove(confirmed(world)["vendor_id"]),
        ["is confirmed, but not in the books"],
    ),
    "an order with another total": (
        lambda world: table(world, ORDERS).rows[confirmed(world)["vendor_id"]].update(AmountFCExclVat=1),
        ["never published so", "is not what the books have"],
    ),
    "a call too many": (
        lambda world: world.sandbox.calls.append(Call("GET", "/api", 429)),
        ["because there were too many"],
    ),
    "an entry that is gone": (
        lambda world: (
            setattr(world.memory, "watch", lambda *_: None),
            world.memory.drop(LEDGER, confirmed(world)["id"]),
        ),
        ["has no entry in the ledger", "0 entries"],
    ),
    "an entry nobody explains": (
        lambda world: change(world, state="ready", vendor_id=None, due=None),
        ["is ready", "0 entries"],
    ),
    "an entry refused by a bug": (
        lambda world: change(world, state="refused", reason="given up after 8 tries: an internal error (KeyError)"),
        ["is refused", "never told"],
    ),
    "outcomes that are gone": (
        lambda world: [one.clear() for one in world.kafka._topics[topics.EXPORT_OUTCOMES]],
        ["never told"],
    ),
    "entities that are gone": (
        lambda world: [one.clear() for one in world.kafka._topics[topics.entities("relation")]],
        ["remembered", "differ"],
    ),
}


@pytest.mark.parametrize("claim", DAMAGE)
def test_the_oracle_sees(claim):
    damage, seen = DAMAGE[claim]
    broken = judged(damage).broken
    assert bool(broken) == bool(seen), broken
    for words in seen:
        assert any(words in promise for promise in broken), broken


def test_what_is_twice_is_counted_as_a_duplicate_and_what_is_nowhere_as_lost():
    double_order = judged(DAMAGE["a second order"][0])
    no_entry = judged(DAMAGE["an entry that is gone"][0])
    assert (double_order.duplicates, double_order.lost) == (1, 0)
    assert (no_entry.duplicates, no_entry.lost) == (0, 1)
