"""Connecting a package: what is asked, the login, and the choice of administration. No HTTP, no HTML."""

from collections.abc import Mapping
from typing import Literal

from babel import Locale

from services.console.connect import logins
from services.console.connect.logins import Login, Whose
from shared import connectors
from shared.access import CredentialField, Credentials, OAuth2
from shared.connector import Connector, VendorUser
from shared.errors import FieldledgerError, Misconfigured
from shared.hub import Hub
from shared.login import LoggedIn, connect, finish_login
from shared.oauth import user_of_grant
from shared.schemas.base import Frozen
from shared.schemas.connections import Administration, Connection


class Site(Frozen):
    """A country, or another place where the package is."""

    code: str
    name: str


class Field(Frozen):
    """One thing that the user types; a `secret` is never shown again."""

    name: str
    label: str
    secret: bool


class Live(Frozen):
    """The connection that the tenant has already: a login gives it new access."""

    connection: str
    administration: str
    licensed: bool
    tier: str | None


class Asked(Frozen):
    """What connecting a package takes. `site`: the one chosen beforehand; `caveat`: what the package cannot promise."""

    connector: str
    title: str
    by: Literal["login page", "credentials"]
    sites: tuple[Site, ...]
    site: str | None
    fields: tuple[Field, ...]
    caveat: str
    live: Live | None


class Option(Frozen):
    """An administration to choose. `before`: the tenant was connected to it, and goes on where that ended."""

    code: str
    name: str
    currency: str
    country: str | None
    active: bool
    before: bool


class Offer(Frozen):
    """A finished login. `live`: the connection it is for, then only its own administration counts."""

    login: str
    connector: str
    title: str
    user: str
    administrations: tuple[Option, ...]
    live: Live | None


class Wrong(Misconfigured):
    """These fields are not filled in, or nothing is chosen in them."""

    def __init__(self, *fields: str) -> None:
        super().__init__(f"Not filled in: {', '.join(fields)}.")
        self.fields = fields


class LoginProblem(FieldledgerError):
    """A login to this package that came to nothing."""

    def __init__(self, connector: str, sentence: str) -> None:
        super().__init__(sentence)
        self.connector = connector


class NoAccess(LoginProblem):
    """The user said no on the package's login page, or the package did."""

    def __init__(self, connector: str) -> None:
        self.title = connectors.get(connector).title
        super().__init__(connector, f"{self.title} did not give access.")


class LoginFailed(LoginProblem):
    """The user came back, but the package did not let us in, or did not answer."""


class NotThere(LoginProblem):
    """The login cannot open the administration of the connection."""

    def __init__(self, connector: str, user: str, administration: str) -> None:
        super().__init__(connector, f"{user} cannot open {administration}.")
        self.user = user
        self.administration = administration


async def asked(hub: Hub, tenant: str, connector: str, language: str) -> Asked:
    """What the page of a package asks."""
    how = connectors.get(connector)
    auth = how.auth
    sites = tuple(Site(code=code, name=_site_name(how, code, language)) for code in auth.sites)
    named = bool(auth.site_names) or len(sites) == 1  # of countries none is likelier than the others
    return Asked(
        connector=how.name,
        title=how.title,
        by="credentials" if isinstance(auth, Credentials) else "login page",
        sites=sites,
        site=sites[0].code if named else None,
        fields=tuple(map(_field, auth.fields)) if isinstance(auth, Credentials) else (),
        caveat=how.caveat,
        live=_live(await _connection(hub, tenant, connector)),
    )


def _site_name(how: Connector, code: str, language: str) -> str:
    countries = Locale.parse(language, sep="-").territories
    return how.auth.site_names.get(code) or countries.get(code.upper()) or code.upper()


def _field(one: CredentialField) -> Field:
    return Field(name=one.name, label=one.label, secret=one.secret)


async def _connection(hub: Hub, tenant: str, connector: str) -> Connection | None:
    return (await hub.connections.live(connector, [tenant])).get(tenant)


def _live(one: Connection | None) -> Live | None:
    if one is None:
        return None
    return Live(connection=one.id, administration=one.administration.name, licensed=one.licensed, tier=one.tier)


async def begin(hub: Hub, whose: Whose, connector: str, site: str | None, back: str) -> str:
    """Where to send the user, who comes back to `back`. `Wrong` when the country was not chosen."""
    how = connectors.get(connector)
    if not isinstance(how.auth, OAuth2):
        raise Misconfigured(f"{how.title} has no login page: it is connected by what you type.")
    chosen = await _site(hub, whose, how, site)
    hub.settings.require_access(connector)  # before anything is noted
    state = await logins.ask(hub, whose, connector, chosen, back=back, silent=not how.auth.dialect.state)
    return hub.login_page(connector, chosen, state, back)


