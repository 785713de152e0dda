"""One connection as a person wants to see it: what rests, what waits, and for what. Read only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services.cli.advice import Advice, advise
from services.cli.output import when
from shared import connectors
from shared.connector import WindowState
from shared.errors import NeedsOwner
from shared.hub import Hub
from shared.lanes import Lane
from shared.ledger.states import ALL_ENTRY_STATES
from shared.mappings import Waiting, waiting
from shared.oauth import Grant
from shared.schemas.connections import Connection
from shared.store.collections import LEDGER


@dataclass(frozen=True)
class Overview:
    """`states` counts documents by state; `waiting` is what some wait for, and `advice` about each. Read at `at`."""

    connection: Connection
    lane: Lane | None
    grant: Grant | None
    budgets: Mapping[str, WindowState]
    states: Mapping[str, int]
    waiting: Sequence[Waiting]
    advice: Sequence[Advice]
    at: datetime

    @property
    def rests(self) -> str | None:
        """Why nothing is done now, if so."""
        if self.lane is None or self.lane.rest_until <= self.at or self.lane.rest is None:
            return None
        until = "" if self.lane.rest.kind == "owner" else f" (until {when(self.lane.rest_until)})"
        return f"{self.lane.rest.reason}{until}"

    @property
    def access(self) -> str:
        """The state of the grant, without its tokens."""
        if self.grant is None:
            return "none: connect again"
        if self.grant.state != "live":
            return f"expired: {self.grant.reason}"
        return f"live, as {self.grant.user_name}"

    @property
    def empty_budgets(self) -> list[str]:
        """Rate windows in which nothing is left now."""
        spent = [name for name, state in self.budgets.items() if state.remaining <= 0 and state.resets > self.at]
        return [f"{name} (until {when(self.budgets[name].resets)})" for name in spent]

    def facts(self) -> dict[str, object]:
        """For a person."""
        one, administration = self.connection, self.connection.administration
        lane = self.lane
        return {
            "connection": one.id,
            "tenant": one.tenant,
            "connector": f"{one.connector} {one.site or ''}".strip(),
            "state": one.state,
            "administration": f"{administration.name} ({administration.code}), {administration.currency}",
            "exports": _exports(one),
            "access": self.access,
            "rests": self.rests,
            "next export": when(lane.export.due) if lane else None,
            "next import": when(lane.import_.due) if lane else None,
            **{f"calls left per {name}": _left(state) for name, state in self.budgets.items()},
            **{f"setting {name}": value for name, value in one.settings.items()},
            **{f"documents {state}": count for state, count in self.states.items()},
            **{one.says: one.do for one in self.advice},
        }

    def record(self) -> dict[str, Any]:
        """For a machine."""
        lane = self.lane
        return {
            **self.connection.model_dump(mode="json"),
            "access": self.access,
            "rests": self.rests,
            "export_due": when(lane.export.due) if lane else None,
            "import_due": when(lane.import_.due) if lane else None,
            "budgets": {name: state.remaining for name, state in self.budgets.items()},
            "documents": dict(self.states),
            "waiting_for": [asdict(one) for one in self.waiting],
        }


async def overview(hub: Hub, connection: Connection) -> Overview:
    """Read all of it."""
    return Overview(
        connection=connection,
        lane=await hub.lanes.get(connection.id),
        grant=await _grant(hub, connection),
        budgets=await _budgets(hub, connection),
        states=await _states(hub, connection.id),
        waiting=(waits := await waiting(hub, connection.id)),
        advice=[await advise(hub, connection, wait) for wait in waits],
        at=await hub.store.now(),
    )


async def _grant(hub: Hub, connection: Connection) -> Grant | None:
    try:
        return await hub.grants.get(connection.grant)
    except NeedsOwner:
        return None


async def _budgets(hub: Hub, connection: Connection) -> Mapping[str, WindowState]:
    scope = hub.budget_scope(connection)
    return (await hub.budgets.load(connectors.get(connection.connector).limit, scope, "export")).states


async def _states(hub: Hub, connection: str) -> Mapping[str, int]:
    counts = {
        state: await hub.store.count(LEDGER, {"connection": connection, "state": state}) for state in ALL_ENTRY_STATES
    }
    return {state: count for state, count in counts.items() if count}


def _exports(connection: Connection) -> str:
    if connection.exports_from is None:
        return f"on hold until: fieldledger connections start-exports {connection.id} --from YYYY-MM-DD"
    if connection.exports_until is not None:
        return f"documents of {connection.exports_from} to {connection.exports_until}; another connection took over"
    return f"documents of {connection.exports_from} and later"


def _left(state: WindowState) -> str:
    return f"{state.remaining} of {state.limit}, full again {when(state.resets)}"
