"""Exact's rate windows, as its answers report them (Exact fact sheet, section 5)."""

from collections.abc import Mapping
from datetime import timedelta

from shared import clock
from shared.connector import ErrorLimit, Limit, Window, WindowState

_HEADERS = {"day": "x-ratelimit", "minute": "x-ratelimit-minutely"}


def read(headers: Mapping[str, str]) -> dict[str, WindowState]:
    """The windows the headers speak of: both, or on a 429 perhaps only the exceeded one. Unreadable: skipped."""
    found = {name: _window(headers, prefix) for name, prefix in _HEADERS.items()}
    return {name: window for name, window in found.items() if window is not None}


def _window(headers: Mapping[str, str], prefix: str) -> WindowState | None:
    try:
        limit, remaining, reset = (int(headers[f"{prefix}-{name}"]) for name in ("limit", "remaining", "reset"))
    except (KeyError, ValueError):
        return None
    # Milliseconds, where most packages send seconds.
    return WindowState(remaining=remaining, resets=clock.EPOCH + timedelta(milliseconds=reset), limit=limit)


def _endpoint(path: str) -> str:
    """`/api/v1/900001/crm/Accounts(guid'...')` as `crm/Accounts`."""
    return "/".join(path.partition("?")[0].partition("(")[0].split("/")[-2:])


LIMIT = Limit(
    windows=(Window("minute", 60, timedelta(minutes=1)), Window("day", 5000, timedelta(days=1))),
    read=read,
    # The tenth within an hour would close the endpoint (section 5); two are left to others with the same key.
    errors=ErrorLimit(8, timedelta(hours=1), frozenset({400, 401, 403, 404}), _endpoint),
)
"""Per app and division. The day ends at 00:00 UTC, the minute on the whole minute."""
