"""A tenant's licence for one connector: once it has ended the lane rests; renewed, it goes on by itself.

Its tier decides which kinds are read and which documents are sent. What a smaller one leaves out stops where it is:
what was published stays, what is to be sent waits, and a document that was begun is finished.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from shared import connectors
from shared.clock import stamp
from shared.connector import Connector
from shared.errors import NeedsOwner, Unmappable
from shared.exporting import CHOSEN_BY, flow_of_model
from shared.hub import Hub
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.schemas.messages import LicenseChanged
from shared.store import Is
from shared.store.collections import LICENCES
from shared.words import FLOWS, plural, singular


async def change(hub: Hub, tenant: str, changed: LicenseChanged) -> Connection | None:
    """Note what the licence manager says, also for a connection to come; the live one, if this was news to it.

    Nothing is done here: the next turn meets it (`must_be_licensed`), so it is said in one place whoever notes it.
    """
    await _keep(hub, tenant, changed)
    live = (await hub.connections.live(changed.connector, [tenant])).get(tenant)
    if live is None or (live.licence_told is not None and changed.changed_at <= live.licence_told):
        return None
    noted = await hub.connections.note_licence(live, changed)
    await hub.lanes.resume(live.id)
    if changed.active and not live.licensed:
        text = "The licence was renewed. What waited goes on, oldest first."
        await hub.journal.write(live.id, "connection.licensed", text)
    await _tell_tier(hub, live, noted)
    # Documents wait for the setting that chose what the licence does not have; by now it may have it.
    await hub.connections.try_again(live.id, dict.fromkeys(CHOSEN_BY.values()))
    return noted


async def told(hub: Hub, tenant: str, connectors: Collection[str]) -> Mapping[str, LicenseChanged]:
    """What was last said of the tenant's licences for these connectors, by connector; nothing of some, perhaps."""
    ids = [_id(tenant, connector) for connector in connectors]
    found = (await hub.store.get_many(LICENCES, ids)).values()
    return {row["connector"]: LicenseChanged.model_validate(row) for row in found}


async def begun_with(hub: Hub, connection: Connection) -> Connection:
    """A connection that is to be made, with the licence that was told before there was one."""
    word = (await told(hub, connection.tenant, [connection.connector])).get(connection.connector)
    if word is None:
        return connection
    licence = {"licensed": word.active, "tier": word.tier, "licence_told": word.changed_at}
    return connection.model_copy(update=licence)


async def catch_up(hub: Hub, connection: Connection) -> None:
    """Tell a connection that is live by now what was said of its licence while it was not."""
    for word in (await told(hub, connection.tenant, [connection.connector])).values():
        await change(hub, connection.tenant, word)


async def _keep(hub: Hub, tenant: str, changed: LicenseChanged) -> None:
    """The newest word stays, in whatever order they come."""
    id, word = _id(tenant, changed.connector), changed.model_dump(mode="json")
    word["changed_at"] = stamp(changed.changed_at)
    if not await hub.store.insert(LICENCES, {"id": id, "tenant": tenant, **word}):
        await hub.store.update(LICENCES, id, where={"changed_at": Is("<", word["changed_at"])}, set=word)


def _id(tenant: str, connector: str) -> str:
    return f"{tenant}|{connector}"


def must_be_licensed(connection: Connection) -> None:
    """`NeedsOwner` while the licence has ended."""
    if not connection.licensed:
        raise NeedsOwner(ended(connection))


def ended(connection: Connection) -> str:
    """What the owner reads while the licence has ended."""
    title = connectors.get(connection.connector).title
    return f"The licence for {title} has ended. Renew it, and everything that waits goes on by itself."


def kinds_of(connection: Connection, kinds: Iterable[str]) -> tuple[str, ...]:
    """Those of the kinds that the licence has."""
    connector = connectors.get(connection.connector)
    return tuple(kind for kind in kinds if connector.includes(connection.tier, connector.import_of(kind).tier))


def must_have(connection: Connection, flow: Flow, document_type: str, needed: str | None) -> None:
    """`Unmappable` when the licence does not have such documents: they wait for a larger one, or another choice."""
    connector = connectors.get(connection.connector)
    if needed is not None and not connector.includes(connection.tier, needed):
        raise Unmappable(
            CHOSEN_BY[flow],
            f"{plural(FLOWS[flow]).capitalize()} become {plural(document_type)} by your settings, and those come with "
            f"{connector.title} {needed.capitalize()}. Extend the licence, or choose something else in the settings.",
        )


def not_read(connection: Connection, kinds: Sequence[str]) -> str:
    """What the user reads who asked for kinds that the licence does not have."""
    connector = connectors.get(connection.connector)
    tier = connector.import_of(kinds[0]).tier or ""
    return f"Not read: {_listed(map(plural, kinds))}. That comes with {connector.title} {tier.capitalize()}."


async def _tell_tier(hub: Hub, before: Connection, now: Connection) -> None:
    """One line when the licence became smaller or larger."""
    connector = connectors.get(now.connector)
    had, has = _parts(connector, before.tier), _parts(connector, now.tier)
    if lost := [name for name in had if name not in has]:
        text = (
            f'The licence is "{now.tier}" now. No longer read or sent: {_listed(lost)}. What was read stays as it is; '
            "documents that were to become one of these wait."
        )
        await hub.journal.write(now.id, "connection.tier", text, level="warning")
    elif gained := [name for name in has if name not in had]:
        text = f'The licence is "{now.tier or "without limits"}" now. Read and sent again: {_listed(gained)}.'
        await hub.journal.write(now.id, "connection.tier", text)


def _parts(connector: Connector, tier: str | None) -> list[str]:
    """All that a licence has, by name."""
    kinds = [plural(kind) for kind in connector.kinds if connector.includes(tier, connector.import_of(kind).tier)]
    exports = connector.exports.items()
    return kinds + [
        f"{plural(FLOWS[flow_of_model(model)])} as {singular(name)}"
        for (model, name), how in exports
        if connector.includes(tier, how.tier)
    ]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
