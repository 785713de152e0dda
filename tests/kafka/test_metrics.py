"""What Prometheus reads from services that really work: every metric, with a value one can believe."""

from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.java import free_port
from shared import connectors, envelope, metrics, topics
from shared.envelope import Message
from shared.schemas.connections import Connection
from shared.schemas.messages import EntityChanged
from tests.kafka.installation import CONNECTOR, RESOURCES, Installation, installation, order, tick

STORE = {family.name for gauge in metrics.OF_STORE for family in gauge.describe()}


@pytest.fixture
async def here(fresh_topics: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(fresh_topics, tmp_path) as made:
        yield made


async def scraped(port: int) -> dict[str, dict[tuple[str, ...], float]]:
    """Metric -> values of its labels -> value."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics", timeout=20)).text
    found: defaultdict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("fieldledger_") and not sample.name.endswith("_created"):
                found[sample.name.removeprefix("fieldledger_")][tuple(sample.labels.values())] = sample.value
    return found


async def test_every_metric_of_a_working_process_has_a_value_one_can_believe(here: Installation) -> None:
    (connection,) = await here.connect(1)
    port = free_port()
    await here.services.running("all", health_port=str(port))
    here.sandbox.fail_next(kind="cut", when="after", match="SalesOrders", method="POST")
    unreadable = Message(topics.WORKORDERS_COMPLETED, "unreadable", {}, b"{}")
    stranger = order(connection.model_copy(update={"tenant": "stranger-1"}), "WO-X")
    await here.hub.bus.publish([tick(connection, "slot"), order(connection, "WO-1"), unreadable, stranger])

    async def settled() -> dict[str, dict[tuple[str, ...], float]] | None:
        letters = await here.letters(topics.EVENTS_DEAD)
        done = letters and await here.finished(1) and await here.synced([connection])
        found = await scraped(port)
        idle = found["lanes"][CONNECTOR, "free"] == 1 and not any(found["backlog_connections"].values())
        return found if done and idle else None

    found = await here.services.until(settled, "everything is done")
    assert found is not None
    assert found["turns_total"][CONNECTOR, "export"] >= 2  # one whose answer was lost, one that looked it up
    assert found["turns_total"][CONNECTOR, "import"] >= 1
    assert found["events_ignored_total"]["exporter", "tenant"] == 1
    assert found["dead_letters_total"][(topics.EVENTS_DEAD,)] >= 1
    published = {kind: len(await here.present(kind, connection)) for kind in RESOURCES}
    assert {kind: found["entities_published_total"][CONNECTOR, kind] for kind in RESOURCES} == published
    assert found["documents_total"] == {(CONNECTOR, "exported"): 1}
    calls = found["vendor_calls_total"]
    assert calls[CONNECTOR, "lost"] == 1
    assert calls[CONNECTOR, "200"] > calls[CONNECTOR, "201"] > 0
    assert found["vendor_call_seconds_count"][(CONNECTOR,)] == sum(calls.values())
    assert found["vendor_call_seconds_sum"][(CONNECTOR,)] > 0

    everyone = {(name, kind) for name in connectors.names() for kind in ("export", "import")}
    assert found["backlog_connections"] == found["backlog_oldest_seconds"] == dict.fromkeys(everyone, 0)
    assert set(found["open_documents"].values()) == {0}
    assert sum(found["lanes"].values()) == found["lanes"][CONNECTOR, "free"] == 1
    grants = {(name, state): 0 for name in connectors.names() for state in ("live", "dead")}
    assert found["grants"] == {**grants, (CONNECTOR, "live"): 1}
    assert 0 < found["grant_expires_seconds"][(CONNECTOR,)] <= 30 * 24 * 3600
    assert {(CONNECTOR, "minute"), (CONNECTOR, "day")} <= found["budget_left"].keys()

    ring = await _a_callback(here, connection)

    async def fetched() -> bool:
        return (await scraped(port))["records_fetched_total"].get((CONNECTOR,)) == 1

    await here.hub.bus.publish([ring])
    await here.services.until(fetched, "the record that rang is fetched")
    found |= await scraped(port)

    # Callbacks are counted by the gateway, another process: see tests/services/test_webhooks.py.
    mine = [metric for metric in metrics.OF_PROCESS if metric is not metrics.CALLBACKS]
    names = {family.name for metric in mine for family in metric.describe()} | STORE
    missing = [name for name in names if not any(f"fieldledger_{shown}".startswith(name) for shown in found)]
    assert not missing


async def _a_callback(here: Installation, connection: Connection) -> Message:
    """About one of the relations that were imported."""
    id = next(iter(await here.present("relation", connection)))
    changed = EntityChanged(connection=connection.id, kind="relation", vendor_id=id)
    key = f"{connection.id}|relation|{id}"
    return envelope.message(
        topics.callbacks(CONNECTOR),
        key,
        changed,
        type=envelope.ENTITY_CHANGED,
        source="test",
        tenant=connection.tenant,
    )


async def test_a_backlog_is_seen_on_the_schedulers_page_while_no_exporter_runs(here: Installation) -> None:
    (connection,) = await here.connect(1)
    exporters, schedulers = free_port(), free_port()
    exporter = await here.services.running("exporter", health_port=str(exporters))
    await here.services.running("scheduler", health_port=str(schedulers))
    assert not {f"fieldledger_{name}" for name in await scraped(exporters)} & STORE
    here.sandbox.fail_next(kind="stall", match="salesorder/SalesOrders", method="POST")
    await here.hub.bus.publish([order(connection, f"WO-{n}") for n in range(3)])

    async def taken_in() -> bool:
        lane = await here.hub.lanes.get(connection.id)  # is woken after the entries are there
        return len(await here.entries()) == 3 and lane is not None and lane.export.due is not None

    await here.services.until(taken_in, "three documents wait")
    await exporter.kill()

    async def seen() -> bool:
        found = await scraped(schedulers)
        waiting = found["open_documents"][CONNECTOR, "ready"]
        return waiting == 3 and found["backlog_connections"][CONNECTOR, "export"] == 1

    await here.services.until(seen, "the scheduler's page shows them")
    assert (await scraped(schedulers))["backlog_oldest_seconds"][CONNECTOR, "export"] > 0
