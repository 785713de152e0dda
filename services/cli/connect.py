"""`fieldledger connections connect`: from the login page of a package to a live connection."""

import asyncio
import secrets
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import typer

from services.cli.callback import code_in_address, is_local, listening
from services.cli.output import at_a_terminal, say, show_table
from shared import connectors, login
from shared.chosen import validated
from shared.errors import Misconfigured, NeedsOwner
from shared.hub import Hub
from shared.login import LoggedIn
from shared.schemas.connections import Administration, Connection

LOGIN_TIMEOUT = 600.0
"""Seconds the user has to log in."""


@dataclass(frozen=True)
class Wanted:
    """What the user asked for. `administration` None: ask, or keep that of the live connection."""

    connector: str
    tenant: str
    site: str | None
    administration: str | None
    settings: Mapping[str, Any]
    browser: bool


async def connect(hub: Hub, wanted: Wanted) -> Connection:
    """Log in, choose, and make the connection live (or give a live one new access)."""
    wanted = replace(wanted, site=_site(wanted))
    live = (await hub.connections.live(wanted.connector, [wanted.tenant])).get(wanted.tenant)
    logged_in = await _log_in(hub, wanted)
    say(f"Logged in as {logged_in.user.name}.")
    code = wanted.administration or (live.administration.code if live else _choose(logged_in.administrations))
    return await login.connect(hub, wanted.tenant, logged_in, code, wanted.settings)


def _site(wanted: Wanted) -> str:
    """The site to log in at: that of the package, if it has one only.

    Before the user logs in: everything that can be known to be wrong.
    """
    connector = connectors.get(wanted.connector)
    validated(connector.settings, wanted.settings)
    sites = list(connector.auth.sites)
    site = sites[0] if wanted.site is None and len(sites) == 1 else wanted.site
    if site not in sites:
        raise Misconfigured(f"Choose the country of {connector.title} with --site: one of {', '.join(sites)}.")
    return site


async def _log_in(hub: Hub, wanted: Wanted) -> LoggedIn:
    title = connectors.get(wanted.connector).title
    return await login.finish_login(hub, wanted.connector, wanted.site, await _code(hub, wanted, title))


async def _code(hub: Hub, wanted: Wanted, title: str) -> str:
    state = secrets.token_urlsafe(32)
    url = hub.token_endpoint(wanted.connector, wanted.site).authorize_url(state)
    back = hub.settings.access(wanted.connector).redirect_uri
    if not is_local(back):
        _invite(url, title, browser=wanted.browser)
        return code_in_address(_pasted(back), state)
    async with listening(back, state) as code:
        _invite(url, title, browser=wanted.browser)
        try:
            return await asyncio.wait_for(code, LOGIN_TIMEOUT)
        except TimeoutError:
            minutes = int(LOGIN_TIMEOUT // 60)
            raise NeedsOwner(f"Nobody logged in within {minutes} minutes. Run the same command again.") from None


def _invite(url: str, title: str, *, browser: bool) -> None:
    say(f"Log in to {title} and give access:\n\n{url}\n")
    if browser:
        webbrowser.open(url)


def _pasted(back: str) -> str:
    if not at_a_terminal():
        raise Misconfigured(f"After the login {back} must be pasted here, so run this command in a terminal.")
    return str(typer.prompt(f"Afterwards your browser is at {back}?... Paste that whole address here"))


def _choose(administrations: Sequence[Administration]) -> str:
    rows = [(one.code, one.name, one.currency, one.country) for one in administrations]
    show_table(("code", "name", "currency", "country"), rows, empty="This user can open no administration.")
    if not at_a_terminal():
        raise Misconfigured("Choose one of these administrations with --administration CODE.")
    say("The choice is final for this connection: another administration needs another connection.")
    return str(typer.prompt("Administration (code)"))
