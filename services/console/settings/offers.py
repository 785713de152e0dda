"""What a package offers for settings: codes with titles, of the tables and records that the importer keeps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared import connectors
from shared.clock import Moment
from shared.hub import Hub
from shared.mapping import Choice
from shared.mappings import nearest
from shared.reference import Reference, Table
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store import Is
from shared.store.collections import FINGERPRINTS

SHOWN = 50
"""So many are offered at once where one has to search."""
LAST = "\uffff"


class Option(Frozen):
    """One thing that can be chosen. `ours`: the title is a text of ours, to be translated, not the package's own.

    `not_offered`: it is chosen, but the package does not list it. `tier`: the licence that it would need.
    """

    value: str
    title: str
    ours: bool = False
    not_offered: bool = False
    tier: str | None = None


@dataclass(frozen=True)
class Offer:
    """What there is to choose from. `whole`: nothing else is there, so that a code can be said to be wrong.

    `problem` says why the package could not be asked; `read` None: it was not asked yet.
    """

    name: str
    choices: Sequence[Choice] = ()
    whole: bool = False
    read: Moment | None = None
    problem: str | None = None

    def title(self, code: str) -> str | None:
        """The title of a code; None when it is not offered."""
        return next((one.title for one in self.choices if one.code == code), None)

    def fitting(self, text: str) -> Sequence[Choice]:
        """Those whose code or title has this text; the nearest ones if none has."""
        wanted = text.casefold()
        found = [one for one in self.choices if wanted in one.code.casefold() or wanted in one.title.casefold()]
        return (found or nearest(text, self.choices))[:SHOWN]

    def suggestions(self, key: str) -> Sequence[Choice]:
        """What a key without a code may stand for, the likeliest first: a VAT code says its own percentage, say."""
        exact = [one for one in self.choices if key in map(str, one.extra.values())]
        return list({one.code: one for one in (*exact, *nearest(key, self.choices))}.values())[:3]


async def offers(hub: Hub, connection: Connection, names: Iterable[str]) -> Mapping[str, Offer]:
    """Those of the tables, and of the kinds of records, by name."""
    wanted = set(names)
    tables = await Reference(hub.store).load_all(
        connection.scope, wanted & connectors.get(connection.connector).reference.keys()
    )
    return {name: await _offer(hub, connection, name, tables.get(name)) for name in sorted(wanted)}


async def offer(hub: Hub, connection: Connection, name: str, text: str = "") -> Offer:
    """One of them; of records, those whose code begins with the text."""
    table = await Reference(hub.store).load(connection.scope, name)
    return await _offer(hub, connection, name, table, text)


async def _offer(hub: Hub, connection: Connection, name: str, table: Table | None, text: str = "") -> Offer:
    connector = connectors.get(connection.connector)
    if name in connector.kinds:
        return Offer(name, await _records(hub, f"{connection.scope}|{name}", text))
    if table is None:
        return Offer(name)
    whole = bool(table.rows) or table.problem is None
    return Offer(name, table.choices, whole, table.read, table.problem)


async def _records(hub: Hub, scope: str, text: str) -> list[Choice]:
    """Imported records by code; their names are on the platform, not kept here."""
    from_to = {"scope": scope, "code": Is(">", "")} if not text else {"scope": scope, "code": Is(">=", text)}
    rows = await hub.store.find(FINGERPRINTS, from_to, sort=("code",), limit=SHOWN)
    return [Choice(row["code"], row["code"]) for row in rows if row["code"] <= text + LAST]
