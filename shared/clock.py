"""The one place that reads the wall clock, and the one text form in which moments are stored."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer

Clock = Callable[[], datetime]
"""Returns the present moment, aware and in UTC. Services take one, so tests can hold time still."""


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """The stored form: `2026-11-21T09:30:00.000000Z`. Fixed width, so text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_stamp(text: str) -> datetime:
    """Read what `stamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


Moment = Annotated[
    AwareDatetime,
    AfterValidator(lambda moment: moment.astimezone(UTC)),
    PlainSerializer(stamp, when_used="json"),
]
"""A field that holds a moment: aware UTC in Python, `stamp` text in JSON and in the store."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
