"""Rate limits of a package, as its connector declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class WindowState:
    """What a vendor's headers say of one rate window."""

    remaining: int
    resets: datetime
    limit: int


@dataclass(frozen=True)
class Window:
    """One rate window of a vendor, before its headers told us more: `calls` per `length`."""

    name: str
    calls: int
    length: timedelta


@dataclass(frozen=True)
class ErrorLimit:
    """A vendor that closes an endpoint after too many errors: work pauses before that.

    After `allowed` answers with one of the `statuses`, fewer than the vendor takes, nothing more is asked of that
    endpoint for `length`. `endpoint` names it by the path of a call.
    """

    allowed: int
    length: timedelta
    statuses: frozenset[int]
    endpoint: Callable[[str], str]


@dataclass(frozen=True)
class Limit:
    """Rate limits per app and administration. `read` takes them from response headers (names in lower case).

    `reserve` is the share of each window that imports leave for exports. `errors` is None where errors close nothing.
    """

    windows: tuple[Window, ...] = ()
    read: Callable[[Mapping[str, str]], Mapping[str, WindowState]] = lambda _: {}
    reserve: float = 0.2
    errors: ErrorLimit | None = None
