"""One token chain per vendor user: renewed by one at a time, stored before used, lost only when the vendor says so."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from shared.access import TokenRefusal
from shared.errors import NeedsOwner, StoreUnavailable, TryLater
from shared.hub import Hub
from shared.keys import KeyRing
from shared.login import connect
from shared.schemas.connections import Connection
from shared.store import Store
from shared.store.collections import GRANTS
from tests.world import World, make_world

TOKEN = "oauth2/token"
OLD = timedelta(seconds=575)


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


def refreshes(world: World) -> int:
    return len([call for call in world.sandbox.calls if call.path.endswith(TOKEN)]) - 1


def another_process(world: World) -> Hub:
    hub = world.hub
    return Hub(
        hub.settings,
        world.store,
        KeyRing.from_settings(hub.settings),
        world.bus,
        now=hub.now,
        transports=hub.transports,
    )


async def test_an_expired_token_is_renewed_once_for_five_parallel_calls_of_two_processes(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    other = another_process(world)
    tokens = await asyncio.gather(*(hub.grants.access_token(connection.grant) for hub in (world.hub, other) * 3))
    assert len(set(tokens)) == 1
    assert refreshes(world) == 1


async def test_a_young_token_is_used_and_not_renewed(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(timedelta(seconds=560))
    await world.hub.grants.access_token(connection.grant)
    assert refreshes(world) == 0


async def test_two_connections_of_one_vendor_user_share_one_grant(world: World) -> None:
    login = await world.log_in()
    first = await connect(world.hub, "acme", login, "900001")
    second = await connect(world.hub, "globex", login, "900002")
    assert first.grant == second.grant
    world.sandbox.clock.advance(OLD)
    await asyncio.gather(read(world, first), read(world, second))
    assert refreshes(world) == 1


async def read(world: World, connection: Connection) -> None:
    async with world.hub.connect(connection, "export") as client:
        await client.vat_codes()


async def test_a_lost_answer_is_retried_at_once_with_the_old_token(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    world.sandbox.fail_next(kind="cut", when="before", match=TOKEN, times=2)
    assert await world.hub.grants.access_token(connection.grant)
    assert refreshes(world) == 3


async def test_a_rotation_whose_answer_is_lost_ends_at_the_owner_because_exact_kills_the_chain(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    world.sandbox.fail_next(kind="cut", when="after", match=TOKEN)
    with pytest.raises(NeedsOwner, match=r"Authentication expired\. Reconnect the integration to sync data\."):
        await world.hub.grants.access_token(connection.grant)


async def test_reuse_of_an_old_refresh_token_kills_the_chain_and_asks_the_owner_to_log_in_again(world: World) -> None:
    connection = await world.connected()
    stolen = await world.store.get(GRANTS, connection.grant)
    assert stolen is not None
    world.sandbox.clock.advance(OLD)
    await world.hub.grants.access_token(connection.grant)
    world.sandbox.clock.advance(OLD)
    await world.store.update(GRANTS, connection.grant, set={"sealed": stolen["sealed"]})
    with pytest.raises(NeedsOwner):
        await world.hub.grants.access_token(connection.grant)
    calls = refreshes(world)
    with pytest.raises(NeedsOwner):
        await world.hub.grants.access_token(connection.grant)
    assert refreshes(world) == calls, "a dead grant makes no more calls"


async def test_a_new_login_revives_the_grant_for_every_connection_of_that_user(world: World) -> None:
    login = await world.log_in()
    first = await connect(world.hub, "acme", login, "900001")
    second = await connect(world.hub, "globex", login, "900002")
    world.sandbox.clock.advance(timedelta(days=31))
    with pytest.raises(NeedsOwner):
        await world.hub.grants.access_token(first.grant)
    await world.log_in()
    await read(world, first)
    await read(world, second)


async def test_a_refresh_whose_process_died_is_taken_over(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    dead = {"renewing_until": "2020-01-01T00:00:00.000000Z", "renewing_fence": 7}
    await world.store.update(GRANTS, connection.grant, set=dead)
    assert await world.hub.grants.access_token(connection.grant)


async def test_a_process_waits_for_the_refresh_of_another_one(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    world.sandbox.fail_next(kind="delay", seconds=0.3, when="after", match=TOKEN)
    other = another_process(world)
    first = asyncio.create_task(world.hub.grants.access_token(connection.grant))
    await asyncio.sleep(0.1)
    assert await other.grants.access_token(connection.grant) == await first
    assert refreshes(world) == 1


async def test_the_new_pair_is_stored_before_it_is_used(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    before = await world.hub.grants.get(connection.grant)
    token = await world.hub.grants.access_token(connection.grant)
    stored = await world.hub.grants.get(connection.grant)
    assert stored.version == before.version + 1
    assert token in world.hub.keys.open(stored.sealed)


async def test_a_login_service_that_is_down_delays_and_does_not_end_the_grant(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(timedelta(seconds=700))
    world.sandbox.fail_next(503, body="<html>maintenance</html>", match=TOKEN)
    with pytest.raises(TryLater):
        await world.hub.grants.access_token(connection.grant)
    assert await world.hub.grants.access_token(connection.grant)


async def test_a_token_the_package_refuses_although_it_is_young_is_not_renewed_too_early(world: World) -> None:
    connection = await world.connected()
    world.sandbox.fail_next(401, match="vat/VATCodes")
    with pytest.raises(TryLater):
        await read(world, connection)
    assert refreshes(world) == 0


async def test_tokens_are_stored_sealed(world: World) -> None:
    connection = await world.connected()
    stored = await world.store.get(GRANTS, connection.grant)
    token = await world.hub.grants.access_token(connection.grant)
    assert token not in str(stored)


async def test_a_link_to_another_host_is_not_followed_with_our_token(world: World) -> None:
    connection = await world.connected()
    elsewhere = '{"d": {"results": [], "__next": "http://attacker.example/api/v1/900001/vat/VATCodes"}}'
    world.sandbox.fail_next(200, body=elsewhere, match="vat/VATCodes")
    with pytest.raises(Exception, match="another host"):
        await read(world, connection)


async def test_a_login_with_a_used_code_is_a_sentence_and_no_traceback(world: World) -> None:
    from shared.login import finish_login  # only this test finishes one by hand

    with pytest.raises(NeedsOwner, match="The login was not accepted"):
        await finish_login(world.hub, "exact_online", "nl", "no-such-code")


async def test_a_refused_refresh_is_no_reason_to_ask_the_owner_who_has_just_logged_in(world: World) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    world.sandbox.fail_next(kind="delay", seconds=0.3, when="before", match=TOKEN)
    refreshing = asyncio.create_task(world.hub.grants.access_token(connection.grant))
    await asyncio.sleep(0.1)
    await world.log_in()
    assert await refreshing
    assert (await world.hub.grants.get(connection.grant)).state == "live"


async def test_a_refresh_is_recorded_with_a_hash_of_the_old_token_before_the_package_is_asked(world: World) -> None:
    connection = await world.connected()
    before = await world.hub.grants.get(connection.grant)
    old = world.hub.grants._tokens(before).refresh
    world.sandbox.clock.advance(OLD)
    world.sandbox.fail_next(kind="delay", seconds=0.3, when="before", match=TOKEN)
    refreshing = asyncio.create_task(world.hub.grants.access_token(connection.grant))
    await asyncio.sleep(0.1)
    recorded = await world.hub.grants.get(connection.grant)
    assert recorded.renewing_hash == hashlib.sha256(old.encode()).hexdigest()
    assert recorded.renewing_fence == before.renewing_fence + 1
    assert old not in str(await world.store.get(GRANTS, connection.grant))
    await refreshing
    assert (await world.hub.grants.get(connection.grant)).renewing_hash is None


async def crashed_after_rotating(world: World, grant: str) -> None:
    """A process asked for a new pair, got it, and died before it could store it; its lease has run out."""
    chain = await world.hub.grants.get(grant)
    tokens = world.hub.grants._tokens(chain)
    begun = await world.hub.grants._begin(chain, hashlib.sha256(tokens.refresh.encode()).hexdigest())
    assert begun is not None
    await world.hub.login_service("exact_online", "nl").refresh(tokens.refresh)
    await world.store.update(GRANTS, grant, set={"renewing_until": "2020-01-01T00:00:00.000000Z"})


async def test_a_process_that_died_with_the_new_pair_costs_a_login_where_the_package_forgives_no_reuse(
    world: World,
) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    await crashed_after_rotating(world, connection.grant)
    with pytest.raises(NeedsOwner, match="Reconnect the integration"):
        await world.hub.grants.access_token(connection.grant)
    await world.log_in()
    assert await world.hub.grants.access_token(connection.grant)


async def test_a_process_that_died_with_the_new_pair_costs_nothing_where_the_package_answers_with_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some login services answer a token that was just rotated with the same new pair, for a while."""
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    server = world.sandbox.oauth  # type: ignore[attr-defined]
    renew, given = server._renew, {}

    def with_grace(token: str) -> Any:
        return given.setdefault(token, None) or given.__setitem__(token, renew(token)) or given[token]

    monkeypatch.setattr(server, "_renew", with_grace)
    await crashed_after_rotating(world, connection.grant)
    assert await world.hub.grants.access_token(connection.grant)
    assert len(given) == 1