async def _site(hub: Hub, whose: Whose, how: Connector, wanted: str | None) -> str:
    """The chosen site; a live connection keeps its own."""
    live = await _connection(hub, whose.tenant, how.name)
    site = live.site if live is not None else wanted or (_only(how))
    if site is None or site not in how.auth.sites:
        raise Wrong("site")
    return site


def _only(how: Connector) -> str | None:
    sites = list(how.auth.sites)
    return sites[0] if len(sites) == 1 else None


async def type_in(hub: Hub, whose: Whose, connector: str, typed: Mapping[str, str]) -> Offer:
    """Try what the user typed, at once. `Wrong` names what is missing, or that the package does not let them in."""
    how = connectors.get(connector)
    if not isinstance(how.auth, Credentials):
        raise Misconfigured(f"You log in to {how.title} on its own page.")
    if missing := [one.name for one in how.auth.fields if not _readable(typed.get(one.name, ""))]:
        raise Wrong(*missing)
    site = await _site(hub, whose, how, typed.get("site"))
    logged_in = await finish_login(hub, connector, site, {one.name: typed[one.name] for one in how.auth.fields})
    return await _offer(hub, await logins.keep(hub, whose, connector, site, logged_in))


def _readable(value: str) -> bool:
    """Something was typed, and all of it can be: a pasted control character would spoil the call."""
    return bool(value.strip()) and value.isprintable()


async def come_back(hub: Hub, whose: Whose, *, state: str | None, code: str | None, error: str | None) -> Offer:
    """The package sent the user back. `WrongLogin`: not from a login of theirs; `NoAccess`: the answer was no.

    `LoginFailed`: it was yes, and the package did not let us in all the same.
    """
    login = await logins.returned(hub, whose, state)
    if error or not code:
        raise NoAccess(login.connector)
    try:
        logged_in = await finish_login(hub, login.connector, login.site, code, back=login.back)
    except FieldledgerError as why:
        raise LoginFailed(login.connector, str(why)) from why
    return await _offer(hub, await logins.opened(hub, login, logged_in))


async def offer(hub: Hub, whose: Whose, login: str) -> Offer | None:
    """What can be chosen; None: there is no such login of this user."""
    found = await logins.find(hub, whose, login)
    return await _offer(hub, found) if found else None


async def _offer(hub: Hub, login: Login) -> Offer:
    assert login.offered is not None, "an open login offers something"
    before = await _before(hub, login)
    return Offer(
        login=login.id,
        connector=login.connector,
        title=connectors.get(login.connector).title,
        user=login.offered.user,
        administrations=tuple(_option(one, before) for one in login.offered.administrations),
        live=_live(await _connection(hub, login.tenant, login.connector)),
    )


async def _before(hub: Hub, login: Login) -> set[str]:
    ended = await hub.connections.ended_of(login.tenant, login.connector)
    return {one.administration.code for one in ended}


def _option(one: Administration, before: set[str]) -> Option:
    known = one.code in before
    return Option(**one.model_dump(include={"code", "name", "currency", "country", "active"}), before=known)


async def choose(hub: Hub, whose: Whose, login: str, administration: str | None) -> Connection | None:
    """Connect this administration; for a live connection its own, whatever was chosen. None: no such login.

    `Wrong` when nothing was chosen, `NotThere` when the user of the package cannot open that of the live connection.
    """
    found = await logins.find(hub, whose, login)
    if found is None or found.offered is None:
        return None
    live = await _connection(hub, whose.tenant, found.connector)
    offered = {one.code for one in found.offered.administrations}
    if live is not None and live.administration.code not in offered:
        raise NotThere(found.connector, found.offered.user, live.administration.name)
    code = live.administration.code if live else administration or ""
    if code not in offered:
        raise Wrong("administration")
    made = await connect(hub, whose.tenant, _logged_in(found), code)
    await logins.close(hub, found)
    return made


def _logged_in(login: Login) -> LoggedIn:
    assert login.offered is not None, "an open login offers something"
    user = VendorUser(user_of_grant(login.offered.grant), login.offered.user)
    return LoggedIn(login.connector, login.site, login.offered.grant, user, login.offered.administrations)
