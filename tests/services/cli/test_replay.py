"""Sending on again what was published in a period: once each, whatever the ledger knows of it."""

from datetime import UTC, date, datetime

import pytest

from shared import topics
from shared.envelope import Message
from shared.schemas.connections import Connection
from tests.factories import completed, make_work_order
from tests.fakes import received
from tests.services.cli.replays import DAY, REQUESTS, count, documents, of_march, on, order, put, replay
from tests.services.cli.support import fieldledger, in_state
from tests.world import World

TODAY = datetime.now(UTC).date()


class TestPeriod:
    async def test_the_newest_revision_of_each_document_of_the_period_is_published_unchanged(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        newest = order("WO-1", revision=2)
        await put(world, order("WO-1"), newest, order("WO-1", revision=1))
        await put(world, order("WO-OTHER-DAY", day=date(2026, 4, 1)), order("WO-X", tenant="nobody"))
        await put(world, order("WO-LAST", day=date(2026, 3, 31)), order("WO-BEFORE", day=date(2026, 2, 28)))
        said = await of_march()
        assert said.code == 0, said.err
        found = {record.key: record for record in await on(broker, REQUESTS)}
        assert found.keys() == {"row-WO-1", "row-WO-LAST"}
        one = found["row-WO-1"]
        assert one.value == newest.body
        assert {name: value.decode() for name, value in one.headers} == newest.headers

    async def test_a_document_that_moved_out_of_the_period_is_not_published(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        await put(world, order("WO-1"), order("WO-1", revision=2, day=date(2026, 4, 1)))
        assert "There was nothing to send on." in (await of_march()).err
        assert await on(broker, REQUESTS) == []

    async def test_of_equal_revisions_the_first_is_published_as_in_the_ledger(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        changed = completed(make_work_order("WO-1", work_date=DAY, remark="published twice"))
        await put(world, order("WO-1"), changed)
        await of_march()
        (one,) = await on(broker, REQUESTS)
        assert one.value == order("WO-1").body

    async def test_it_is_exported_once_also_when_replayed_twice(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        await put(world, order("WO-1"))
        for _ in range(2):
            await of_march()
        await world.exporting(await on(broker, REQUESTS))
        (entry,) = await world.hub.entries.list({})
        assert (entry.number, entry.revision, entry.state) == ("WO-1", 1, "ready")

    async def test_what_was_left_out_at_the_start_date_goes_on_after_it_moved(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        late = order("WO-1", day=date(2025, 12, 1))
        await put(world, late)
        await world.exporting([received(late)])
        period = ("--from", "2025-12-01", "--to", "2025-12-31")
        warned = await replay(*period)
        assert f"for older ones, first: fieldledger connections start-exports {connection.id}" in warned.err
        await world.exporting(await on(broker, REQUESTS))
        assert await self._states(world) == ["skipped"]
        await world.hub.connections.start_exports(connection.id, date(2025, 12, 1))
        assert "left out before" in (await replay(*period)).out
        await world.exporting(await on(broker, REQUESTS))
        assert await self._states(world) == ["ready"]

    async def _states(self, world: World) -> list[str]:
        return [entry.state for entry in await world.hub.entries.list({})]

    async def test_a_dry_run_counts_the_same_and_publishes_nothing(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        await put(world, order("WO-1"), order("WO-2"))
        await in_state(world, "WO-2", state="confirmed")
        dry = await of_march("--dry-run")
        assert await on(broker, REQUESTS) == []
        wet = await of_march()
        assert len(await on(broker, REQUESTS)) == 2
        for said in (dry, wet):
            assert count(said, "new") == count(said, "in the books already") == 1
        assert (count(dry, "messages read"), count(wet, "messages read")) == (2, 4)
        assert count(dry, "would be sent on (dry run: nothing was)") == count(wet, "sent on") == 2

    async def test_only_the_tenant_that_was_named(self, world: World, connection: Connection, broker: str) -> None:
        await world.connected("bakker")
        await put(world, order("WO-1"), order("WO-2", tenant="bakker"))
        await of_march("--tenant", "bakker")
        assert documents(await on(broker, REQUESTS)) == ["WO-2@1"]

    async def test_what_cannot_be_read_is_counted_and_stops_nothing(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        good = order("WO-1")
        await put(world, Message(good.topic, "x", good.headers, b"[]"), Message(good.topic, "y", {}, b"{}"), good)
        assert count(await of_march(), "not readable") == 2
        assert documents(await on(broker, REQUESTS)) == ["WO-1@1"]

    async def test_events_of_another_type_are_passed_over(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        good = order("WO-1")
        other = {**good.headers, "ce_type": "fieldledger.quotation.accepted.v1"}
        await put(world, Message(good.topic, "x", other, good.body), good)
        assert (await of_march()).code == 0
        assert len(await on(broker, REQUESTS)) == 1

    async def test_it_says_how_far_back_the_topics_go(self, world: World, connection: Connection, broker: str) -> None:
        assert f"{topics.WORKORDERS_COMPLETED} is empty." in (await of_march()).err
        await put(world, order("WO-1"))
        older = await of_march()
        assert f"can be seen from {TODAY} only: what was published before that day is not there" in older.err
        today = await replay("--from", str(TODAY))
        assert f"{topics.WORKORDERS_COMPLETED} can be seen from {TODAY}." in today.err

    async def test_refused_ones_say_how_to_try_them(self, world: World, connection: Connection, broker: str) -> None:
        await put(world, order("WO-1"))
        await in_state(world, "WO-1", state="refused")
        said = await of_march()
        assert "What was refused is not tried again by a period: use --dead" in said.err

    async def test_exports_on_hold_are_said_for_five_tenants_and_counted_for_more(
        self, world: World, broker: str
    ) -> None:
        for number in range(7):
            await world.connected(f"tenant-{number}", exports_from=None)
        said = await of_march()
        assert said.err.count("are on hold: its documents wait until you start them.") == 5
        assert "Likewise for 2 more tenants." in said.err


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [(), ("--dead", "--from", "2026-01-01"), ("--dead", "--document", "7"), ("--to", "2026-01-01"),
         ("--dead", "--to", "2026-01-01")],
    )  # fmt: skip
    async def test_exactly_one_way_must_be_named(self, arguments: tuple[str, ...]) -> None:
        said = await replay(*arguments)
        assert (said.code, "Say what to replay, one of: --from" in said.err) == (2, True)

    async def test_days_in_the_wrong_order_are_said(self) -> None:
        said = await replay("--from", "2026-02-01", "--to", "2026-01-01")
        assert (said.code, said.err) == (2, "The first day, 2026-02-01, lies behind the last, 2026-01-01.")

    async def test_nobody_connected_is_said(self, world: World, own_kafka: str) -> None:
        assert "Nobody has a live connection to Exact Online" in (await replay("--dead")).err
        await world.connected()
        said = await replay("--dead", "--tenant", "stranger")
        assert (said.code, "Tenant 'stranger' has no live connection" in said.err) == (2, True)

    async def test_an_unknown_connector_is_said(self) -> None:
        said = await fieldledger("replay", "--connector", "abacus", "--dead")
        assert (said.code, "abacus" in said.err) == (2, True)

    async def test_kafka_that_is_away_is_said(self, connection: Connection) -> None:
        for way in (("--dead",), ("--from", "2026-01-01"), ("--document", "WO-1")):
            said = await replay(*way)
            assert (said.code, "Start Kafka, or set FIELDLEDGER_KAFKA" in said.err) == (2, True), said.err