@pytest.mark.parametrize("done", [True, False], ids=["answer lost", "write lost"])
async def test_a_store_that_is_away_for_a_moment_loses_no_new_pair(world: World, done: bool) -> None:
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    update, away = world.store.update, []

    async def flapping(collection: str, id: str, **changes: Any) -> Any:
        if "sealed" in changes.get("set", {}) and not away:
            away.append(id)
            if done:
                await update(collection, id, **changes)
            raise StoreUnavailable("the store went away")
        return await update(collection, id, **changes)

    world.store.update = flapping  # type: ignore[method-assign]
    assert await world.hub.grants.access_token(connection.grant)
    assert (refreshes(world), away) == (1, [connection.grant])


async def test_a_late_no_does_not_end_a_chain_that_somebody_else_is_renewing(world: World) -> None:
    """A refresh whose lease ran out was taken over; its own refusal says nothing about the other's."""
    connection = await world.connected()
    world.sandbox.clock.advance(OLD)
    late = await world.hub.grants.get(connection.grant)
    assert await world.hub.grants._begin(late, "hash") is not None
    begun = await world.store.update(GRANTS, connection.grant, inc={"renewing_fence": 1})
    assert begun is not None
    refusal = TokenRefusal("dead", "reused")
    await world.store.update(GRANTS, connection.grant, set={"renewing_until": "2020-01-01T00:00:00.000000Z"})
    assert await world.hub.grants._refused(late, world.hub.grants._tokens(late), refusal)
    assert (await world.hub.grants.get(connection.grant)).state == "live"


@pytest.mark.parametrize("said", [None, "", "soon", "0", "600.0", "-1"])
async def test_a_life_that_cannot_be_read_loses_no_token(world: World, said: str | None) -> None:
    pair = world.hub.grants._pair("exact_online", {"access_token": "a", "refresh_token": "r", "expires_in": said})
    assert pair["expires"] > pair["issued"]
