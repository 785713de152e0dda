"""What an error means for the work it hit. Pure, and the only place that decides (the table in `errors.py`)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import (
    AlreadyBilled,
    Behind,
    GiveUp,
    LostLease,
    MissingRight,
    NeedsOwner,
    RateLimited,
    Settling,
    TryLater,
    Unavailable,
    Uncertain,
    Unmappable,
    Unsure,
    Withheld,
)

LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Fate:
    """`later` at `at` | `wait` for `setting` | `skip` | `dead` | `owner` (lane rests) | `unsure` (a person decides).

    `setting` is what is waited for: a setting (`key` of it, if it is a mapping), another document (`invoice:<id>`), or
    `RESTORED`.
    `step` is the write that nobody is sure about. `in_package`: the document is there, what follows it is not done.
    `whole_lane`: it is the lane that pauses, so the document keeps its place in the queue.
    `costs_attempt`: whether this counts towards the limit. `internal`: the bug is ours.
    """

    kind: Literal["later", "wait", "skip", "dead", "owner", "unsure"]
    reason: str
    at: datetime | None = None
    setting: str | None = None
    key: str | None = None
    vendor_says: str | None = None
    step: str | None = None
    in_package: bool = False
    whole_lane: bool = False
    costs_attempt: bool = False
    internal: bool = False


@dataclass(frozen=True)
class Patience:
    """How failures are retried: after `first`, then doubling up to an hour, `attempts` times in all."""

    first: timedelta
    attempts: int

    def pause(self, attempts: int) -> timedelta:
        """The pause after that many failures."""
        return min(self.first * (1 << min(attempts, 20)), LONGEST_PAUSE)


def concerns_the_lane(error: Exception) -> bool:
    """Whether an error of an import is no matter of one kind or record alone.

    Also what only the owner can mend, unless it is one thing that is closed: the rest is read all the same.
    """
    if isinstance(error, MissingRight):
        return False
    return isinstance(error, LostLease | Unavailable | RateLimited | NeedsOwner)


def fate(error: Exception, attempts: int, now: datetime, patience: Patience) -> Fate:  # noqa: PLR0911  # a table
    """What happens next to work that failed `attempts` times before this error."""
    match error:
        case RateLimited():
            return Fate("later", error.reason, at=error.until, whole_lane=True)
        case Settling():
            return Fate("later", error.reason, at=error.until)
        case Unmappable():
            return Fate("wait", error.reason, setting=error.setting, key=error.key)
        case Behind() | Withheld():
            return Fate("wait", error.reason, setting=error.waits_for)
        case AlreadyBilled():
            return Fate("skip", error.reason)
        case NeedsOwner():
            return Fate("owner", error.reason, vendor_says=error.vendor_says)
        case Unsure():
            return Fate("unsure", error.reason, vendor_says=error.vendor_says, step=error.step)
        case GiveUp():
            return Fate("dead", error.reason, vendor_says=error.vendor_says)
        case TryLater() | Uncertain():
            return _again(error.reason, attempts, now, patience, error.vendor_says, getattr(error, "after", None))
        case _:
            # Our own bug: its text may hold anything, so the user reads its name and we read the traceback.
            reason = f"an internal error ({type(error).__name__}); it was reported to the operator"
            return replace(_again(reason, attempts, now, patience), internal=True)


def in_doubt(dead: Fate, error: Exception, step: str, what: str, now: datetime) -> Fate:
    """What happens instead of `dead` while the write of `what` may have arrived: nobody may read that it was not sent.

    A look-up harms nothing, so an outage is waited out, however long. About anything else a person decides.
    """
    if isinstance(error, TryLater | Uncertain):
        reason = (
            f"{error.reason.rstrip('.')}; it is not known yet whether the {what} is in the package, "
            "so do not enter it there by hand"
        )
        return Fate("later", reason, at=now + LONGEST_PAUSE, vendor_says=error.vendor_says)
    reason = f"it is not clear whether the {what} is in the package: {dead.reason}"
    return replace(dead, kind="unsure", reason=reason, step=step)


def _again(
    reason: str,
    attempts: int,
    now: datetime,
    patience: Patience,
    vendor_says: str | None = None,
    after: timedelta | None = None,
) -> Fate:
    if attempts + 1 >= patience.attempts:
        given_up = f"given up after {attempts + 1} tries: {reason}"
        return Fate("dead", given_up, vendor_says=vendor_says, costs_attempt=True)
    pause = after if after is not None else patience.pause(attempts)
    return Fate("later", reason, at=now + pause, vendor_says=vendor_says, costs_attempt=True)
