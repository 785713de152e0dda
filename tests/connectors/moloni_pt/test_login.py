"""The login by GET: no secret of its query is ever written down, and it lives as long as Moloni lets it."""

from datetime import timedelta

import httpx
import pytest

from shared.connectors.moloni_pt import CONNECTOR
from shared.connectors.moloni_pt.calls import carry
from shared.errors import NeedsOwner, TryLater
from shared.login_service import OAuthService
from shared.preview import preview_export
from shared.settings import ConnectorAccess
from tests.connectors.contract import an_order, event_of, joined, one_call, opened, past_expiry, settled
from tests.connectors.moloni_pt.office import Office
from tests.logs import recorded_log


@pytest.fixture
async def world(tmp_path):
    async with opened("moloni_pt", tmp_path) as made:
        yield made


async def tokens_of(world, connection):
    grant = await world.hub.grants.get(connection.grant)
    return world.hub.keys.open(grant.sealed)


def test_the_login_page_is_asked_with_exactly_three_parameters():
    access = ConnectorAccess(client_id="app", client_secret="s3cr3t", redirect_uri="http://127.0.0.1:8765/callback")
    url = httpx.URL(OAuthService(CONNECTOR.auth, access, "https://www.moloni.pt", "", None).authorize_url("state"))
    assert (url.host, url.path) == ("www.moloni.pt", "/ac/root/oauth/")
    assert dict(url.params) == {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": "http://127.0.0.1:8765/callback",
    }


def test_a_login_is_declared_as_long_as_moloni_keeps_it():
    assert CONNECTOR.auth.refresh_token_life == timedelta(days=14)
    assert CONNECTOR.auth.refresh_window == timedelta(minutes=5)


def test_the_token_replaces_an_older_one_in_the_query_and_leaves_the_rest():
    request = httpx.Request("POST", "https://api.moloni.pt/v1/customers/getAll/?json=true&access_token=old")
    assert dict(carry(request, "new").url.params) == {"json": "true", "access_token": "new"}


async def test_tokens_and_the_apps_secret_travel_in_queries_and_are_masked_in_every_log_line(world):
    with recorded_log() as logged:
        connection = await joined(world)
        before = await tokens_of(world, connection)
        await past_expiry(world, connection)
        await world.publish(event_of(an_order(world)))
        await settled(world)
        after = await tokens_of(world, connection)
        lines = logged()
    secrets = {value for pair in (before, after) for value in pair.split('"')[3::4]} | {"demo-secret"}
    assert len(secrets) == 5
    assert lines.count("access_token=***") > 5
    assert "client_secret=***" in lines
    assert "refresh_token=***" in lines
    assert [secret for secret in secrets if secret in lines] == []


async def test_no_request_that_is_shown_holds_a_token(world):
    connection = await joined(world)
    shown = str([request async for request in preview_export(world.hub, connection, an_order(world))])
    assert "company_id" in shown
    assert "access_token" not in shown


@pytest.mark.parametrize("kind", ["cut", "stall"])
async def test_an_error_of_the_line_tells_no_address(kind):
    office = Office()
    token = office.sandbox.log_in().access_token
    office.sandbox.fail_next(kind=kind)
    with pytest.raises(TryLater) as error:
        await office.client().taxes()
    assert token not in repr(error.value)
    assert "access_token" not in f"{error.value} {error.value.__cause__}"


async def test_expired_access_that_moloni_tells_with_400_is_renewed_once_and_the_call_repeated(world):
    connection = await joined(world)
    body = '{"error": "invalid_grant", "error_description": "Token is no longer valid"}'
    world.sandbox.fail_next(400, body=body, match="companies/getAll")
    before = len(world.sandbox.calls)
    await one_call(world, connection)
    paths = [call.path for call in world.sandbox.calls[before:]]
    assert paths == ["/v1/companies/getAll/", "/v1/grant/", "/v1/companies/getAll/"]


async def test_a_login_that_nobody_used_for_14_days_asks_for_its_owner(world):
    connection = await joined(world)
    await world.wait(timedelta(days=14, seconds=1))
    with pytest.raises(NeedsOwner, match="Authentication expired"):
        await one_call(world, connection)


async def test_wrong_credentials_of_the_app_cost_nobody_their_login(world):
    connection = await joined(world)
    await past_expiry(world, connection)
    body = '{"error": "invalid_client", "error_description": "The client credentials are invalid"}'
    world.sandbox.fail_next(400, body=body, match="/v1/grant/")
    with pytest.raises(TryLater):
        await one_call(world, connection)
    await one_call(world, connection)
