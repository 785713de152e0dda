"""What would happen, without doing it: records as they would be published, requests as they would be sent."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from shared import connectors
from shared.chosen import settings_of
from shared.connector import Ensure, FollowUp, ReadFrom
from shared.errors import Misconfigured, NothingToDo, Rejected, Unmappable
from shared.exporting import ToBeMade, export_of, flow_of, job_of
from shared.hub import Hub
from shared.licences import kinds_of, must_have, not_read
from shared.mapping import Draft, Job, LeftOut, Receipt, Request
from shared.schemas.connections import Connection
from shared.schemas.documents import SourceDocument
from shared.schemas.entities import Entity
from shared.words import singular


@dataclass(frozen=True)
class Planned:
    """One write that a document would take. `title` says what it makes; `is_document`: that is the document itself."""

    title: str
    draft: Draft
    is_document: bool = False


async def preview_import(hub: Hub, connection: Connection, kind: str) -> AsyncIterator[Entity | LeftOut]:
    """Every record of a kind as it would be published, or why it is left out. Nothing is published or stored.

    `Misconfigured` when the connector does not read that kind; a record nobody can map is left out with the reason.
    """
    connector = connectors.get(connection.connector)
    if kind not in connector.kinds:
        raise Misconfigured(f"{connector.title} has no {kind}; it has {', '.join(connector.kinds)}.")
    if not kinds_of(connection, [kind]):
        raise Misconfigured(not_read(connection, [kind]))
    how, settings = connector.import_of(kind), settings_of(connection)
    where = ReadFrom(None, None, settings)
    async with hub.connect(connection, "import") as client:
        while True:
            page = await how.read(client, where)
            for raw in page.records:
                yield _mapped(how.model, how.map, how.id(raw), raw, settings)
            if page.next is None:
                return
            where = ReadFrom(page.next, None, settings)


def _mapped(model: type[BaseModel], map: Any, id: str, raw: Mapping[str, Any], settings: Any) -> Entity | LeftOut:
    try:
        mapped: Entity | LeftOut = map(model.model_validate(raw), settings)
    except (Unmappable, ValueError, KeyError) as error:
        return LeftOut(id, f"cannot be understood: {error}")
    return mapped


async def preview_export(hub: Hub, connection: Connection, document: SourceDocument) -> AsyncIterator[Request]:
    """The requests that would be sent for a document, in order. Nothing is sent or stored; the package is only read.

    A record that would be created first has no id yet: a placeholder stands where its id will be. Errors as at a real
    export: `Unmappable`, `Rejected`, `Unsupported`.
    """
    async with hub.connect(connection, "export") as client:
        async for one in planned_writes(hub, client, connection, document):
            yield one.draft.request


async def planned_writes(
    hub: Hub, client: Any, connection: Connection, document: SourceDocument
) -> AsyncIterator[Planned]:
    """What `preview_export` shows, for whoever has the package's client already; with what each write makes."""
    connector = connectors.get(connection.connector)
    name, export = export_of(connector, document, settings_of(connection))
    must_have(connection, flow_of(document), name, export.tier)
    job = job_of(document, connection, ensured=ToBeMade())
    ensured = ToBeMade()
    if export.record is not None:
        if await _known(hub, connection, client, export.record, job.document.customer) is None:
            yield Planned(export.title, export.map(job, None), is_document=True)
        return
    gathered = await export.gather(client, job)
    export.map(job, gathered)
    for need in export.ensures:
        for thing in need.wanted(job, gathered):
            known = await _known(hub, connection, client, need, thing)
            if known is None:
                yield Planned(f"{singular(need.kind)} {need.key(thing)}", need.map(job, thing))
            else:
                ensured[f"{need.kind}:{need.key(thing)}"] = known
    yield Planned(export.title, export.map(replace(job, ensured=ensured), gathered), is_document=True)
    job = replace(job, made={"document": Receipt("<id of the new document>")}, pdf=b"")
    for one in export.following(job):
        if one.wanted(job) and one.previewed and connector.includes(connection.tier, one.tier):
            facts = {"gathered": gathered, "ensured": ensured} if one.part else await _looked_up(client, one, job)
            with suppress(NothingToDo):
                yield Planned(one.title, one.map(replace(job, **facts)))
            job = replace(job, made={**job.made, one.name: Receipt(f"<id of {one.title}>")})


async def _looked_up(client: Any, one: FollowUp, job: Job[Any, Any]) -> Mapping[str, Any]:
    return {} if one.gather is None else {"gathered": await one.gather(client, job)}


async def _known(hub: Hub, connection: Connection, client: Any, need: Ensure, thing: Any) -> str | None:
    """The package's id of something a document needs, if it is there already."""
    key = need.key(thing)
    if linked := await hub.links.vendor_id(connection.scope, need.kind, key):
        return linked
    hits = await need.find(client, thing)
    if len(hits) > 1:
        raise Rejected(f"the package has {len(hits)} records for the {need.kind} {key}; keep one of them")
    return hits[0].vendor_id if hits else None
