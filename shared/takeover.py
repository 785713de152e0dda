"""Pure: two connections of one tenant must not bill the same days (decision 5 of the design)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

from shared import connectors
from shared.chosen import settings_of
from shared.errors import Misconfigured
from shared.exporting import MODELS, document_types
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.words import FLOWS, plural

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clash:
    """The connection `other`, called `name`, bills the same `what`. `last_day` is the one it would end with."""

    other: str
    name: str
    what: str
    last_day: date

    @property
    def why_not_start(self) -> str:
        """What the user reads who starts exports."""
        return (
            f"{self._already} Add --takes-over to let this connection take over from {self.last_day + _DAY}: "
            f"{self.name} then ends with {self.last_day}."
        )

    @property
    def why_not_choose(self) -> str:
        """What the user reads who chooses such a document for a connection that exports already."""
        return f"{self._already} Switch that off there first, or disconnect it."

    @property
    def _already(self) -> str:
        return f"{self.name} bills the {self.what} of this company already, and no document may be billed twice."


def billed(connection: Connection) -> AbstractSet[Flow]:
    """The flows whose documents this connection makes into revenue, by its settings."""
    connector, settings = connectors.get(connection.connector), settings_of(connection)
    exports = {
        (flow, connector.exports.get((MODELS[flow], name)))
        for flow in MODELS
        for name in document_types(settings, flow)
    }
    return {flow for flow, export in exports if export is not None and export.bills}


def clash(started: Connection, other: Connection) -> Clash | None:
    """What stands against starting one connection as it would be then; None when nothing does.

    `Misconfigured` when the other could not even end before it, because it begins later.
    """
    if other.id == started.id or other.exports_from is None or started.exports_from is None:
        return None
    flows = billed(started) & billed(other)
    if not flows or not _overlap(started, other):
        return None
    name, what = _named(other), " and ".join(plural(FLOWS[flow]) for flow in MODELS if flow in flows)
    if started.exports_from < other.exports_from:
        raise Misconfigured(
            f"{name} bills the {what} of this company from {other.exports_from}. Choose that day or a later one, or "
            "disconnect the other package first: no document may be billed twice."
        )
    return Clash(other.id, name, what, last_day=started.exports_from - _DAY)


def _overlap(one: Connection, other: Connection) -> bool:
    """Whether a day lies in both ranges; a range without an end goes on for ever."""
    begins = max(one.exports_from or date.max, other.exports_from or date.max)
    return begins <= min(one.exports_until or date.max, other.exports_until or date.max)


def _named(connection: Connection) -> str:
    return f"{connectors.get(connection.connector).title} ({connection.administration.name})"
