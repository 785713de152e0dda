"""Single documents, by id or number: from the ledger, or, if it never saw them, from the platform's topics."""

from collections.abc import Collection, Sequence

from shared.errors import Misconfigured
from shared.ledger.entry import Entry
from shared.replay.history import Found, newest, publish_found
from shared.replay.run import Replay
from shared.schemas.messages import ExportRequest


async def replay_documents(replay: Replay, names: Sequence[str]) -> None:
    """Ask for each again: refused and left-out ones are tried once more, those in the books stay as they are.

    `Misconfigured` names the one that is nowhere, or is several; then nothing is published.
    """
    known = {name: await _in_ledger(replay, name) for name in names}
    never_seen = [name for name, entry in known.items() if entry is None]
    found = await _in_topics(replay, never_seen) if never_seen else []
    entries = [entry for entry in known.values() if entry]
    replay.counts.update(entry.state for entry in entries)
    replay.counts.update("new" for _ in found)
    asked = [ExportRequest(connection=entry.connection, entry=entry.id, reason="replay") for entry in entries]
    await replay.publish([await replay.ask(entry, request) for entry, request in zip(entries, asked, strict=True)])
    await publish_found(replay, found)


async def _in_ledger(replay: Replay, name: str) -> Entry | None:
    """The entry of that id, or the one whose document has that id or number, of a live connection."""
    by_id = await replay.hub.entries.get(name)
    found = {by_id.id: by_id} if by_id else {}
    # Many tenants have a document 1001: where one tenant is asked for, the others' must not crowd out its own.
    whose = {"tenant": next(iter(replay.tenants))} if len(replay.tenants) == 1 else {}
    for field in ("document", "number"):
        where = {"connector": replay.connector.name, **whose, field: name}
        found |= {entry.id: entry for entry in await replay.hub.entries.list(where)}
    mine = [entry for entry in found.values() if _is_live(replay, entry)]
    _refuse_several(name, [entry.id for entry in mine])
    return mine[0] if mine else None


def _is_live(replay: Replay, entry: Entry) -> bool:
    connection = replay.tenants.get(entry.tenant)
    return connection is not None and connection.id == entry.connection


async def _in_topics(replay: Replay, names: Collection[str]) -> Collection[Found]:
    found = await newest(replay, lambda document: document.document in names or document.number in names)
    for name in names:
        same = [one.entry for one in found if name in (one.document, one.number)]
        _refuse_several(name, same)
        if not same:
            raise Misconfigured(
                f"There is no document {name!r}: Fieldledger never received it, and it is not among the events that "
                "Kafka still has. Complete it again on the platform."
            )
    return found


def _refuse_several(name: str, entries: Sequence[str]) -> None:
    if len(entries) > 1:
        raise Misconfigured(
            f"There are {len(entries)} documents {name!r}; add --tenant, or take one of these ids: "
            f"{', '.join(entries)}."
        )
