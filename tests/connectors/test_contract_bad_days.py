"""What every connector promises on bad days: the right thing happens next, users read sentences, no secret leaks."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared import connectors, topics
from shared.access import Credentials
from shared.errors import RateLimited, Rejected, TryLater
from shared.sandbox.scenario import Calls
from shared.schemas.connections import Connection
from shared.store.collections import COLLECTIONS
from tests.connectors.contract import (
    DAY,
    EXPORTS,
    KINDS,
    MAINTENANCE,
    NAMES,
    NUMBER,
    Exporting,
    an_order,
    case_id,
    entry_of,
    event_of,
    in_books,
    joined,
    one_call,
    opened,
    outcomes,
    past_expiry,
    read_one_page,
    read_with,
    settled,
    sync_again,
    synced,
)
from tests.factories import completed
from tests.logs import recorded_log
from tests.world import World

BLOCKED = "<html><head><title>Blocked</title></head><body><pre>{asked}</pre></body></html>"
"""What a gateway on the way says, which quotes the call."""
WORDS = "The field Reference is too short for this test"
each_kind = pytest.mark.parametrize(("world", "kind"), KINDS, indirect=["world"])


@pytest.fixture(params=NAMES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=EXPORTS, ids=case_id)
async def exporting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Exporting]:
    name, flow, export = request.param
    async with opened(name, tmp_path) as world:
        yield Exporting(world, flow, export)


def fail(world: World, calls: Calls, **fault: Any) -> None:
    world.sandbox.fail_next(match=calls.match, method=calls.method, **fault)


def mishaps(exporting: Exporting) -> list[Calls]:
    """Every write of this export: what its document needs first, then the document, then what follows."""
    needs = [need.kind for need in exporting.how.ensures]
    writes = exporting.world.scenario.writes
    return [writes[name] for name in (*needs, exporting.export, *exporting.followed)]


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "cut", "when": "before"},
        {"kind": "cut", "when": "after"},
        {"kind": "stall", "when": "after"},
        {"kind": "delay", "when": "before", "seconds": 100},
        {"status": 500, "when": "after", "body": ""},
        {"status": 503, "when": "before", "body": MAINTENANCE},
        {"status": 503, "when": "after", "body": MAINTENANCE},
        {"status": 504, "when": "after", "body": MAINTENANCE},
        {"status": 408, "when": "after", "body": ""},
        {"status": 200, "when": "after", "body": MAINTENANCE},
        {"status": 200, "when": "after", "body": "{}"},
    ],
    ids=lambda trouble: "-".join(str(trouble[key]) for key in ("kind", "status", "when") if key in trouble),
)
async def test_whatever_happens_to_each_of_its_writes_it_ends_as_one_document(
    exporting: Exporting, trouble: dict[str, Any]
) -> None:
    world = exporting.world
    await exporting.connected()
    for calls in mishaps(exporting):
        fail(world, calls, **trouble)
    await exporting.publish(exporting.document())
    assert in_books(world) == [NUMBER]
    assert (await entry_of(world)).state == "confirmed"
    if exporting.followed:
        assert world.scenario.unfinished(world.sandbox) == [], "what follows was done, not only believed"
    await exporting.publish(exporting.document("WO-2"))
    assert exporting.needed() == exporting.needs, "nothing that it needed was made twice"


async def test_a_search_that_lags_behind_a_lost_answer_makes_no_second_document(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    for calls in mishaps(exporting):
        fail(world, calls, kind="cut", when="after")
    world.sandbox.lag(queries=1)
    await exporting.publish(exporting.document())
    assert in_books(world) == [NUMBER]


async def test_a_refusal_ends_the_document_with_the_vendors_own_words_and_is_not_repeated(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    calls = world.scenario.writes[exporting.export]
    told = world.scenario.refusal(WORDS)
    world.sandbox.script(told.model_copy(update={"match": calls.match, "method": calls.method}))
    await exporting.publish(exporting.document())
    entry = await entry_of(world)
    assert (entry.state, entry.vendor_says, in_books(world)) == ("refused", WORDS, [])
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_says) == ("refused", WORDS)
    assert [one.key for one in world.bus.of(topics.exports_dead(world.connector))] == [entry.document]
    assert (await world.hub.journal.read(entry.connection))[0]["vendor_says"] == WORDS


async def test_a_call_limit_met_while_sending_is_waited_out_and_costs_no_attempt(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    until = world.hub.now() + timedelta(minutes=7)
    limited = world.scenario.limited(until)
    calls = world.scenario.writes[exporting.export]
    world.sandbox.script(limited.model_copy(update={"match": calls.match, "method": calls.method, "times": 3}))
    await world.publish(event_of(exporting.document()))
    if world.scenario.limit_names_moment:
        await world.quiet(patience=60)
        assert in_books(world) == [], "nothing is sent before the moment the package named"
        entry = await entry_of(world)
        assert (entry.state, entry.attempts) == ("waiting", 0)
    await settled(world)
    assert in_books(world) == [NUMBER]
    assert (await entry_of(world)).attempts == 0


@each_kind
async def test_a_call_limit_met_while_reading_is_honoured_with_its_own_moment(world: World, kind: str) -> None:
    connection = await joined(world)
    until = world.hub.now().replace(microsecond=0) + timedelta(minutes=7)
    calls = world.scenario.reads[kind]
    limited = world.scenario.limited(until).model_copy(update={"match": calls.match, "method": calls.method})
    world.sandbox.script(limited)
    with pytest.raises(RateLimited) as told:
        await read_one_page(world, connection, kind)
    if world.scenario.limit_names_moment:
        assert timedelta(0) <= told.value.until - until < timedelta(seconds=2)
    assert told.value.until > world.hub.now()


async def test_a_limited_sync_goes_on_after_the_pause_and_makes_no_call_before(world: World) -> None:
    connection = await joined(world)
    until = world.hub.now() + timedelta(minutes=7)
    calls = next(iter(world.scenario.reads.values()))
    world.sandbox.script(world.scenario.limited(until).model_copy(update={"match": calls.match}))
    await world.tick(connection)
    if world.scenario.limit_names_moment:
        await world.quiet(patience=60)
        before = len(world.sandbox.calls)
        await world.wait(timedelta(minutes=2))
        await world.quiet(patience=60)
        assert len(world.sandbox.calls) == before
    await settled(world)
    published = {kind: len(world.bus.of(topics.entities(kind))) for kind in world.scenario.reads}
    assert published == world.scenario.expected(world.sandbox)


@each_kind
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_package_that_is_down_is_read_later(world: World, kind: str, status: int) -> None:
    connection = await joined(world)
    fail(world, world.scenario.reads[kind], status=status, body=MAINTENANCE)
    with pytest.raises(TryLater):
        await read_one_page(world, connection, kind)
    fail(world, world.scenario.reads[kind], status=status, body=MAINTENANCE, times=3)
    await world.tick(connection)
    await settled(world)
    assert len(world.bus.of(topics.entities(kind))) == world.scenario.expected(world.sandbox)[kind]


@each_kind
@pytest.mark.parametrize("kind_of_cut", ["cut", "stall"])
async def test_a_line_that_breaks_while_reading_is_tried_again(world: World, kind: str, kind_of_cut: Any) -> None:
    connection = await joined(world)
    fail(world, world.scenario.reads[kind], kind=kind_of_cut)
    with pytest.raises(TryLater):
        await read_one_page(world, connection, kind)


@each_kind
async def test_a_refused_read_is_not_repeated_and_the_other_kinds_are_read(world: World, kind: str) -> None:
    connection = await joined(world)
    calls = world.scenario.reads[kind]
    refusal = world.scenario.refusal(WORDS).model_copy(update={"match": calls.match, "times": 50})
    world.sandbox.script(refusal)
    with pytest.raises(Rejected, match=WORDS):
        await read_one_page(world, connection, kind)
    await world.tick(connection)
    await settled(world)
    published = {name for name in world.scenario.reads if world.bus.of(topics.entities(name))}
    assert published == set(world.scenario.reads) - read_with(world, kind)


async def test_a_maintenance_page_never_reaches_the_user(exporting: Exporting) -> None:
    world = exporting.world
    connection = await exporting.connected()
    for calls in (*world.scenario.reads.values(), *mishaps(exporting)):
        fail(world, calls, status=503, body=MAINTENANCE, times=40)
    await world.tick(connection)
    await exporting.publish(exporting.document())
    seen = [*await world.hub.journal.read(connection.id, limit=1000), await entry_of(world), *world.bus.messages]
    assert len(seen) > 3
    assert not [one for one in seen if "<html" in str(one).lower() or "<b>" in str(one)]


async def secrets_of(world: World, connection: Connection) -> set[str]:
    """The tokens this connection has now, and what the user typed for them."""
    grant = await world.hub.grants.get(connection.grant)
    auth = connectors.get(world.connector).auth
    typed = [one.name for one in auth.fields if one.secret] if isinstance(auth, Credentials) else []
    tokens = json.loads(world.hub.keys.open(grant.sealed)).values()
    return {*tokens, *(world.scenario.credentials[name] for name in typed)}


async def everything_stored(world: World) -> str:
    found = [await world.store.find(one.name, {}, limit=10_000) for one in COLLECTIONS]
    return str(found)


def published(world: World) -> str:
    return str([(one.key, one.headers, one.body) for one in world.bus.messages])


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    with recorded_log() as take:
        yield take


async def test_no_secret_reaches_a_log_line_an_event_an_error_the_journal_or_the_store(
    world: World, logged: Callable[[], str]
) -> None:
    connection = await synced(world)
    secrets = await secrets_of(world, connection)
    access = world.settings.access(world.connector)
    await past_expiry(world, connection)
    fail(world, world.scenario.logins, status=503, body=MAINTENANCE, times=2)
    for calls in world.scenario.writes.values():
        fail(world, calls, status=500, body=MAINTENANCE)
    await world.publish(completed(an_order(world)))
    await sync_again(world, connection)
    secrets |= await secrets_of(world, connection)
    world.scenario.revoke(world.sandbox)
    await past_expiry(world, connection)
    with pytest.raises(Exception) as error:  # noqa: PT011  # whichever it is, it must not tell
        await one_call(world, connection)
    secrets |= {access.client_secret.get_secret_value()}
    assert len(secrets) >= 4
    events = published(world)
    lines = logged()
    assert "fieldledger" in events
    assert httpx.URL(world.sandbox.base_url).host in lines, "the log is really listened to"
    seen = {
        "log": lines,
        "events": events,
        "error": repr(error.value),
        "store": await everything_stored(world),
    }
    assert [(where, "leaks") for where, text in seen.items() for secret in secrets if secret in text] == []


ONE_EACH = list({case[0]: case for case in EXPORTS}.values())


@pytest.mark.parametrize("exporting", ONE_EACH, ids=case_id, indirect=True)
@pytest.mark.parametrize("status", [400, 403, 503])
async def test_no_secret_that_a_page_quotes_reaches_an_event_or_the_store(exporting: Exporting, status: int) -> None:
    world = exporting.world
    connection = await exporting.connected()
    secrets = await secrets_of(world, connection)
    for calls in (*world.scenario.reads.values(), *mishaps(exporting)):
        fail(world, calls, status=status, body=BLOCKED, times=40)
    await world.publish(event_of(exporting.document()))
    await world.tick(connection)
    await world.quiet(patience=DAY)
    seen = {"events": published(world), "store": await everything_stored(world)}
    assert (await entry_of(world)).reason, "it was met by the document"
    assert [line for line in await world.hub.journal.read(connection.id) if line["level"] == "error"], "and by the sync"
    assert [(where, "leaks") for where, text in seen.items() for secret in secrets if secret in text] == []


async def test_a_page_that_quotes_a_call_is_told_without_the_token_in_its_address(tmp_path: Path) -> None:
    name, flow, export = next(case for case in ONE_EACH if case[0] == "moloni_pt")
    async with opened(name, tmp_path) as world:
        exporting = Exporting(world, flow, export)
        await exporting.connected()
        for calls in mishaps(exporting):
            fail(world, calls, status=400, body=BLOCKED, times=40)
        await exporting.publish(exporting.document())
        entry, (outcome,) = await entry_of(world), outcomes(world)
        (letter,) = world.bus.of(topics.exports_dead(name))
        for told in (entry.reason, entry.vendor_says, outcome.reason, outcome.vendor_says, str(letter.body)):
            assert "access_token=***" in str(told)
