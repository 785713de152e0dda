"""Search lag: a document just written does not show up in searches yet, as if indexed in the background."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock


@dataclass
class _Hidden:
    until: datetime
    queries: int


@dataclass
class Lag:
    """Which written records searches do not show yet. Off until `set`; applies to records written afterwards."""

    clock: Clock
    seconds: float = 0
    queries: int = 0
    _hidden: dict[str, dict[str, _Hidden]] = field(default_factory=dict)

    def set(self, *, seconds: float = 0, queries: int = 0) -> None:
        """Hide what is written from now on for `seconds`, and for the next `queries` searches of its kind."""
        self.seconds, self.queries = seconds, queries

    def note(self, kind: str, key: str) -> None:
        """A record of `kind` was written."""
        if self.seconds or self.queries:
            until = self.clock() + timedelta(seconds=self.seconds)
            self._hidden.setdefault(kind, {})[key] = _Hidden(until, self.queries)

    def search(self, kind: str) -> frozenset[str]:
        """The keys that a search of `kind` must leave out. Call once per search: it counts."""
        now = self.clock()
        waiting = {k: h for k, h in self._hidden.get(kind, {}).items() if h.queries > 0 or h.until > now}
        for hidden in waiting.values():
            hidden.queries -= 1
        self._hidden[kind] = waiting
        return frozenset(waiting)
