"""What must hold at every moment, looked at in the store and at the package's door while the simulation runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from shared.clock import stamp
from shared.keys import KeyRing
from shared.ledger.states import ENTRY_TRANSITIONS, STEP_TRANSITIONS
from shared.sandbox.scenario import Scenario
from shared.store import Document
from shared.store.collections import CONNECTIONS, GRANTS, LANES, LEDGER, STEPS
from tests.faults.memory_store import Memory
from tests.faults.names import fits
from tests.faults.simulation.process import HERE, Process
from tests.faults.simulation.story import Story

if TYPE_CHECKING:
    from shared.clock import Clock

_STEP_MOVES = {(before, after) for (before, _), after in STEP_TRANSITIONS.items()}
_ENTRY_MOVES = {(before, after) for (before, _), after in ENTRY_TRANSITIONS.items()}
# What was left out meets the gate again in one write: held for no moment that anybody could see.
_ENTRY_MOVES |= {("skipped", after) for (before, _), after in ENTRY_TRANSITIONS.items() if before == "held"}
_RISES = {LANES: "fence", GRANTS: "version", STEPS: "version", LEDGER: "version", CONNECTIONS: "generation"}

_SECRET = re.compile(r"[^\s\"',:]{16,}")

_SENT = {"sending", "uncertain"}

LONG = timedelta(seconds=15)
"""After that, an event that was taken in has woken its lane, even by a process that paused in the middle."""


class Invariants:
    """`owners` are the names by which each process holds lanes: process -> name."""

    def __init__(self, known: Scenario, memory: Memory, keys: KeyRing, now: Clock, story: Story) -> None:
        self._known = known
        self._memory = memory
        self._keys = keys
        self._now = now
        self._story = story
        self._tokens: dict[tuple[str, ...], str] = {}
        self._typed = known.credentials.values()
        # Processes that opened a session of their own, for another administration: it is not stored.
        self._in_sessions: set[Process] = set()
        self._claimed: dict[tuple[Process, str], int] = {}
        self.owners: dict[str, str] = {}
        self.last_write = now()
        memory.watch = self.written

    def written(self, collection: str, before: Document | None, after: Document | None) -> None:
        """Something was written to the store."""
        if after is None:
            return
        if collection == GRANTS and (before is None or before["sealed"] != after["sealed"]):
            self._tokens[self._words(json.loads(self._keys.open(after["sealed"]))["access"])] = after["id"]
        if before is None:
            return
        if before.get("state") != after.get("state"):
            self._tell(collection, before, after)
        if (counter := _RISES.get(collection)) and after[counter] < before[counter]:
            self._story.broke(f"{collection} {after['id']}: {counter} fell from {before[counter]} to {after[counter]}")
        if collection == LANES:
            self._held(before, after)
        if collection == STEPS:
            self._moved("step", _STEP_MOVES, before, after)
        if collection == LEDGER:
            self._moved("entry", _ENTRY_MOVES, before, after)

    def _held(self, before: Document, after: Document) -> None:
        """Who claims a lane waits for the end of its lease; who renews or releases it claimed it last."""
        process, lane = HERE.get(), after["id"]
        if process is None or (before["owner"], before["lease_until"]) == (after["owner"], after["lease_until"]):
            return
        if after["fence"] > before["fence"]:
            self._claimed[process, lane] = after["fence"]
            if before["lease_until"] > stamp(self._now()):
                self._story.broke(f"{process.name} took the lane {lane} from its holder")
        elif self._claimed.get((process, lane)) != before["fence"]:
            self._story.broke(f"{process.name} renewed or released the lane {lane}, which is another's by now")

    def _tell(self, collection: str, before: Document, after: Document) -> None:
        why = after.get("reason") if collection == LEDGER else None
        what = f"{after['id']}: {before['state']} -> {after['state']}{f' ({why})' if why else ''}"
        self._story.say(collection, what)

    def _moved(self, what: str, moves: Iterable[tuple[str, str]], before: Document, after: Document) -> None:
        """The tables of `states.py` are kept to, and what is confirmed never becomes another document."""
        move = before["state"], after["state"]
        if move[0] != move[1] and move not in moves:
            self._story.broke(f"{what} {after['id']} went from {move[0]} to {move[1]}")
        same = before["vendor_id"] is None or before["vendor_id"] == after["vendor_id"]
        if not same and (what == "entry" or before["id"].endswith("|document")):
            self._story.broke(
                f"{what} {after['id']}: was {before['vendor_id']} in the package, now {after['vendor_id']}"
            )

    def calls(self, process: Process, request: httpx.Request) -> None:
        """A call arrives at the package."""
        if process.name == "console" or fits(self._known, self._known.logins, request):
            return
        said = f"{[*request.headers.values()]} {request.content.decode()}"
        grant = next((grant for token, grant in self._tokens.items() if all(word in said for word in token)), None)
        if self._typed and all(word in said for word in self._typed):
            self._in_sessions.add(process)
        if grant is None and process not in self._in_sessions:
            self._story.broke(f"{process.name} uses a token that was never stored")
        if any(fits(self._known, calls, request) for calls in self._known.writes.values()):
            self.last_write = self._now()
            self._writes(process, grant, self.last_write)

    def _words(self, token: str) -> tuple[str, ...]:
        """The secrets of a token, which may be several in one; what the user typed is in every token."""
        return tuple(word for word in _SECRET.findall(token) if word not in self._typed)

    def _writes(self, process: Process, grant: str | None, now: datetime) -> None:
        """Only the holder of a lane writes, and only what the ledger already calls `sending`.

        Or `uncertain`: the connection may end between that word and the call.
        """
        held = [lane for lane in self._lanes(grant) if lane["owner"] is not None and lane["lease_until"] > stamp(now)]
        if not any(lane["owner"] == self.owners.get(process.name) for lane in held):
            holders = [name for name, owner in self.owners.items() if owner in {lane["owner"] for lane in held}]
            self._story.broke(f"{process.name} writes to the package without its lane; held by {holders or 'nobody'}")
        fences = {lane["fence"] for lane in held}
        if not any(step["state"] in _SENT and step["fence"] in fences for step in self._memory.documents(STEPS)):
            self._story.broke(f"{process.name} writes to the package what the ledger does not call sending")

    def nobody_forgotten(self) -> None:
        """No document is due for long while its lane, free and awake, is not. Only without sweeps, which mend that."""
        long_ago = stamp(self._now() - LONG)
        due = [one for one in self._memory.documents(LEDGER) if one["due"] is not None and one["due"] <= long_ago]
        lanes = {lane["id"]: lane for lane in self._memory.documents(LANES)}
        for entry in due:
            lane = lanes[entry["connection"]]
            if lane["export"]["due"] is None and lane["owner"] is None and lane["rest"] is None:
                self._story.broke(f"the wake-up for {entry['number']} was lost")

    def _lanes(self, grant: str | None) -> list[dict[str, Any]]:
        """The lanes of the connections that write with this login; None: of all."""
        connections = self._memory.documents(CONNECTIONS)
        here = [one["id"] for one in connections if grant is None or one["grant"] == grant]
        return [lane for lane in self._memory.documents(LANES) if lane["id"] in here]
