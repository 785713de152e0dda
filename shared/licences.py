"""A tenant's licence for one connector: once it has ended the lane rests; renewed, it goes on by itself."""

from shared import connectors
from shared.errors import NeedsOwner
from shared.hub import Hub
from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged


async def change(hub: Hub, tenant: str, changed: LicenseChanged) -> Connection | None:
    """Note what the licence manager says of the tenant's live connection; None: there is none, or it knew better.

    Nothing is done here: the next turn meets it (`must_be_licensed`), so it is said in one place whoever notes it.
    """
    live = (await hub.connections.live(changed.connector, [tenant])).get(tenant)
    if live is None or (live.licence_told is not None and changed.changed_at <= live.licence_told):
        return None
    noted = await hub.connections.note_licence(live, changed.active, changed.changed_at)
    await hub.lanes.resume(live.id)
    if changed.active and not live.licensed:
        text = "The licence was renewed. What waited goes on, oldest first."
        await hub.journal.write(live.id, "connection.licensed", text)
    return noted


def must_be_licensed(connection: Connection) -> None:
    """`NeedsOwner` while the licence has ended."""
    if not connection.licensed:
        title = connectors.get(connection.connector).title
        raise NeedsOwner(f"The licence for {title} has ended. Renew it, and everything that waits goes on by itself.")
