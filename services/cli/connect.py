"""`fieldledger connections connect`: from the login page of a package to a live connection."""

import asyncio
import secrets
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import typer

from services.cli.callback import code_in_address, is_local, listening
from services.cli.output import at_a_terminal, say, show_table
from shared import connectors, login
from shared.access import Credentials, OAuth2
from shared.chosen import validated
from shared.errors import Misconfigured, NeedsOwner
from shared.hub import Hub
from shared.login import LoggedIn
from shared.login_service import Proof
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
    connector = connectors.get(wanted.connector)
    if isinstance(connector.auth, Credentials):
        proof: Proof = _credentials(connector.auth, connector.title)
    else:
        proof = await _code(hub, wanted, connector.auth, connector.title)
    return await login.finish_login(hub, wanted.connector, wanted.site, proof)


def _credentials(auth: Credentials, title: str) -> dict[str, str]:
    """Typed at a terminal, secrets unseen; else read from standard input, a line each, so that none is in a command."""
    if not at_a_terminal():
        lines = sys.stdin.read().splitlines()
        if len(lines) != len(auth.fields):
            wanted = ", ".join(one.label for one in auth.fields)
            raise Misconfigured(f"Give the access to {title} on standard input, a line each: {wanted}.")
        return {one.name: line for one, line in zip(auth.fields, lines, strict=True)}
    say(f"Access to {title}:")
    return {one.name: str(typer.prompt(one.label, hide_input=one.secret)) for one in auth.fields}


async def _code(hub: Hub, wanted: Wanted, auth: OAuth2, title: str) -> str:
    state = secrets.token_urlsafe(32)
    url = hub.login_page(wanted.connector, wanted.site, state)
    expected = state if auth.dialect.state else None
    back = hub.settings.access(wanted.connector).redirect_uri
    if not is_local(back):
        _invite(url, title, browser=wanted.browser)
        return code_in_address(_pasted(back), expected)
    async with listening(back, expected) as code:
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
