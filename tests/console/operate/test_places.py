"""The operator finds a connection among all tenants' and sees why it rests, without changing anything."""

from datetime import timedelta

import httpx
import pytest

from services.console.operate import places
from shared.lanes import Rest
from shared.schemas.connections import Connection
from shared.store.collections import CONNECTIONS, GRANTS
from tests.console.desk import Desk
from tests.services.cli.support import in_state

RESTS = Rest(kind="owner", reason="Access to the administration has expired.")


@pytest.fixture
async def acme(desk: Desk) -> Connection:
    return await desk.world.connected()


@pytest.fixture
async def bakker(desk: Desk) -> Connection:
    """Rests for its owner."""
    made = await desk.world.connected("bakker")
    await desk.hub.lanes.rest(made.id, RESTS, await desk.hub.store.now() + timedelta(hours=1))
    return made


async def found(oscar: httpx.AsyncClient, **asked: str) -> list[str]:
    body = (await oscar.get("/api/v1/operate/connections", params=asked)).json()
    return sorted(one["tenant"] for one in body["places"])


@pytest.mark.usefixtures("acme", "bakker")
@pytest.mark.parametrize(
    ("asked", "tenants"),
    [
        ({}, ["acme", "bakker"]),
        ({"text": "bakker"}, ["bakker"]),
        ({"text": "AKK"}, ["bakker"]),
        ({"text": "installatie"}, ["acme", "bakker"]),
        ({"text": "900001"}, ["acme", "bakker"]),
        ({"text": "%"}, []),
        ({"rests": "true"}, ["bakker"]),
        ({"state": "disconnected"}, []),
        ({"connector": "billit"}, []),
        ({"connector": "exact_online", "state": "connected", "text": "acme"}, ["acme"]),
    ],
)
async def test_they_are_found_by(oscar: httpx.AsyncClient, asked: dict[str, str], tenants: list[str]) -> None:
    assert await found(oscar, **asked) == tenants


async def test_a_long_list_is_searched_in_parts(
    desk: Desk, oscar: httpx.AsyncClient, acme: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SCANNED", 60)
    row = acme.model_dump(mode="json")
    many = [{**row, "id": f"c-{n:04d}", "tenant": f"t-{n:04d}", "live_key": None} for n in range(200)]
    await desk.hub.store.put_many(CONNECTIONS, many)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        asked = {"text": "t-", **({"after": after} if after else {})}
        body = (await oscar.get("/api/v1/operate/connections", params=asked)).json()
        assert len(body["places"]) <= places.PAGE
        seen += [one["tenant"] for one in body["places"]]
        after = body["more"]
    assert seen == [f"t-{n:04d}" for n in range(200)]


async def test_one_that_rests_says_why_and_what_waits(
    desk: Desk, oscar: httpx.AsyncClient, acme: Connection, bakker: Connection
) -> None:
    await in_state(desk.world, "WO-1", state="waiting", due=None, reason="article <b>X</b> has no VAT code")
    page = (await oscar.get(f"/operate/connections/{bakker.id}")).text
    assert RESTS.reason in page
    page = (await oscar.get(f"/operate/connections/{acme.id}")).text
    assert "article &lt;b&gt;X&lt;/b&gt; has no VAT code" in page
    assert "hx-post" not in page


async def test_no_token_is_in_what_the_operator_reads(desk: Desk, oscar: httpx.AsyncClient, acme: Connection) -> None:
    shown = (await oscar.get(f"/api/v1/operate/connections/{acme.id}")).text
    assert '"login_works":true' in shown
    kept = await desk.hub.store.get(GRANTS, acme.grant)
    assert kept is not None
    assert "token" not in shown
    assert not [name for name, value in kept.items() if len(str(value)) > 40 and str(value) in shown]


@pytest.mark.parametrize("name", ["text", "connector", "state", "after"])
async def test_a_zero_character_is_refused_and_no_error_of_ours(oscar: httpx.AsyncClient, name: str) -> None:
    for base in ("", "/api/v1"):
        assert (await oscar.get(f"{base}/operate/connections", params={name: "a\0b"})).status_code == 400
