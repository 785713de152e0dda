"""Plays the script of faults between caller and package: the outermost ASGI layer of every sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import EPOCH, Clock
from shared.sandbox.faults import Fault, Script

PATIENCE = "fieldledger.patience"
"""ASGI extension of in-process callers: the seconds they wait for an answer (`{"seconds": None}`: for ever)."""


class HungUp(Exception):  # an event on the line, not an error of ours
    """The line was cut without an answer (raised to in-process callers only; a socket is simply closed)."""


class NoAnswer(Exception):  # an event on the line, not an error of ours
    """The answer comes later than the in-process caller waits."""


Operation = Callable[[Mapping[str, str], bytes], str]
"""Headers (names in lower case) and body of a call -> which operation it asks for, where one path serves them all."""


class Call(NamedTuple):
    """One call that reached the sandbox at a moment of its clock, `path#operation` where one path serves all.

    `status` is None when no answer went out.
    """

    method: str
    path: str
    status: int | None
    at: datetime = EPOCH


@dataclass(frozen=True)
class Exchange:
    """One call with its body read, so that it can be executed now, later, or not at all."""

    scope: Scope
    body: bytes
    receive: Receive
    send: Send
    operation: str = ""

    @property
    def path(self) -> str:
        """The path, with the operation behind it."""
        return str(self.scope["path"]) + (f"#{self.operation}" if self.operation else "")

    @property
    def target(self) -> str:
        """Path with operation, and query, decoded: what faults match on."""
        query = self.scope["query_string"].decode()
        return self.path + (f"?{unquote(query)}" if query else "")

    @property
    def asked(self) -> str:
        """Address and headers, as they came."""
        headers = _headers(self.scope)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        url = f"https://{headers.get('host', '')}{self.scope['path']}?{self.scope['query_string'].decode()}"
        return "\n".join((url, *lines))

    @property
    def patience(self) -> Mapping[str, float | None] | None:
        """How long an in-process caller waits; None when the caller is at the other end of a socket."""
        extension: Mapping[str, float | None] | None = self.scope.get("extensions", {}).get(PATIENCE)
        return extension

    def outlasts(self, seconds: float) -> bool:
        """Whether an in-process caller has given up after `seconds`."""
        limit = (self.patience or {}).get("seconds")
        return limit is not None and seconds >= limit


class Stage:
    """An ASGI app around the package's own. `calls` lists every call in the order of arrival."""

    def __init__(
        self, package: ASGIApp, script: Script, clock: Clock, operation: Operation = lambda _headers, _body: ""
    ) -> None:
        self._package = package
        self._script = script
        self._clock = clock
        self._operation = operation
        self._late: list[tuple[datetime, Exchange]] = []
        self.calls: list[Call] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call. The control routes never suffer."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox/"):
            await self.arrive()
            await self._package(scope, receive, send)
            return
        await self.arrive()
        body = await _body(receive)
        exchange = Exchange(scope, body, receive, send, self._operation(_headers(scope), body))
        await self._play(self._script.take(scope["method"], exchange.target), exchange)

    async def arrive(self) -> None:
        """Execute the delayed calls whose time has come; their callers have long gone."""
        now = self._clock()
        due = [exchange for moment, exchange in self._late if moment <= now]
        self._late = [entry for entry in self._late if entry[0] > now]
        for exchange in due:
            await self._execute(exchange)

    async def _play(self, fault: Fault | None, exchange: Exchange) -> None:
        place = len(self.calls)
        self.calls.append(Call(exchange.scope["method"], exchange.path, None, self._clock()))
        answer = await self._suffer(fault, exchange) if fault else await self._execute(exchange)
        for message in answer:
            if message["type"] == "http.response.start":
                self.calls[place] = self.calls[place]._replace(status=message["status"])
            await exchange.send(message)

    async def _suffer(self, fault: Fault, exchange: Exchange) -> list[Message]:
        done = await self._execute(exchange) if fault.when == "after" else []
        if fault.kind == "cut":
            await _hang_up(exchange)
        elif fault.kind == "stall":
            await _wait_for_ever(exchange)
        elif fault.kind == "delay":
            await self._delay(fault, exchange)
            return done or await self._execute(exchange)
        else:
            body = fault.body.replace("{asked}", exchange.asked)
            return await _collect(Response(body, fault.status, fault.headers), exchange)
        return []

    async def _delay(self, fault: Fault, exchange: Exchange) -> None:
        if not exchange.outlasts(fault.seconds):
            await asyncio.sleep(fault.seconds)
            return
        if fault.when == "before":
            self._late.append((self._clock() + timedelta(seconds=fault.seconds), exchange))
        raise NoAnswer

    async def _execute(self, exchange: Exchange) -> list[Message]:
        return await _collect(self._package, exchange)


async def _collect(app: ASGIApp, exchange: Exchange) -> list[Message]:
    """Run `app` to its end and keep its answer: the caller may be gone, the work is done all the same."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": exchange.body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(exchange.scope, receive, send)
    return messages


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _hang_up(exchange: Exchange) -> None:
    # ASGI has no word for "close without an answer"; uvicorn's `send` is a method of the object that holds the socket.
    socket = getattr(getattr(exchange.send, "__self__", None), "transport", None)
    if exchange.patience is not None or socket is None:
        raise HungUp
    socket.close()
    await _until_gone(exchange.receive)


async def _wait_for_ever(exchange: Exchange) -> None:
    if exchange.patience is not None:
        raise NoAnswer
    await _until_gone(exchange.receive)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
