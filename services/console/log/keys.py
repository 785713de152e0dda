"""What a document is called in an address: opaque, and meaningless outside its own connection."""

import base64
import binascii

from shared.ledger.entry import Entry
from shared.schemas.connections import Connection


def key_of(connection: Connection, entry: str) -> str | None:
    """The key of a ledger entry; None when it is not this connection's."""
    own = _own(connection)
    if not entry.startswith(own):
        return None
    return base64.urlsafe_b64encode(entry.removeprefix(own).encode()).decode().rstrip("=")


def entry_of(connection: Connection, key: str) -> str | None:
    """The id of the entry that a key names, in the ledger of this connection; None for what is no key."""
    try:
        named = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return None
    return _own(connection) + named


def belongs(connection: Connection, entry: Entry) -> bool:
    """Whether an entry is this connection's own."""
    return entry.connection == connection.id and entry.tenant == connection.tenant


def _own(connection: Connection) -> str:
    return f"{connection.tenant}|{connection.scope}|"
