"""Ending a connection, and what of its documents goes to other books: what is asked, and what then is done."""

from collections.abc import Sequence
from datetime import date

from shared import connectors, login, moving
from shared.errors import FieldledgerError
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.mapping import Receipt
from shared.moving import Left
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.store.collections import LEDGER

SHOWN = 50
"""Documents of each state in one list; what is decided makes room for the next."""
AT_ONCE = 500
"""Documents of each state that go with one click on "all"."""


class Ending(Frozen):
    """What ending a connection means. `unsent` documents wait there and stay; `sent` are in the books and stay too."""

    connection: str
    title: str
    administration: str
    unsent: int
    sent: int


class LeftBehind(Frozen):
    """A document that waits in an ended connection. `doubtful`: it may be in the old books."""

    id: str
    flow: Flow
    number: str
    day: date
    customer: str
    reason: str | None
    doubtful: bool


class Old(Frozen):
    """An ended connection with documents that wait: `count` of them, the first ones in `documents`."""

    connection: str
    title: str
    administration: str
    count: int
    documents: tuple[LeftBehind, ...]


class Moved(Frozen):
    """What a decision did: documents that go to other books, or stay out; `doubtful` ones still need a look."""

    moved: int = 0
    left_out: int = 0
    doubtful: int = 0


class Ended(FieldledgerError):
    """What was asked of a connection that is live needs one that is."""


class NotLeft(FieldledgerError):
    """A document that does not wait in that ended connection any more."""


async def ending(hub: Hub, connection: Connection) -> Ending:
    """What is asked before a connection is ended. `Ended` when it was."""
    _must_be_live(connection)
    return Ending(
        connection=connection.id,
        title=connectors.get(connection.connector).title,
        administration=connection.administration.name,
        unsent=await moving.how_many_left(hub, connection),
        sent=await hub.store.count(LEDGER, {"connection": connection.id, "state": "confirmed"}),
    )


def _must_be_live(connection: Connection) -> None:
    if connection.state == "disconnected":
        raise Ended("This connection was ended already.")


async def end(hub: Hub, connection: Connection) -> Connection:
    """End it. `Ended` when it was."""
    _must_be_live(connection)
    return await login.disconnect(hub, connection.id)


async def olds(hub: Hub, connection: Connection) -> Sequence[Old]:
    """The ended connections of this tenant to this package whose documents wait for a word."""
    ended = await hub.connections.ended_of(connection.tenant, connection.connector)
    found = [await _old(hub, one) for one in ended if one.id != connection.id]
    return [one for one in found if one.count]


async def _old(hub: Hub, ended: Connection) -> Old:
    count = await moving.how_many_left(hub, ended)
    left = await moving.left_behind(hub, ended, limit=SHOWN) if count else []
    return Old(
        connection=ended.id,
        title=connectors.get(ended.connector).title,
        administration=ended.administration.name,
        count=max(count, len(left)) if left else 0,
        documents=tuple(map(_shown, left)),
    )


def _shown(left: Left) -> LeftBehind:
    known = left.entry.model_dump(include={"id", "flow", "number", "day", "reason"})
    return LeftBehind(**known, customer=customer_of(left.entry), doubtful=left.doubtful)


def customer_of(entry: Entry) -> str:
    """The name of whom a document is for, as the event says."""
    customer = entry.body.get("invoice_customer") or entry.body.get("customer") or {}
    return str(customer.get("name", ""))


async def old_of(hub: Hub, to: Connection, ended: str) -> Connection | None:
    """The ended connection whose documents may go to `to`; None: it is none of this tenant's to this package."""
    found = await hub.connections.of_tenant(to.tenant, ended)
    fits = found is not None and found.connector == to.connector and found.state == "disconnected"
    return found if fits else None


async def chosen(hub: Hub, ended: Connection, documents: Sequence[str]) -> list[Left]:
    """The documents by id. `NotLeft` when one does not wait there, before anything is done."""
    found = [await moving.left_there(hub, ended, id) for id in dict.fromkeys(documents)]
    if None in found:
        raise NotLeft("One of these documents does not wait there any more. Look at the list again.")
    return [one for one in found if one is not None]


async def all_of(hub: Hub, ended: Connection) -> Sequence[Left]:
    """What waits there, as many as go at once."""
    return await moving.left_behind(hub, ended, limit=AT_ONCE)


async def move(hub: Hub, left: Sequence[Left], to: Connection) -> Moved:
    """These go to the books of `to`; those that may be in the old books stay for a look."""
    _must_be_live(to)
    sure = [one for one in left if not one.doubtful]
    for one in sure:
        await moving.move(hub, one, to)
    return Moved(moved=len(sure), doubtful=len(left) - len(sure))


async def leave(hub: Hub, left: Sequence[Left]) -> Moved:
    """These go nowhere; those that may be in the old books stay for a look."""
    sure = [one for one in left if not one.doubtful]
    for one in sure:
        await moving.leave(hub, one)
    return Moved(left_out=len(sure), doubtful=len(left) - len(sure))


async def settle(hub: Hub, left: Left, number: str | None) -> Entry:
    """Somebody looked: the document is in the old books under that number, or (None) it is not."""
    return await moving.settle(hub, left.entry, Receipt(number, number) if number else None)
