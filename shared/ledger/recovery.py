"""A ledger restored from a backup knows less than the packages do, so until the operator trusts it again it asks first.

`checking`: what is in a package is taken over, nothing is made. `careful`: documents are made again, each after a
look-up. Why two: of two documents that bill one work, the one that was sent must be found before the other is made.
"""

from datetime import date, datetime
from typing import Literal

from shared.clock import Moment, stamp
from shared.errors import Misconfigured
from shared.lanes import Lanes
from shared.records import Record
from shared.store import Is, Store
from shared.store.collections import LANES, RECOVERY

LEDGER_ID = "ledger"
FENCES = 1_000_000
"""How far the fences of all lanes jump: consumers know higher ones than the backup, and ignore what is lower."""


class Recovery(Record):
    """What the operator said at `said`: the ledger is from `since`. `until` is the last careful day."""

    since: Moment
    said: Moment
    phase: Literal["checking", "careful"] = "checking"
    until: date | None = None

    @property
    def checking(self) -> bool:
        """Nothing is made yet."""
        return self.phase == "checking"

    def over(self, now: datetime) -> bool:
        """Whether the day has passed until which each document is looked up first. Checking ends by a word only."""
        return not self.checking and self.until is not None and now.date() > self.until


class Recoveries:
    """Keeps the operator's word in the store, so every process of every machine knows it with its next turn."""

    def __init__(self, store: Store, lanes: Lanes) -> None:
        self._store = store
        self._lanes = lanes

    async def current(self) -> Recovery | None:
        """What holds now; None: the ledger is trusted."""
        found = await self._store.get(RECOVERY, LEDGER_ID)
        recovery = Recovery.of(found) if found else None
        return None if recovery is None or recovery.over(await self._store.now()) else recovery

    async def begin(self, since: datetime, until: date | None = None) -> Recovery:
        """The ledger is from `since`. From now on nothing is made before it was looked for."""
        now = await self._store.now()
        if since > now:
            raise Misconfigured(f"The backup cannot be from {stamp(since)}: that is still to come.")
        recovery = Recovery(id=LEDGER_ID, since=since, said=now, until=until)
        await self._store.put_many(RECOVERY, [recovery.stored()])
        for lane in await self._lanes.all():
            await self._store.update(
                LANES, lane.id, where={"fence": Is("<", FENCES + lane.fence)}, inc={"fence": FENCES}
            )
        return recovery

    async def go_on(self) -> Recovery:
        """Everything published since the backup was read again: documents may be made, each after a look-up."""
        recovery = await self.current()
        if recovery is None:
            raise Misconfigured("The ledger is trusted already: nothing is held back.")
        careful = recovery.model_copy(update={"phase": "careful"})
        await self._store.put_many(RECOVERY, [careful.stored()])
        return careful

    async def trust(self) -> None:
        """The ledger is complete again: no look-ups before the first send."""
        await self._store.delete_many(RECOVERY, [LEDGER_ID])
