"""A sign-in that lasts a while: kept in the store under a hash, known to the browser by a cookie.

Kept in the store rather than in the cookie, so that signing out ends it wherever a copy of the cookie is.
"""

import hashlib
import secrets
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from services.console.identity import User
from shared.clock import from_stamp, stamp
from shared.hub import Hub
from shared.schemas.base import Frozen
from shared.settings import Settings
from shared.store.collections import SESSIONS


class Session(Frozen):
    """Somebody who is signed in. `csrf` must come with every change that is asked for with the cookie alone."""

    id: str
    user: User
    csrf: str


def is_secure(settings: Settings) -> bool:
    """Whether people reach the console by https."""
    return (settings.console_url or "").startswith("https://")


def cookie_name(settings: Settings) -> str:
    """With https, the browser itself refuses one that another host or a plain page tries to set."""
    return "__Host-fieldledger" if is_secure(settings) else "fieldledger"


async def begin(hub: Hub, user: User) -> str:
    """Sign in; the cookie's value. Never longer than the token, nor than the operator allows."""
    value = secrets.token_urlsafe(32)
    ends = min(user.expires, hub.now() + timedelta(seconds=hub.settings.console_session))
    session = Session(id=digest(value), user=user.model_copy(update={"expires": ends}), csrf=secrets.token_urlsafe(32))
    await hub.store.insert(SESSIONS, session.model_dump(mode="json") | {"expires": stamp(ends)})
    return value


async def find(hub: Hub, request: Request) -> Session | None:
    """Who sent the request, if signed in."""
    value = request.cookies.get(cookie_name(hub.settings))
    found = await hub.store.get(SESSIONS, digest(value)) if value else None
    if found is None or from_stamp(found["expires"]) <= hub.now():
        return None
    return Session.model_validate(found)


async def end(hub: Hub, session: Session) -> None:
    """Sign out."""
    await hub.store.delete_many(SESSIONS, [session.id])


def give(response: Response, hub: Hub, value: str, ends_in: int) -> None:
    """Put the cookie on the answer. Inside a frame of another site, a browser sends it only with SameSite=None."""
    secure = is_secure(hub.settings)
    framed = secure and bool(hub.settings.console_frames)
    response.set_cookie(
        cookie_name(hub.settings),
        value,
        max_age=ends_in,
        secure=secure,
        httponly=True,
        samesite="none" if framed else "lax",
    )


def take_back(response: Response, hub: Hub) -> None:
    """Make the browser forget it."""
    give(response, hub, "", 0)


def digest(value: str) -> str:
    """Under which a session is kept; it opens nothing."""
    return hashlib.sha256(value.encode()).hexdigest()
