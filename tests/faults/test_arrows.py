"""Every durable write of a story has a name, and an arrow on both its sides."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from shared.bus import Record
from shared.errors import StoreUnavailable
from shared.sandbox import create
from shared.store.collections import FINGERPRINTS, LEDGER
from shared.store.sqlite import SqliteStore
from tests.factories import completed
from tests.fakes import RecordingBus, received
from tests.faults.arrows import Arrow, WatchedBus, WatchedIntake, WatchedStore, WatchedTransport, across
from tests.faults.names import LOGIN
from tests.services.test_exporter import VAT, an_order
from tests.world import World, make_settings


class Trace:
    """Remembers the arrows it met."""

    def __init__(self) -> None:
        self.arrows: list[Arrow] = []

    async def __call__(self, arrow: Arrow) -> None:
        self.arrows.append(arrow)

    def of(self, side: str) -> list[str]:
        return [arrow.name for arrow in self.arrows if arrow.side == side]


async def test_the_story_of_a_document_is_told_by_its_arrows(tmp_path: Path) -> None:
    trace = Trace()
    sandbox = create("exact_online", accounts=40, items=30)
    world = World(WatchedStore(SqliteStore(tmp_path / "store.db"), trace), sandbox, settings=make_settings(lease=90.0))
    world.hub.bus = WatchedBus(RecordingBus(), trace)
    world.hub.transports = {"exact_online": WatchedTransport("exact_online", sandbox.transport(), trace)}
    await world.hub.open()
    await world.connected(vat_codes=VAT)
    trace.arrows.clear()
    await world.publish(completed(an_order()))
    await world.quiet()
    await world.hub.close()
    written = [name for name in trace.of("after") if not name.startswith("vendor GET")]
    assert list(dict.fromkeys(written)) == [
        "entry planned",
        "lane woken",
        "lane claimed",
        "entry taken",
        "document step planned",
        "relation step planned",
        "relation step sending",
        "vendor POST crm/Accounts",
        "relation step confirmed",
        "link stored",
        "claim taken",
        "entry type fixed",
        "document step sending",
        "vendor POST salesorder/SalesOrders",
        "document step confirmed",
        "entry confirmed",
        "log line written",
        "outcome published",
        "entry told",
        "budget stored",
        "lane released",
    ]


async def test_a_call_that_fails_has_an_arrow_behind_it_too() -> None:
    trace = Trace()

    async def fails() -> None:
        raise StoreUnavailable("no answer")

    with pytest.raises(StoreUnavailable):
        await across(trace, "entry told", fails)
    assert trace.arrows == [Arrow("entry told", "before"), Arrow("entry told", "after")]


async def test_offsets_are_committed_behind_the_handler(tmp_path: Path) -> None:
    trace, seen = Trace(), []

    async def handler(records: Sequence[Record]) -> None:
        seen.append("handled")

    async def commit(records: Sequence[Record]) -> None:
        seen.append("committed")

    await WatchedIntake(handler, trace, commit)([received(completed(an_order()))])
    assert seen == ["handled", "committed"]
    assert trace.of("before") == trace.of("after") == ["offsets committed"]


async def test_reads_and_empty_publishes_have_no_arrow(tmp_path: Path) -> None:
    trace = Trace()
    store = WatchedStore(SqliteStore(tmp_path / "store.db"), trace)
    await store.open()
    await store.get(LEDGER, "x")
    await store.find(LEDGER, {})
    await store.count(LEDGER, {})
    await store.put_many(FINGERPRINTS, [])
    await WatchedBus(RecordingBus(), trace).publish([])
    await store.close()
    assert trace.arrows == []


async def test_the_token_endpoint_has_its_arrows() -> None:
    trace = Trace()
    line = WatchedTransport("exact_online", create("exact_online", accounts=1).transport(), trace)
    async with httpx.AsyncClient(transport=line) as client:
        await client.post("http://exact.sandbox/api/oauth2/token")
    assert trace.of("after") == [LOGIN]
