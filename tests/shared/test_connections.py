import asyncio
from datetime import timedelta

import pytest

from shared.connections import SavedMeanwhile
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.login import connect, disconnect
from shared.runtime import make_store
from shared.service import check_clock
from shared.store import Store
from tests.factories import completed
from tests.services.test_exporter import VAT, a_line, an_order
from tests.world import World, make_settings, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def test_a_tenant_has_at_most_one_live_connection_per_connector(world: World) -> None:
    login = await world.log_in()
    await connect(world.hub, "acme", login, "900001")
    with pytest.raises(Misconfigured, match="final for a connection"):
        await connect(world.hub, "acme", login, "900002")
    assert len(await world.hub.connections.all()) == 1


async def test_two_logins_at_once_make_one_connection(world: World) -> None:
    login = await world.log_in()
    connection = await connect(world.hub, "acme", login, "900001")
    with pytest.raises(Misconfigured, match="already has a live"):
        await world.hub.connections.add(connection.model_copy(update={"id": "another"}))


async def test_connecting_again_to_the_same_administration_reconnects(world: World) -> None:
    login = await world.log_in()
    first = await connect(world.hub, "acme", login, "900001")
    assert (await connect(world.hub, "acme", login, "900001")).id == first.id


async def test_after_disconnecting_another_administration_can_be_connected(world: World) -> None:
    login = await world.log_in()
    first = await connect(world.hub, "acme", login, "900001")
    ended = await disconnect(world.hub, first.id)
    assert (ended.state, ended.generation) == ("disconnected", 2)
    second = await connect(world.hub, "acme", login, "900002")
    assert second.id != first.id


async def test_an_administration_that_the_user_cannot_open_is_refused_with_those_there_are(world: World) -> None:
    login = await world.log_in()
    with pytest.raises(Misconfigured, match=r"900001 \(De Vries Installatietechniek"):
        await connect(world.hub, "acme", login, "123")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"no_such_setting": 1}, "no_such_setting"),
        ({"work_order_document": "poem"}, "work_order_document"),
        ({"vat_codes": {"twenty": "4"}}, "vat_codes"),
        ({"relation_types": ["X"]}, "relation_types"),
    ],
)
async def test_nonsensical_settings_are_refused_by_name(
    world: World, settings: dict[str, object], sentence: str
) -> None:
    connection = await world.connected()
    with pytest.raises(Misconfigured, match=sentence):
        await world.hub.connections.change_settings(connection.id, settings)
    assert (await world.hub.connections.get(connection.id)).settings == connection.settings


async def test_book_dates_use_the_administrations_time_zone(world: World) -> None:
    assert (await world.connected()).timezone == "Europe/Amsterdam"


async def test_a_process_far_off_the_stores_clock_refuses_to_work(world: World) -> None:
    hub = Hub(
        world.settings, world.store, world.hub.keys, world.bus, now=lambda: world.hub.now() + timedelta(minutes=5)
    )
    with pytest.raises(Misconfigured, match=r"clock is (300|299) s off"):
        await check_clock(hub)
    await check_clock(world.hub)


def test_an_unknown_store_is_named() -> None:
    with pytest.raises(Misconfigured, match="FIELDLEDGER_STORE"):
        make_store(make_settings(store="oracle://somewhere"))


async def test_two_who_save_settings_at_once_lose_none_of_them(world: World) -> None:
    connection = await world.connected()
    save = world.hub.connections.change_settings
    await asyncio.gather(
        save(connection.id, {"journal": "70"}),
        save(connection.id, {"include_blocked": True}),
        save(connection.id, {"fallback_item": "ARB-VOORRIJ"}),
    )
    now = (await world.hub.connections.get(connection.id)).settings
    assert (now["journal"], now["include_blocked"], now["fallback_item"]) == ("70", True, "ARB-VOORRIJ")


async def test_what_was_changed_upon_older_settings_is_refused_and_saves_nothing(world: World) -> None:
    connection = await world.connected()
    read = connection.settings_version or 0
    saved = await world.hub.connections.save_settings(connection.id, {"journal": "70"}, read=read)
    with pytest.raises(SavedMeanwhile):
        await world.hub.connections.save_settings(connection.id, {"journal": "71"}, read=read)
    assert (await world.hub.connections.get(connection.id)).settings["journal"] == "70"
    newer = saved.connection.settings_version
    await world.hub.connections.save_settings(connection.id, {"journal": "71"}, read=newer)


async def test_saving_tells_what_differs_and_how_many_documents_go_on(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-A", materials=(a_line(code="NIET-BEKEND"),))))
    await world.quiet()
    again = {"fallback_item": "ARB-VOORRIJ", "include_blocked": False}
    saved = await world.hub.connections.save_settings(connection.id, again)
    assert (list(saved.differs), saved.go_on) == (["fallback_item"], 1)
