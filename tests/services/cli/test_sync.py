"""A sync now, and the log."""

import asyncio

import pytest

from services.cli.sync import finished
from shared import connectors, topics
from shared.errors import NeedsOwner, TryLater
from shared.lanes import Rest
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from tests.services.cli.support import fieldledger
from tests.world import World

KINDS = ", ".join(connectors.get("exact_online").kinds)


class TestSyncAndLog:
    async def test_a_manual_tick_reaches_the_importers_topic(self, connection: Connection, with_kafka: str) -> None:
        said = await fieldledger("sync", "--connection", connection.id, "--kind", "product", "--accept-deletions")
        assert said.code == 0, said.err
        tailed = await fieldledger("events", "tail", topics.ticks("exact_online"), "--until-end", "--json")
        body = tailed.rows[-1]["body"]
        assert (body["connection"], body["kinds"], body["reason"]) == (connection.id, ["product"], "manual")
        assert body["accept_deletions"] is True
        assert body["slot"].startswith("manual-")

    async def test_a_kind_the_package_does_not_have_is_said(self, connection: Connection) -> None:
        said = await fieldledger("sync", "--connection", connection.id, "--kind", "service_list")
        assert (said.code, said.err) == (2, f"Exact Online has no service_list; it has {KINDS}.")

    async def test_waiting_ends_with_the_run_and_its_counts(self, world: World, connection: Connection) -> None:
        tick = SyncTick(connection=connection.id, slot="manual-1", kinds=("product",), reason="manual")
        await world.tick(connection, slot="manual-1", kinds=["product"], reason="manual")
        await _read_all(world)
        run = await finished(world.hub, connection, tick, seconds=20)
        assert run.counts["product"].read > 0

    async def test_waiting_follows_the_run_that_took_the_kinds_along(
        self, world: World, connection: Connection
    ) -> None:
        await world.tick(connection, slot="slot-1", kinds=["relation"])
        await world.tick(connection, slot="manual-2", kinds=["product"], reason="manual")
        tick = SyncTick(connection=connection.id, slot="manual-2", kinds=("product",), reason="manual")
        waiting = asyncio.create_task(finished(world.hub, connection, tick, seconds=20))
        await asyncio.sleep(0.1)
        await _read_all(world)
        assert (await waiting).id.endswith("slot-1")

    async def test_waiting_ends_when_only_the_owner_can_go_on(self, world: World, connection: Connection) -> None:
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Access expired."))
        with pytest.raises(NeedsOwner, match="Access expired"):
            await finished(world.hub, connection, SyncTick(connection=connection.id, slot="x"), seconds=20)

    async def test_waiting_does_not_last_for_ever(self, world: World, connection: Connection) -> None:
        with pytest.raises(TryLater, match="not done"):
            await finished(world.hub, connection, SyncTick(connection=connection.id, slot="x"), seconds=0.01)

    async def test_the_log_is_read_newest_first(self, world: World, connection: Connection) -> None:
        for text in ("first [red]", "second"):
            await world.hub.journal.write(connection.id, "test", text, vendor_says="Fout: code")
        lines = (await fieldledger("log", "--connection", connection.id, "--json", "--limit", "2")).rows
        assert [line["text"] for line in lines] == ["second", "first [red]"]
        table = (await fieldledger("log", "--connection", connection.id)).out
        assert "first [red]" in table
        assert "The package says: Fout: code" in table


async def _read_all(world: World) -> None:
    await world.quiet("export", patience=0.05)  # exports go first, so imports wait until there are none
    await world.quiet("import", patience=0.1)
