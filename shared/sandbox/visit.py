"""Connects to a pretend package as its demo user would: through the login pages, or by typing the credentials."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx

from shared import connectors
from shared.access import Credentials
from shared.hub import Hub
from shared.login import LoggedIn, finish_login
from shared.login_service import Proof
from shared.sandbox.browser import sandbox_approve
from shared.sandbox.scenario import Scenario, scenario


async def log_in(hub: Hub, connector: str, transport: httpx.AsyncBaseTransport | None = None) -> LoggedIn:
    """A finished login of the scenario's user. `transport` reaches a sandbox in the same process."""
    known = scenario(connector)
    if isinstance(connectors.get(connector).auth, Credentials):
        return await finish_login(hub, connector, known.site, known.credentials)
    return await finish_login(hub, connector, known.site, await _code(hub, connector, known, transport))


async def _code(hub: Hub, connector: str, known: Scenario, transport: httpx.AsyncBaseTransport | None) -> Proof:
    url = hub.login_page(connector, known.site, "demo-state")
    async with httpx.AsyncClient(transport=transport) as browser:
        callback = await sandbox_approve(browser, url, known.user)
    return parse_qs(urlsplit(callback).query)["code"][0]
