"""Takes in what the licence manager says: the console keeps it, and wakes what a licence let rest or lets go on."""

from collections.abc import Sequence

from pydantic import ValidationError

from shared import connectors, envelope, licences, metrics, topics
from shared.bus import Record
from shared.errors import BadEvent
from shared.hub import Hub
from shared.intake import Letters, Received, readable
from shared.schemas.messages import LicenseChanged

SERVICE = "console"


class LicenceNews:
    """The handler of `licenses.changed`. Met again, or late, a message changes nothing."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, records: Sequence[Record]) -> None:
        """Take a batch in; of packages that are not ours nothing is kept."""
        letters = Letters(self._hub)
        for one in readable(records, envelope.LICENSE_CHANGED.__eq__, letters, SERVICE):
            try:
                await self._take_in(one)
            except BadEvent as error:
                letters.add(one.record, topics.EVENTS_DEAD, error)
        await letters.publish()

    async def _take_in(self, one: Received) -> None:
        changed = _licence(one)
        if changed.connector in connectors.names():
            await licences.change(self._hub, one.envelope.tenant, changed)
        else:
            metrics.IGNORED.labels(SERVICE, "connector").inc()


def _licence(one: Received) -> LicenseChanged:
    try:
        return LicenseChanged.model_validate_json(one.record.value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable licence: {error.error_count()} problems") from None
