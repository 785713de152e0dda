"""What the sandbox refuses, and what the connector makes of it."""

import httpx
import pytest

from shared.access import Answer
from shared.connectors.exact_online import CONNECTOR
from shared.connectors.exact_online.sandbox import USERS, create
from shared.errors import NeedsOwner, RateLimited, Rejected, TryLater
from shared.mapping import Request
from tests.connectors.exact_online.test_walk import DIVISION, _client


@pytest.fixture
def sandbox():
    return create(accounts=150, items=60, minutely_limit=1000)


@pytest.fixture
def client(sandbox):
    return _client(sandbox)


async def test_a_repeated_code_is_refused_but_looked_up_first(client):
    request = Request("POST", f"/api/v1/{DIVISION}/crm/Accounts", {"Name": "Twice", "Code": "1"})
    with pytest.raises(Rejected, match="has this number or code already") as error:
        await client.create_account(request)
    assert (error.value.look_up_first, error.value.vendor_says) == (True, "Gegeven bestaat reeds.")


async def test_a_faulty_request_is_refused_with_the_vendors_words(client):
    request = Request("POST", f"/api/v1/{DIVISION}/salesorder/SalesOrders", {"YourRef": "W-1"})
    with pytest.raises(Rejected) as error:
        await client.create_sales_order(request)
    assert error.value.vendor_says
    assert not error.value.look_up_first


async def test_a_call_limit_names_the_moment_to_go_on():
    sandbox = create(accounts=20, items=20, minutely_limit=2)
    client = _client(sandbox)
    for _ in range(2):
        await client.journals()
    with pytest.raises(RateLimited) as error:
        await client.journals()
    assert error.value.until > sandbox.clock.now()


async def test_maintenance_is_waited_for(sandbox, client):
    sandbox.api.maintenance = True
    with pytest.raises(TryLater):
        await client.journals()


async def test_an_administration_that_was_not_granted_needs_the_owner(sandbox):
    with pytest.raises(NeedsOwner):
        await _client(sandbox, "900003").journals()


@pytest.mark.parametrize("name", sorted(CONNECTOR.reference))
async def test_the_choices_for_settings_are_read(client, name):
    choices = await CONNECTOR.reference[name](client)
    assert choices
    assert all(choice.code == choice.code.strip() and choice.title for choice in choices)


async def _refused(sandbox, refresh_token, **other):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": "fieldledger-demo",
        "client_secret": "demo-secret",
    } | other
    async with httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url) as line:
        response = await line.post(CONNECTOR.auth.token, data=form)
    assert response.is_error
    headers = {name.lower(): value for name, value in response.headers.items()}
    return CONNECTOR.auth.refusal(Answer(response.status_code, headers, response.text)).kind


async def test_token_refusals_of_the_package_are_understood(sandbox):
    issued = sandbox.log_in()
    assert await _refused(sandbox, issued.refresh_token) == "early"
    assert await _refused(sandbox, issued.refresh_token, client_secret="wrong") == "later"
    sandbox.clock.advance(CONNECTOR.auth.refresh_token_life)
    assert await _refused(sandbox, issued.refresh_token) == "dead"
    newer = sandbox.log_in()
    assert await _refused(sandbox, issued.refresh_token) == "dead"
    sandbox.oauth.revoke(USERS[0].id)
    assert await _refused(sandbox, newer.refresh_token) == "dead"


async def test_too_many_token_calls_are_tried_later_and_kill_nothing(sandbox):
    issued = sandbox.log_in()
    kinds = {await _refused(sandbox, issued.refresh_token) for _ in range(201)}
    assert kinds == {"early", "later"}
