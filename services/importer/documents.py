"""Which document of the platform an imported record is about: what the ledger says of the package's document."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from shared.hub import Hub
from shared.mapping import DocumentRef
from shared.schemas.connections import Connection
from shared.store import Document, Is
from shared.store.collections import LEDGER, STEPS


async def platform_documents(hub: Hub, connection: Connection, about: Mapping[str, DocumentRef]) -> Mapping[str, str]:
    """The platform's document ids, by the records' vendor ids.

    The package's own id decides. A package may book a document under another id than the one it was made with; then our
    reference tells, as long as one document only went out under it.
    """
    by_id = await _made(hub, connection, [ref.vendor_id for ref in about.values() if ref.vendor_id])
    rest = [ref.reference for ref in about.values() if ref.reference and ref.vendor_id not in by_id]
    by_reference = await _referred_to(hub, connection, rest)
    found = {
        record: by_id.get(ref.vendor_id or "") or by_reference.get(ref.reference or "") for record, ref in about.items()
    }
    return {record: document for record, document in found.items() if document}


async def _made(hub: Hub, connection: Connection, vendor_ids: Sequence[str]) -> Mapping[str, str]:
    keys = {f"{connection.scope}|{vendor_id}": vendor_id for vendor_id in vendor_ids}
    steps = await hub.store.find(STEPS, {"remote_key": Is("in", list(keys))}, limit=2 * len(keys) + 1) if keys else []
    entries = await hub.store.get_many(LEDGER, {step["entry"] for step in steps})
    return {keys[step["remote_key"]]: entries[step["entry"]]["document"] for step in steps if _made_by(step, entries)}


def _made_by(step: Document, entries: Mapping[str, Document]) -> bool:
    """Whether the step made a document: what a document needed may have the same id among its own kind."""
    entry = entries.get(step["entry"])
    return entry is not None and entry["flow"] != "relation" and step["id"] == f"{entry['id']}|document"


async def _referred_to(hub: Hub, connection: Connection, references: Sequence[str]) -> Mapping[str, str]:
    """Our documents in the books of this administration, by the number we sent them under; doubtful ones left out."""
    if not references:
        return {}
    where: dict[str, Any] = {"connection": connection.id, "number": Is("in", sorted(set(references)))}
    rows = await hub.store.find(LEDGER, where, limit=4 * len(references))
    sent = [row for row in rows if row["vendor_id"] and row["scope"] == connection.scope]
    often = Counter(row["number"] for row in sent)
    return {row["number"]: row["document"] for row in sent if often[row["number"]] == 1}
