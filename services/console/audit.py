"""Who changed what, and when."""

from typing import Any
from uuid import uuid4

from services.console.context import Office
from shared.clock import stamp
from shared.log import masked
from shared.schemas.connections import Connection
from shared.store.collections import AUDIT


async def note(here: Office, what: str, connection: Connection | str | None = None, **details: Any) -> None:
    """Write down that this user did this: `note(here, "settings.changed", connection, settings=["journal"])`.

    `details` say what, never a secret; values under the name of one are masked.
    """
    id = connection.id if isinstance(connection, Connection) else connection
    line = {
        "id": str(uuid4()),
        "tenant": here.user.tenant,
        "who": here.user.subject,
        "name": here.user.name,
        "role": here.user.role,
        "at": stamp(here.hub.now()),
        "what": what,
        "connection": id,
        "details": masked(details),
    }
    await here.hub.store.insert(AUDIT, line)
