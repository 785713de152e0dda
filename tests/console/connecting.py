"""What tests of connecting share: a person who logs in to a package from the console, on the package's real pages."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from shared import connectors
from shared.access import Credentials
from shared.sandbox.browser import sandbox_approve
from shared.schemas.connections import Connection
from shared.store.collections import LOGINS
from tests.console.desk import Desk


async def begun(browser: httpx.AsyncClient, connector: str, **fields: str) -> httpx.Response:
    """The button of the connect page was pressed."""
    return await browser.post(f"/connect/{connector}", data=fields)


async def approved(desk: Desk, login_page: str, *, user: str | None = None, allow: bool = True) -> str:
    """The path of the callback, after the user agreed at the package; it is not called."""
    async with httpx.AsyncClient(transport=desk.world.sandbox.transport()) as there:
        back = await sandbox_approve(there, login_page, user or desk.world.scenario.user, allow=allow)
    assert back.startswith("https://console.test/connect/callback?"), back
    return back.removeprefix("https://console.test")


async def logged_in(desk: Desk, browser: httpx.AsyncClient, **options: Any) -> httpx.Response:
    """What the browser sees after the whole way through the login page (or the form)."""
    world = desk.world
    if isinstance(connectors.get(world.connector).auth, Credentials):
        return await begun(browser, world.connector, **world.scenario.credentials)
    asked = await begun(browser, world.connector, site=world.scenario.site)
    assert asked.status_code == 303, asked.text
    return await browser.get(await approved(desk, asked.headers["location"], **options))


async def connected(desk: Desk, browser: httpx.AsyncClient, administration: str | None = None) -> Connection:
    """The whole way, to the administration of the scenario unless another is named."""
    choice = await logged_in(desk, browser)
    assert choice.status_code == 303, choice.text
    wanted = {"administration": administration or desk.world.scenario.administration}
    made = await browser.post(choice.headers["location"], data=wanted)
    assert made.status_code == 303, made.text
    id = re.fullmatch(r"/connections/([^/]+)(/move)?", made.headers["location"])
    assert id is not None, made.headers["location"]
    return await desk.hub.connections.get(id[1])


def query(address: str) -> dict[str, str]:
    """The fields of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def logins(desk: Desk) -> list[dict[str, object]]:
    """Those under way, as stored."""
    return await desk.hub.store.find(LOGINS, {}, limit=100)
