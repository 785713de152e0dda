"""Whatever happens in the package and to us: a new consumer of the compacted topics sees the package as it is now."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from shared import turns
from shared.schemas.connections import Connection
from shared.store import Store
from tests.syncs import DIVISION, change, present, remove, synced, table
from tests.world import World, make_world

ACCOUNTS, ITEMS, GROUPS = "crm/Accounts", "logistics/Items", "logistics/ItemGroups"
EMPLOYEES, ENTRIES, TERMS = "payroll/Employees", "salesentry/SalesEntries", "cashflow/PaymentTerms"
Row = dict[str, Any]
Facts = dict[str, tuple[Any, ...]]

_WANTED: dict[str, tuple[str, Callable[[Row], bool], Callable[[Row], tuple[Any, ...]]]] = {
    "relation": (
        ACCOUNTS,
        lambda row: not row.get("Blocked") and not row.get("EndDate"),
        lambda row: (row["Name"], row.get("City") or ""),
    ),
    "product": (ITEMS, lambda row: not row.get("IsTime"), lambda row: (row["Description"], row.get("Unit", "stuk"))),
    "hour_type": (ITEMS, lambda row: bool(row.get("IsTime")), lambda row: (row["Description"],)),
    "product_category": (GROUPS, lambda _: True, lambda row: (row["Description"],)),
    "employee": (
        EMPLOYEES,
        lambda row: row.get("IsActive", True) and not row.get("EndDate"),
        lambda row: (row["FullName"],),
    ),
}
_SEEN: dict[str, Callable[[Row], tuple[Any, ...]]] = {
    "relation": lambda record: (record["name"], record["address"]["city"]),
    "product": lambda record: (record["description"], record["unit"]),
    "hour_type": lambda record: (record["name"],),
    "product_category": lambda record: (record["name"],),
    "employee": lambda record: (record["name"],),
    "payment": lambda record: (record["paid"], Decimal(record["open_amount"])),
}


def in_the_package(world: World) -> dict[str, Facts]:
    """What the default settings let through, straight from the package's tables."""
    found = {
        kind: {id: facts(row) for id, row in table(world, path).items() if chosen(row)}
        for kind, (path, chosen, facts) in _WANTED.items()
    }
    due: dict[str, Decimal] = {}
    for term in (term for term in table(world, TERMS).values() if term["LineType"] == 20):
        invoice = term["TransactionEntryID"]
        due[invoice] = due.get(invoice, Decimal(0)) + abs(term["Due"] - term["Paid"])
    return {**found, "payment": {invoice: (still == 0, still) for invoice, still in due.items()}}


def in_the_topics(world: World) -> dict[str, Facts]:
    """What a new consumer of the compacted topics ends up with."""
    return {
        kind: {event["vendor_id"]: facts(event["record"]) for event in present(world, kind).values()}
        for kind, facts in _SEEN.items()
    }


def edit(world: World, random: Random, word: str) -> None:
    """Somebody does one thing in the package."""
    sandbox: Any = world.sandbox
    pick = lambda path: random.choice(sorted(table(world, path)))  # noqa: E731  # one word for eight uses
    item, invoice = pick(ITEMS), pick(ENTRIES)
    random.choice([
        lambda: change(world, ACCOUNTS, pick(ACCOUNTS), Name=f"Naam {word}"),
        lambda: change(world, ACCOUNTS, pick(ACCOUNTS), Blocked=random.random() < 0.5),
        lambda: remove(world, ACCOUNTS, pick(ACCOUNTS)),
        lambda: change(world, ITEMS, item, Description=f"Artikel {word}"),
        lambda: change(world, ITEMS, item, IsTime=1 - int(table(world, ITEMS)[item].get("IsTime", 0)), Unit=f"u{word}"),
        lambda: remove(world, ITEMS, item),
        lambda: change(world, GROUPS, pick(GROUPS), Description=f"Groep {word}"),
        lambda: change(world, EMPLOYEES, pick(EMPLOYEES), IsActive=random.random() < 0.5, FullName=f"Mens {word}"),
        lambda: remove(world, EMPLOYEES, pick(EMPLOYEES)),
        lambda: sandbox.unpay(DIVISION, invoice),
        lambda: sandbox.pay(DIVISION, invoice, date(2026, 11, 20)),
        lambda: remove(world, ENTRIES, invoice),
    ])()  # fmt: skip


async def disturb(world: World, connection: Connection, random: Random) -> None:
    """Bad luck that strikes the coming sync."""
    match random.randrange(5):
        case 0:
            world.bus.fail_next(random.randint(1, 2))
        case 1:
            world.sandbox.fail_next(503, match="/sync/", skip=random.randrange(6))
        case 2:
            world.sandbox.fail_next(429, match="/sync/", skip=random.randrange(6), headers=_reset(world))
        case 3:
            vanished = {"owner": "vanished", "lease_until": "2020-01-01T00:00:00.000000Z"}
            await world.store.update("lanes", connection.id, set=vanished)


def _reset(world: World) -> dict[str, str]:
    now = int(world.sandbox.clock.now().timestamp() * 1000)
    values = {"Limit": "60", "Remaining": "0", "Reset": str(now + 50)}
    return {f"X-RateLimit-Minutely-{name}": value for name, value in values.items()}


@pytest.mark.parametrize("seed", range(4))
async def test_a_new_consumer_sees_the_package_after_edits_deletions_and_changes_of_unit(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PAUSE_AFTER_OUTAGE", timedelta(milliseconds=10))
    world, random = make_world(store, accounts=60, items=40), Random(seed)
    connection = await synced(world)
    assert in_the_topics(world) == in_the_package(world)
    for round in range(6):
        for number in range(random.randint(1, 7)):
            edit(world, random, f"{round}-{number}")
        await disturb(world, connection, random)
        await world.tick(connection, f"slot-{round + 2}")
        await world.quiet(patience=1.5)
        assert in_the_topics(world) == in_the_package(world), f"round {round}"


async def test_of_every_key_the_last_message_has_the_highest_sequence(store: Store) -> None:
    world, random = make_world(store), Random(99)
    connection = await synced(world)
    for round in range(3):
        edit(world, random, str(round))
        await world.tick(connection, f"slot-{round + 2}")
        await world.quiet()
    sequences: dict[tuple[str, str], list[str]] = {}
    for message in world.bus.messages:
        if message.topic.startswith("entities."):
            sequences.setdefault((message.topic, message.key), []).append(message.headers["ce_sequence"])
    assert all(found == sorted(set(found)) for found in sequences.values())
