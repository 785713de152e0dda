"""What the licence manager says reaches connections that live, and those that are still to come."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from services.console.integrations.views import integrations
from services.console.licence_news import LicenceNews
from shared import envelope, licences, topics
from shared.connections import Connections
from shared.envelope import Message
from shared.login import connect, disconnect
from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged
from tests.console.desk import Desk
from tests.fakes import received


def news(desk: Desk, *, active: bool = True, tier: str = "basic", age: int = 0, of: str = "exact_online") -> Message:
    """As the platform publishes it, so many minutes ago."""
    at = desk.hub.now() - timedelta(minutes=age)
    said = LicenseChanged(connector=of, active=active, tier=tier, changed_at=at)
    kind = envelope.LICENSE_CHANGED
    return envelope.message(topics.LICENSES_CHANGED, "acme", said, type=kind, source="platform", tenant="acme")


async def hear(desk: Desk, *messages: Message) -> None:
    await LicenceNews(desk.hub)([received(message, offset) for offset, message in enumerate(messages)])


async def connected(desk: Desk) -> Connection:
    return await desk.world.connected(exports_from=None)


async def tiers(desk: Desk, connection: Connection) -> list[str]:
    lines = await desk.hub.journal.read(connection.id)
    return [line["text"] for line in lines if line["event"] == "connection.tier"]


async def test_a_licence_that_ends_stops_the_live_connection_and_a_renewed_one_lets_it_go_on(console: Desk) -> None:
    connection = await connected(console)
    await hear(console, news(console, active=False, age=2))
    assert not (await console.hub.connections.get(connection.id)).licensed
    await hear(console, news(console, age=1))
    assert (await console.hub.connections.get(connection.id)).licensed


async def test_a_licence_told_before_there_was_a_connection_holds_for_it_from_its_first_moment(console: Desk) -> None:
    await hear(console, news(console, tier="basic"))
    connection = await connected(console)
    assert (connection.licensed, connection.tier) == (True, "basic")
    assert await tiers(console, connection) == [], "it never had more, so nothing has stopped"


async def test_a_licence_told_while_a_connection_was_ended_holds_when_it_is_live_again(console: Desk) -> None:
    connection = await connected(console)
    await disconnect(console.hub, connection.id)
    await hear(console, news(console, active=False))
    login = await console.world.log_in()
    again = await connect(console.hub, "acme", login, connection.administration.code)
    assert again.id == connection.id
    assert not (await console.hub.connections.get(again.id)).licensed


async def test_a_licence_told_while_the_connection_was_being_made_is_not_lost(
    console: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Connections.add

    async def told_meanwhile(self: Connections, connection: Connection) -> None:
        await hear(console, news(console, active=False))
        await add(self, connection)

    monkeypatch.setattr(Connections, "add", told_meanwhile)
    connection = await connected(console)
    assert not (await console.hub.connections.get(connection.id)).licensed


async def test_an_older_word_that_comes_late_changes_nothing(console: Desk) -> None:
    await hear(console, news(console, tier="pro"), news(console, tier="basic", age=5))
    assert (await connected(console)).tier == "pro"


async def test_the_page_shows_the_licence_of_a_package_that_is_not_connected(console: Desk) -> None:
    await hear(console, news(console, tier="pro"))
    cards = {card.connector: card for card in (await integrations(console.hub, "acme")).cards}
    assert cards["exact_online"].licence is not None
    assert cards["exact_online"].licence.tier == "pro"
    assert cards["billit"].licence is None
    others = (await integrations(console.hub, "globex")).cards
    assert {card.licence for card in others} == {None}


async def test_what_cannot_be_read_becomes_a_dead_letter_and_the_next_word_is_heard(console: Desk) -> None:
    broken = replace(news(console), body=b'{"connector": 1}')
    await hear(console, broken, news(console, tier="pro"))
    assert [json.loads(one.body or b"")["reason"] for one in console.world.bus.of(topics.EVENTS_DEAD)] == [
        "not a readable licence: 3 problems"
    ]
    assert (await licences.told(console.hub, "acme", ["exact_online"]))["exact_online"].tier == "pro"


async def test_a_licence_for_a_package_of_somebody_else_is_not_kept(console: Desk) -> None:
    await hear(console, news(console, of="yuki"))
    assert await licences.told(console.hub, "acme", ["yuki"]) == {}
