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


def absent(world, **values):
    """An order is not in the books, and its entry says so."""
    table(world, ORDERS).remove(confirmed(world)["vendor_id"])
    change(world, **{"vendor_id": None, "vendor_number": None, "sent_revision": None, **values})


def published(world):
    """The document of the entry that is changed, and another one that is in the books too."""
    document = world.platforms[0].documents[confirmed(world)["number"]]
    return document, next(one for one in world.platforms[0].documents.values() if one is not document)


def the_same_work(world):
    document, other = published(world)
    document.work = other.work


def credit_note(world):
    document, other = published(world)
    document.credits = other.number
    absent(world, state="waiting", reason="its invoice is not there", waits_for=f"invoice:row-{other.number}")


def heard_again(world, sequence, **values):
    """Behind every outcome comes another one, with that sequence."""
    for partition in world.kafka._topics[topics.EXPORT_OUTCOMES]:
        for record in [*partition]:
            headers = tuple({**dict(record.headers), "ce_sequence": sequence}.items())
            value = json.dumps({**json.loads(record.value), **values}).encode()
            partition.append(record._replace(headers=headers, value=value))


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
        ["is confirmed, but not in the books", "lost: "],
    ),
    "an order with another total": (
        lambda world: table(world, ORDERS).rows[confirmed(world)["vendor_id"]].update(AmountFCExclVat=1),
        ["never published so", "is not what the books have"],
    ),
    "a call too many": (
        lambda world: world.sandbox.calls.append(Call("GET", "/api", 429)),
        ["because there were too many"],
    ),
    "more calls than are allowed": (
        lambda world: world.sandbox.calls.extend([Call("GET", "/api", 200)] * 121),
        ["more than 120 calls in a minute"],
    ),
    "work that is billed twice": (the_same_work, ["twice in the books: the work of"]),
    "an order that waits for a setting": (
        lambda world: absent(world, state="waiting", reason="the VAT code is missing", waits_for="vat_codes"),
        ["lost: ", "is waiting"],
    ),
    "a credit note that waits for an invoice that is there": (credit_note, ["lost: ", "is waiting"]),
    **{
        f"an order left out, {reason}": (
            lambda world, reason=reason: absent(world, state="skipped", reason=reason),
            ["lost: ", "is skipped"],
        )
        for reason in (
            "from before the start date 2026-01-01",
            "the same work is billed already: by nothing",
            "it was sent before: nowhere",
            "it went to books that never had it",
            "nobody knows why",
        )
    },
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
        ["is refused", "the last the platform was told is exported"],
    ),
    "outcomes that are gone": (
        lambda world: [one.clear() for one in world.kafka._topics[topics.EXPORT_OUTCOMES]],
        ["the last the platform was told is None"],
    ),
    "newer outcomes that say something else": (
        lambda world: heard_again(world, b"9" * 12, result="waiting"),
        ["is exported 2600", "the last the platform was told is waiting 2600"],
    ),
    "newer outcomes with another number": (
        lambda world: heard_again(world, b"9" * 12, vendor_number="1"),
        ["the last the platform was told is exported 1"],
    ),
    "older outcomes that come last": (lambda world: heard_again(world, b"0" * 12, result="waiting"), []),
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


@pytest.mark.parametrize(
    ("claim", "duplicates", "lost"),
    [
        ("a second order", 1, 0),
        ("an order that is gone", 0, 1),
        ("an order that waits for a setting", 0, 1),
        ("an entry that is gone", 0, 0),
    ],
)
def test_duplicates_and_losses_are_counted_in_the_books(claim, duplicates, lost):
    story = judged(DAMAGE[claim][0])
    assert (story.duplicates, story.lost) == (duplicates, lost)
