"""What somebody asks to be replayed: checked, sized, warned about and done, whoever asks (command line or console)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared import topics
from shared.errors import Misconfigured
from shared.replay.dead import replay_dead
from shared.replay.documents import replay_documents
from shared.replay.history import replay_period
from shared.replay.run import Replay
from shared.schemas.connections import Connection

What = Literal["period", "dead", "documents"]

OUTCOMES: Mapping[str, str] = {
    "new": "new",
    "confirmed": "in the books already",
    "refused": "refused before",
    "skipped": "left out before",
    "held": "on hold",
    "collected": "collected, to be sent by hand",
    "ready": "being worked on",
    "waiting": "waiting",
    "unsure": "unsure",
}
"""How the counts of a replay are called; those that are not here are words already."""


@dataclass(frozen=True)
class Asked:
    """Exactly one of: a period (the first and the last day), dead letters, documents by id or number.

    `letters`: of the dead letters only these, by their place on the topic; empty means all.
    """

    period: tuple[date, date] | None = None
    dead: bool = False
    documents: Sequence[str] = ()
    letters: Sequence[str] = ()

    @property
    def what(self) -> What:
        """Which of the three."""
        return "period" if self.period else "dead" if self.dead else "documents"


@dataclass(frozen=True)
class Early:
    """A connection whose exports begin later than what is asked for, or not at all (`exports_from` of it is None)."""

    connection: Connection
    first: date | None


def days(first: date, last: date) -> tuple[date, date]:
    """A period; `Misconfigured` when it ends before it begins."""
    if first > last:
        raise Misconfigured(f"The first day, {first}, lies behind the last, {last}.")
    return first, last


async def do(replay: Replay, asked: Asked) -> None:
    """All of it. `Misconfigured` when a document is nowhere, `BusUnavailable` when Kafka does not answer."""
    if asked.period:
        await replay_period(replay, *asked.period)
    elif asked.dead:
        await replay_dead(replay, asked.letters)
    else:
        await replay_documents(replay, asked.documents)


async def size(replay: Replay, asked: Asked) -> int:
    """About how many messages will be read: what is published again is looked for twice."""
    if asked.dead:
        return await replay.size(topics.exports_dead(replay.connector.name))
    return await replay.size(*replay.topics) * (1 if replay.dry_run else 2)


def too_early(replay: Replay, asked: Asked) -> Iterator[Early]:
    """A replay does not move a start date: what is from before it is left out once more."""
    for one in replay.tenants.values():
        if one.exports_from is None:
            yield Early(one, None)
        elif asked.period and asked.period[0] < one.exports_from:
            yield Early(one, asked.period[0])


def counted(replay: Replay) -> dict[str, int]:
    """What became of how many, in words."""
    return {OUTCOMES.get(name, name): count for name, count in replay.counts.items()}
