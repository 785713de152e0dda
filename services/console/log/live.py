"""The log as a stream of server-sent events: it goes on behind the last line that the browser has."""

from collections.abc import AsyncIterator, Callable

from fastapi import Request
from fastapi.responses import StreamingResponse

from services.console.context import Office
from services.console.log.feed import Feed
from services.console.log.views import Filter, Line, line, top
from shared.paging import Place, behind
from shared.schemas.connections import Connection
from shared.store.collections import SESSIONS

_HEADERS = {"X-Accel-Buffering": "no"}
"""Proxies must hand each line on at once."""


def feed_of(request: Request) -> Feed:
    """The feed of this process."""
    state = request.app.state
    if not hasattr(state, "feed"):
        state.feed = Feed(state.hub)
    feed: Feed = state.feed
    return feed


async def stream(
    request: Request,
    here: Office,
    connection: Connection,
    wanted: Filter,
    after: str | None,
    shown: Callable[[Line], str],
) -> StreamingResponse:
    """The answer that does not end. `shown` makes the text of a line; what somebody looks for is the same as in a page.

    `Misconfigured` and 429 are said before it begins.
    """
    place = behind(request.headers.get("last-event-id") or after) or await top(here.hub, connection)
    wanted.asked(connection)
    feed = feed_of(request)
    with feed.place_for(here.user):
        pass  # said at once: inside the stream it would be too late
    body = events(feed, here, connection, wanted, place, shown)
    return StreamingResponse(body, media_type="text/event-stream", headers=_HEADERS)


async def events(
    feed: Feed, here: Office, connection: Connection, wanted: Filter, after: Place, shown: Callable[[Line], str]
) -> AsyncIterator[str]:
    """The events, until the session ends or nobody listens."""
    asked = wanted.asked(connection)
    with feed.place_for(here.user):
        yield "retry: 3000\n\n"
        async for row in feed.follow(connection.id, after):
            if row is None:
                yield ": still here\n\n"
            elif asked.wants(row):
                after = max(after, Place.of(row, "at"))
                yield _event(after, shown(line(connection, row)))
            if await _over(here):
                return


def _event(place: Place, text: str) -> str:
    """A line as an event. `place`: where a browser goes on that loses the stream, never before what it has already."""
    data = "\n".join(f"data: {part}" for part in text.splitlines())
    return f"id: {place}\nevent: line\n{data}\n\n"


async def _over(here: Office) -> bool:
    """Whether the user's session, or token, has ended meanwhile."""
    if here.user.expires <= here.hub.now():
        return True
    return here.session is not None and await here.hub.store.get(SESSIONS, here.session.id) is None
