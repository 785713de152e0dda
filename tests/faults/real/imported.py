"""What consumers believe of the package, compared with what it holds when everything was read."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared import topics
from shared.bus import Record
from shared.runs import Runs
from shared.schemas.connections import Connection
from shared.store.collections import RUNS
from tests.faults.real.books import MANY
from tests.faults.real.place import insist, until
from tests.kafka.installation import RESOURCES, Installation

EVERY = slice(None)
Names = Mapping[str, str]
"""Vendor id -> name."""


@dataclass(frozen=True)
class Believed:
    """What a consumer believes who ignores a lower sequence: the names of each connection, by its id.

    `late` keys have an older record behind a newer one.
    """

    names: Mapping[str, Names]
    late: int


def rename(here: Installation, connections: Sequence[Connection], name: str, which: slice = EVERY) -> None:
    """Somebody gives these relations in the books of these connections that name."""
    for division in {int(connection.administration.code) for connection in connections}:
        for id in list(here.sandbox.division(division).tables[RESOURCES["relation"]].rows)[which]:
            here.sandbox.change(division, RESOURCES["relation"], id, Name=name)


async def misread(here: Installation, connections: Sequence[Connection]) -> Sequence[str]:
    """Wait until the importers have read everything; where consumers then believe what the package does not hold."""
    await _until_read(here, connections)
    wrong: list[str] = []
    for kind in RESOURCES:
        names = believed(await here.records(topics.entities(kind))).names
        books = {one.id: here.books(kind, one) for one in connections}
        wrong += differences(kind, names, books)
    return wrong


async def _until_read(here: Installation, connections: Sequence[Connection]) -> None:
    """What is under way ends; then each is read once more, because a tick that met a run would start none."""
    runs = Runs(here.hub.store)

    async def idle() -> bool:
        return not await runs.all_active()

    await until(here, idle, "every sync under way ends")
    before = await _ended(here)

    async def once_more() -> bool:
        now = await _ended(here)
        return all(now[connection.id] > before[connection.id] for connection in connections)

    await insist(lambda: here.tick(connections, "last"))
    await until(here, once_more, "everything is read once more")


async def _ended(here: Installation) -> Counter[str]:
    """How many syncs of each connection have ended."""
    return Counter(row["connection"] for row in await here.hub.store.find(RUNS, {"state": "done"}, limit=MANY))


def believed(records: Sequence[Record]) -> Believed:
    """From all records of one kind, in the order of their topic."""
    newest: dict[str, tuple[str, bytes | None]] = {}
    late = set()
    for record in records:
        key, sequence = record.key or "", dict(record.headers)["ce_sequence"].decode()
        if sequence < newest.get(key, ("", None))[0]:
            late.add(key)
        else:
            newest[key] = sequence, record.value
    names: dict[str, dict[str, str]] = {}
    for key, (_, value) in newest.items():
        if value:
            found = json.loads(value)["record"]
            names.setdefault(key.partition("|")[0], {})[found["vendor_id"]] = found.get("name") or found["description"]
    return Believed(names, len(late))


def differences(kind: str, names: Mapping[str, Names], books: Mapping[str, Names]) -> Iterator[str]:
    """A sentence for each connection whose consumers believe something else than its books hold."""
    for connection, held in books.items():
        told = names.get(connection, {})
        wrong = [id for id in {*held, *told} if held.get(id) != told.get(id)]
        if wrong:
            example = min(wrong)
            yield (
                f"{len(wrong)} records ({kind}) of {connection} are not as the package has them: {example} is "
                f"{held.get(example)} in the books, {told.get(example)} to consumers"
            )
