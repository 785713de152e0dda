"""The scheduler: the only clock. Claims each connection's slot in the store, then emits one tick for it.

Each night it asks in the same way for a comparison of each connection with its package, and now and then for the
renewal of a login that no sync uses. Logins of ended connections end here.
"""

from collections.abc import Sequence
from datetime import timedelta

from services.scheduler import idle
from services.scheduler.due import Due, due
from services.scheduler.nights import nights
from shared import connectors, envelope, topics
from shared.envelope import Message
from shared.hub import Hub
from shared.log import get
from shared.reconcile.runs import request
from shared.schemas.connections import Connection
from shared.service import check_clock, every
from shared.store import Is, StoreNow
from shared.store.collections import RUNS, SLOTS

SOURCE = "fieldledger/scheduler"
NIGHTLY = "|nightly"
KEEP_ALIVE = "|keep-alive"
CLAIM = timedelta(seconds=30)
"""A scheduler that claimed a slot and died before the tick was acknowledged is replaced after this."""
_log = get(__name__)


class Scheduler:
    """As many as you like may run: the slot is the key, so each emits what the others did not."""

    name = "scheduler"

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._interval = timedelta(seconds=hub.settings.sync_interval)

    async def run(self) -> None:
        """Until cancelled."""
        await check_clock(self._hub)
        _log.info("running", service=self.name)
        await every(min(self._hub.settings.poll * 5, 10.0), self.emit_due)

    async def emit_due(self) -> None:
        """One look at all connections and logins."""
        await self._emit_ticks()
        await self._look_after_logins()

    async def _emit_ticks(self) -> None:
        """A thousand connections at a time."""
        after = ""
        while connections := await self._hub.connections.connected(after=after):
            after = connections[-1].id
            now, settings = await self._hub.store.now(), self._hub.settings
            for one in due(connections, now, self._interval, await self._busy(connections)):
                await self._emit(one.connection.id, one.slot, _tick(one))
            for night in nights(connections, now, settings.reconcile_hour, settings.reconcile_days):
                asked = request(night.connection, night.id, night.request, SOURCE)
                await self._emit(f"{night.connection.id}{NIGHTLY}", night.slot.isoformat(), asked)

    async def _look_after_logins(self) -> None:
        """A login that no sync uses is renewed for the connection that will; one that nobody needs is ended."""
        now = await self._hub.store.now()
        for connector in connectors.all_connectors():
            life = connector.auth.refresh_token_life
            before = idle.idle_since(now, life or idle.USUAL_LIFE)
            for grant in await self._hub.grants.unused(connector.name, before, limit=idle.AT_ONCE):
                user = await self._hub.connections.using(grant)
                if user and life:
                    message = idle.keep_alive(user, idle.slot(now), SOURCE)
                    await self._emit(f"{grant}{KEEP_ALIVE}", idle.slot(now), message)
                elif not user and not await self._takes_hooks_back(grant):
                    await self._hub.grants.end(grant, before)

    async def _takes_hooks_back(self, grant: str) -> bool:
        """Whether an ended connection still needs its login, for the hooks it has in the package."""
        ended = await self._hub.connections.with_grant(grant, "disconnected")
        return any([await self._hub.doors.get(one.id) for one in ended])

    async def _busy(self, connections: Sequence[Connection]) -> set[str]:
        """Those whose previous run is still going: a tick for them would only pile up."""
        where = {"active_key": Is("in", [connection.id for connection in connections])}
        found = await self._hub.store.find(RUNS, where, limit=len(connections))
        return {row["connection"] for row in found}

    async def _emit(self, id: str, slot: str, message: Message) -> None:
        """Publish this if nobody has for this slot."""
        if await self._claim(id, slot):
            await self._hub.bus.publish([message])
            await self._hub.store.update(SLOTS, id, where={"slot": slot}, set={"emitted": True})

    async def _claim(self, id: str, slot: str) -> bool:
        """True for exactly one scheduler per slot, and for another one when the first died before it emitted."""
        claimed = {"slot": slot, "emitted": False, "claimed_until": StoreNow(CLAIM)}
        newer = {"slot": Is("<", slot)}
        if await self._hub.store.update(SLOTS, id, where=newer, set=claimed):
            return True
        abandoned = {"slot": slot, "emitted": False, "claimed_until": Is("<=", StoreNow())}
        if await self._hub.store.update(SLOTS, id, where=abandoned, set=claimed):
            return True
        born = {"id": id, "slot": "", "emitted": True, "claimed_until": ""}
        if not await self._hub.store.insert(SLOTS, born):
            return False
        return await self._hub.store.update(SLOTS, id, where=newer, set=claimed) is not None

    async def health(self) -> bool:
        """Whether the store answers."""
        await self._hub.store.now()
        return True


def scheduler(hub: Hub) -> Scheduler:
    """The service, ready to run."""
    return Scheduler(hub)


def _tick(one: Due) -> Message:
    return envelope.message(
        topics.ticks(one.connection.connector),
        one.connection.id,
        one.tick,
        type=envelope.SYNC_TICK,
        source=SOURCE,
        tenant=one.connection.tenant,
        id=f"{one.connection.id}@{one.slot}",
    )
