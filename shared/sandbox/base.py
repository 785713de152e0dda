"""What every sandbox is: a pretend package with a memory, a clock that can be moved and a script for bad days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from shared.sandbox.bells import Bells
from shared.sandbox.clock import SandboxClock
from shared.sandbox.control import control_routes
from shared.sandbox.faults import Fault, Script
from shared.sandbox.lag import Lag
from shared.sandbox.stage import Call, Operation, Stage
from shared.sandbox.transport import SandboxTransport


class Sandbox:
    """Base of all sandboxes. Each vendor hands in its routes and how its memory is read and edited.

    `memory()` gives the records created through the API as plain values; `edit(instruction)` is "somebody changes or
    deletes a record in the package by hand" (`ValueError` or `LookupError` when that makes no sense). `operation` names
    a call where one path serves all (SOAP, GraphQL): faults and `calls` see `path#operation`. `bells` are the calls it
    makes itself, where the package has webhooks.
    """

    def __init__(
        self,
        *,
        routes: list[BaseRoute],
        clock: SandboxClock,
        base_url: str,
        memory: Callable[[], Mapping[str, Any]],
        edit: Callable[[Mapping[str, Any]], None],
        operation: Operation = lambda _headers, _body: "",
        bells: Bells | None = None,
    ) -> None:
        self.clock = clock
        self.base_url = base_url
        self.lagging = Lag(clock)
        self.bells = bells or Bells()
        self.memory = memory
        self.edit = edit
        self._script = Script()
        self._stage = Stage(Starlette(routes=[*control_routes(self), *routes]), self._script, clock, operation)

    @property
    def app(self) -> ASGIApp:
        """The sandbox as an ASGI app."""
        return self._stage

    @property
    def calls(self) -> list[Call]:
        """Every call so far, the control routes left out."""
        return self._stage.calls

    def transport(self) -> httpx.AsyncBaseTransport:
        """For `httpx.AsyncClient(transport=..., base_url=sandbox.base_url)` in the same process."""
        return SandboxTransport(self.app)

    def fail_next(  # the fields of `Fault`, spelled out for readers and type checkers
        self,
        status: int = 500,
        *,
        kind: Literal["answer", "cut", "delay", "stall"] = "answer",
        headers: Mapping[str, str] | None = None,
        body: str = "",
        match: str = "",
        method: str | None = None,
        when: Literal["before", "after"] = "before",
        seconds: float = 0,
        times: int = 1,
        skip: int = 0,
    ) -> None:
        """Script one fault; the fields are those of `Fault`."""
        self.script(
            Fault(
                status=status, kind=kind, headers=dict(headers or {}), body=body, match=match,
                method=method, when=when, seconds=seconds, times=times, skip=skip,
            )
        )  # fmt: skip

    def script(self, fault: Fault) -> None:
        """Add a fault to the script."""
        self._script.add(fault)

    @property
    def scripted(self) -> tuple[Fault, ...]:
        """The faults that no call met yet."""
        return self._script.left

    def heal(self) -> None:
        """Forget all scripted faults and the search lag."""
        self._script.clear()
        self.lag()

    def lag(self, *, seconds: float = 0, queries: int = 0) -> None:
        """Records written from now on stay out of searches for `seconds`, and for `queries` searches of their kind."""
        self.lagging.set(seconds=seconds, queries=queries)

    async def arrive(self) -> None:
        """Execute delayed writes whose time has come on the sandbox's clock (each new call does so too)."""
        await self._stage.arrive()
