"""Which documents there are, which of a connector's exports one becomes, and what its mapping may look at."""

from collections.abc import Mapping
from typing import Any

from shared.connections import settings_of
from shared.connector import Connector, Export
from shared.errors import Unsupported
from shared.mapping import ConnectorSettings, Job
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow, Invoice, NewRelation, SourceDocument, WorkOrder

MODELS: Mapping[Flow, type[WorkOrder] | type[Invoice] | type[NewRelation]] = {
    "workorder": WorkOrder,
    "invoice": Invoice,
    "relation": NewRelation,
}
"""Flow -> shape of its documents."""


class ToBeMade(dict[str, str]):
    """Stands for the ids of records that are made first, so that a mapping can be tried before anything is made."""

    def __missing__(self, key: str) -> str:
        """A name for what has no id yet."""
        return f"<id of the new {key}>"


def export_of(
    connector: Connector, document: SourceDocument, settings: ConnectorSettings, fixed: str | None = None
) -> tuple[str, Export]:
    """The export a document becomes, by name. `fixed` is the one it was sent as before: it stays that one."""
    model = type(document)
    names = [name for source, name in connector.exports if source is model]
    chosen = settings.work_order_document if model is WorkOrder else next(iter(names), None)
    name = fixed or chosen
    if name is None or name not in names:
        raise Unsupported(f"{connector.title} is not set up to receive this kind of document")
    return name, connector.exports[model, name]


def job_of(document: SourceDocument, connection: Connection, ensured: Mapping[str, str]) -> Job[Any, Any]:
    """What the mapping may look at. The reference is what `find` looks for: the number the user knows."""
    return Job(
        document=document,
        reference=document.number,
        settings=settings_of(connection),
        administration=connection.administration,
        timezone=connection.timezone,
        ensured=ensured,
    )
