"""What would let documents go on that wait: a setting, the key of a mapping, another document; and where that is."""

from typing import Literal
from urllib.parse import quote

from services.console.log.keys import key_of
from shared import connectors
from shared.errors import RESTORED
from shared.hub import Hub
from shared.ledger.entry import Entry, entry_id
from shared.mappings import setting
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection

_INVOICE = "invoice:"


class Mend(Frozen):
    """`title`: of the setting, or the invoice's number. `key`: what of a mapping is missing. `href`: where it is."""

    kind: Literal["setting", "mapping", "invoice", "operator", "preview"]
    title: str | None
    key: str | None
    href: str | None


async def mend(hub: Hub, connection: Connection, entry: Entry) -> Mend | None:
    """What would let this document go on."""
    if entry.state == "held":
        return Mend(kind="preview", title=None, key=None, href=f"/connections/{connection.id}/preview")
    return await mend_of(hub, connection, entry.waits_for, entry.waits_key)


async def mend_of(hub: Hub, connection: Connection, waits_for: str | None, key: str | None) -> Mend | None:
    """What is waited for; None: nothing that somebody could mend."""
    if waits_for is None:
        return None
    if waits_for == RESTORED:
        return Mend(kind="operator", title=None, key=None, href=None)
    if waits_for.startswith(_INVOICE):
        return await _invoice(hub, connection, waits_for.removeprefix(_INVOICE))
    known = setting(connectors.get(connection.connector).settings, waits_for)
    href = f"/connections/{connection.id}/settings#set-{quote(known.name)}"
    return Mend(kind="mapping" if known.maps else "setting", title=known.title, key=key, href=href)


async def _invoice(hub: Hub, connection: Connection, id: str) -> Mend:
    invoice = await hub.entries.get(entry_id(connection, "invoice", id))
    if invoice is None:
        return Mend(kind="invoice", title=id, key=None, href=None)
    key = key_of(connection, invoice.id)
    return Mend(kind="invoice", title=invoice.number, key=None, href=f"/connections/{connection.id}/documents/{key}")
