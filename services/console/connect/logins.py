"""Logins under way: begun by one user for one package, finished once and soon, by that user.

The `state` that goes to the package is known to the user's browser only; here its hash is kept. So nobody who reads the
store, a log or an address can finish somebody else's login, and a callback counts once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import uuid4

from shared.clock import Moment, stamp
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.login import LoggedIn
from shared.records import Record
from shared.schemas.base import Frozen
from shared.schemas.connections import Administration
from shared.store import Is
from shared.store.collections import LOGINS

LIFE = timedelta(minutes=15)
"""From the first click to the chosen administration: time to find the password, and to ask a colleague."""

NOT_OURS = "This login was not begun here, took too long, or was used already. Nothing was changed. Start again."


class WrongLogin(Misconfigured):
    """A callback, or a choice, that belongs to no login of this user that is under way."""


@dataclass(frozen=True)
class Whose:
    """Who is logging in. `session` is the browser's; None: begun by the platform, on behalf of the user."""

    tenant: str
    subject: str
    session: str | None

    @property
    def owner(self) -> str:
        """One user of one tenant."""
        return f"{self.tenant}|{self.subject}"


class Offered(Frozen):
    """What a finished login opens."""

    grant: str
    user: str
    administrations: tuple[Administration, ...]


class Login(Record):
    """`asked`: the user is at the package; `returned`: the callback came; `open`: an administration can be chosen.

    `back` is the address the package was told to come back to; `silent`: it does not send our `state` back.
    """

    owner: str
    session: str | None
    tenant: str
    connector: str
    site: str
    begun: Moment
    phase: Literal["asked", "returned", "open"] = "asked"
    back: str | None = None
    silent: bool = False
    offered: Offered | None = None

    def in_time(self, now: datetime) -> bool:
        """Whether it may still be finished."""
        return now < self.begun + LIFE

    def belongs_to(self, whose: Whose) -> bool:
        """Only who began it goes on with it: the same user, and in the same session of the browser."""
        mine = self.owner == whose.owner and self.tenant == whose.tenant  # an owner alone may read as two
        return mine and self.session in (None, whose.session)


async def ask(hub: Hub, whose: Whose, connector: str, site: str, *, back: str, silent: bool) -> str:
    """Note that the user goes to the package's login page; the `state` to send along."""
    state = secrets.token_urlsafe(32)
    begun = _begun(hub, whose, connector, site, _hash(state)).model_copy(update={"back": back, "silent": silent})
    await hub.store.insert(LOGINS, begun.stored())
    return state


async def keep(hub: Hub, whose: Whose, connector: str, site: str, logged_in: LoggedIn) -> Login:
    """A login by credentials, which needs no page of the package: open at once."""
    begun = _begun(hub, whose, connector, site, str(uuid4()))
    await hub.store.insert(LOGINS, begun.stored())
    return await opened(hub, begun, logged_in)


def _begun(hub: Hub, whose: Whose, connector: str, site: str, id: str) -> Login:
    return Login(
        id=id,
        owner=whose.owner,
        session=whose.session,
        tenant=whose.tenant,
        connector=connector,
        site=site,
        begun=hub.now(),
    )


async def returned(hub: Hub, whose: Whose, state: str | None) -> Login:
    """The login that a callback belongs to; from now on none other counts. `WrongLogin` when it belongs to none."""
    found = await _asked(hub, whose, state)
    if found is None or not found.belongs_to(whose) or not found.in_time(hub.now()):
        raise WrongLogin(NOT_OURS)
    if await hub.store.update(LOGINS, found.id, where={"phase": "asked"}, set={"phase": "returned"}) is None:
        raise WrongLogin(NOT_OURS)
    return found


async def _asked(hub: Hub, whose: Whose, state: str | None) -> Login | None:
    if state:
        document = await hub.store.get(LOGINS, _hash(state))
        return Login.of(document) if document else None
    # Only of a package that sends none back: then the user's own newest login there is meant.
    where = {"owner": whose.owner, "begun": Is(">", stamp(hub.now() - LIFE)), "phase": "asked", "silent": True}
    found = await hub.store.find(LOGINS, where, sort=("-begun",), limit=1)
    return Login.of(found[0]) if found else None


async def opened(hub: Hub, login: Login, logged_in: LoggedIn) -> Login:
    """The package let the user in: what can be chosen is kept here, not in an address."""
    offered = Offered(grant=logged_in.grant, user=logged_in.user.name, administrations=tuple(logged_in.administrations))
    changes = {"phase": "open", "offered": offered.model_dump(mode="json")}
    await hub.store.update(LOGINS, login.id, set=changes)
    return login.model_copy(update={"phase": "open", "offered": offered})


async def find(hub: Hub, whose: Whose, id: str) -> Login | None:
    """A login of this user in which an administration can be chosen. `WrongLogin` when that took too long."""
    document = await hub.store.get(LOGINS, id)
    login = Login.of(document) if document else None
    if login is None or not login.belongs_to(whose) or login.phase != "open":
        return None
    if not login.in_time(hub.now()):
        raise WrongLogin(NOT_OURS)
    return login


async def close(hub: Hub, login: Login) -> None:
    """It is finished."""
    await hub.store.delete_many(LOGINS, [login.id])


def _hash(state: str) -> str:
    return sha256(state.encode()).hexdigest()
