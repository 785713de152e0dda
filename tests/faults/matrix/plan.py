"""What one victim is told before it is born, and how the processes of a run leave word for each other."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.bus import Record
from shared.envelope import Message
from shared.lanes import Kind
from tests.faults.arrows import Arrow

PUBLIC = "https://127.0.0.1:8443"
"""Where packages reach us: on the host that a sandbox's app may be called back at."""

Act = Literal["kill", "arrive", "suspend"]
"""At the point: die; take in more events, as a service does beside its turns; or sleep while a successor works."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Point(_Frozen):
    """An arrow, met for the `nth` time (the first is 0)."""

    name: str
    side: Literal["before", "after"]
    nth: int = 0

    @property
    def arrow(self) -> Arrow:
        """The arrow itself."""
        return Arrow(self.name, self.side)

    def __str__(self) -> str:
        """`after document step sending`, with its number when it is not the first."""
        return f"{self.arrow}" + (f" ({self.nth + 1})" if self.nth else "")


class Event(_Frozen):
    """A record of Kafka, as text."""

    topic: str
    key: str | None
    headers: tuple[tuple[str, str], ...]
    value: str | None

    @classmethod
    def of(cls, message: Message) -> Event:
        """A message as its consumer meets it."""
        value = None if message.body is None else base64.b64encode(message.body).decode()
        return cls(topic=message.topic, key=message.key, headers=tuple(message.headers.items()), value=value)

    def record(self, offset: int) -> Record:
        """The record again."""
        headers = tuple((name, text.encode()) for name, text in self.headers)
        value = None if self.value is None else base64.b64decode(self.value)
        return Record(self.topic, 0, offset, self.key, headers, value)


class Plan(_Frozen):
    """One life of a victim.

    `folder` holds the store and the files below; `offset`: seconds by which the sandbox's clock is ahead. `point`:
    where `act` happens (None: nowhere). `later` are the events of `arrive`. `mutation` is taken out of the code first.
    `sweeps` False: nobody sweeps, so a lost wake-up stays lost. `public` is where packages reach us, if they do.
    """

    connector: str
    folder: Path
    url: str
    keys: str
    offset: float
    kind: Kind
    events: tuple[Event, ...]
    later: tuple[Event, ...] = ()
    point: Point | None = None
    act: Act = "kill"
    mutation: str | None = None
    sweeps: bool = True
    public: str | None = None

    @property
    def store(self) -> Path:
        """The store."""
        return self.folder / "store.db"

    @property
    def committed(self) -> Path:
        """Exists once the offsets are committed."""
        return self.folder / "committed"

    @property
    def published(self) -> Path:
        """What was published, one `Event` a line."""
        return self.folder / "published"

    @property
    def arrows(self) -> Path:
        """The points this life passed, one a line."""
        return self.folder / "arrows"

    @property
    def log(self) -> Path:
        """What the victims had to say."""
        return self.folder / "log"


def read_published(path: Path) -> Sequence[Event]:
    """Everything that was published in a run."""
    return [Event.model_validate_json(line) for line in path.read_text().splitlines()] if path.exists() else []


def read_points(path: Path) -> Sequence[Point]:
    """The points of one life, in their order."""
    return [Point.model_validate_json(line) for line in path.read_text().splitlines()] if path.exists() else []
