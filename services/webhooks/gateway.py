"""The gateway: verifies a callback, writes it to Kafka, then answers. Everything else is the importer's.

Cheap checks come first, and none reads a body before the address is known. What takes memory is bounded: so many
callbacks at a time, so many bytes each, for so long.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from services.webhooks import answers
from services.webhooks.answers import Answer, Refused
from services.webhooks.callers import Caller, Callers, connector_named
from shared import envelope, metrics, topics
from shared.connector import Connector
from shared.doors import PATH
from shared.envelope import Message
from shared.errors import GiveUp, Misconfigured, Unavailable
from shared.hub import Hub, Publisher
from shared.log import get
from shared.schemas.messages import EntityChanged
from shared.webhooks import Changed, Webhooks

SOURCE = "fieldledger/webhooks"
MOST_BYTES = 64 * 1024
"""Of one body. Callbacks name a record, so they are small."""

MOST_RECORDS = 100
"""That one callback may name."""

MOST_AT_ONCE = 512
"""Callbacks whose body is being read, or that wait for Kafka; more are asked to come back."""

BODY_TIME = 10.0
"""Seconds for a whole body."""

_ADDRESS = re.compile(rf"{PATH}/(?P<connector>\w{{1,64}})(?:/(?P<connection>[\w-]{{1,64}})/(?P<secret>[\w-]{{43}}))?")
_TYPE = re.compile(rb"(?:application/(?:[\w.-]+\+)?json|text/json)\s*(?:;.*)?", re.IGNORECASE)
_log = get(__name__)


@dataclass(frozen=True)
class _Call:
    """What came in. `caller` None: the address is that of the app, and the body names the administration."""

    connector: Connector
    hooks: Webhooks
    caller: Caller | None
    headers: Mapping[str, str]


class Gateway:
    """The ASGI app."""

    def __init__(self, hub: Hub, bus: Publisher, *, at_once: int = MOST_AT_ONCE, body_time: float = BODY_TIME) -> None:
        self._hub = hub
        self._bus = bus
        self._callers = Callers(hub)
        self._at_once = at_once
        self._body_time = body_time
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is wrong with it, its caller gets a status and nothing more."""
        if scope["type"] != "http":
            return
        name, answer = "unknown", answers.UNKNOWN
        try:
            call = await self._known(scope)
            name = call.connector.name
            answer = await self._taken(call, scope, receive)
        except Refused as refused:
            answer = refused.answer
        except (Unavailable, Misconfigured) as error:
            answer = answers.AWAY
            _log.warning("a callback could not be written down; its caller was asked to come back", why=str(error))
        metrics.CALLBACKS.labels(name, answer.result).inc()
        await answer.send(send)

    async def _known(self, scope: Scope) -> _Call:
        """Whose address it is. For any other one, the same answer: nobody learns how near it was."""
        parts = _ADDRESS.fullmatch(scope["path"])
        connector = connector_named(parts["connector"]) if parts else None
        if parts is None or connector is None or connector.webhooks is None:
            raise Refused(answers.UNKNOWN)
        hooks = connector.webhooks
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if (hooks.administration is None) != (parts["secret"] is not None):
            raise Refused(answers.UNKNOWN)
        if hooks.administration is not None:
            if not self._callers.secret_of_app(connector):
                raise Refused(answers.UNKNOWN)
            return _Call(connector, hooks, None, headers)
        caller = await self._callers.by_secret(connector, parts["connection"], parts["secret"])
        if caller is None:
            raise Refused(answers.UNKNOWN)
        return _Call(connector, hooks, caller, headers)

    async def _taken(self, call: _Call, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Refused(answers.METHOD)
        if call.caller is not None and not call.caller.bucket.take():
            raise Refused(answers.LIMITED)
        with self._place():
            body = await self._body(call, receive)
            if not body and call.hooks.probes:
                return answers.PROBED
            if not _TYPE.fullmatch(call.headers.get("content-type", "application/json").encode("latin-1")):
                raise Refused(answers.TYPE)
            await self._verify(call, body)
            messages = await self._messages(call, _read(body))
            if not messages:
                return answers.NOTHING
            try:
                await self._bus.publish(messages)
            except GiveUp:
                raise Refused(answers.LARGE) from None
            return answers.ACCEPTED

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._open >= self._at_once:
            raise Refused(answers.BUSY)
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def _body(self, call: _Call, receive: Receive) -> bytes:
        declared = call.headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:12]) > MOST_BYTES:
            raise Refused(answers.LARGE)
        try:
            async with asyncio.timeout(self._body_time):
                return await _whole(receive)
        except TimeoutError:
            raise Refused(answers.SLOW) from None

    async def _verify(self, call: _Call, body: bytes) -> None:
        """The signature, where the package signs. A hook may be so new that its secret is in the store alone."""
        if call.hooks.verify is None:
            return
        if call.caller is None:
            secrets: Sequence[str] = [self._callers.secret_of_app(call.connector)]
        else:
            secrets = call.caller.secrets
        if self._signed(call, secrets, body):
            return
        newer = await self._callers.again(call.caller) if call.caller else None
        if newer is None or not self._signed(call, newer.secrets, body):
            raise Refused(answers.UNSIGNED)

    def _signed(self, call: _Call, secrets: Sequence[str], body: bytes) -> bool:
        verify, now = call.hooks.verify, self._hub.now()
        assert verify is not None, "asked only where the package signs"
        return any(verify(secret, call.headers, body, now) for secret in secrets)

    async def _messages(self, call: _Call, payload: Any) -> list[Message]:
        changed = [one for one in call.hooks.translate(payload) if _sound(one)][:MOST_RECORDS]
        if not changed:
            return []
        callers = [call.caller] if call.caller else await self._of_administration(call, payload)
        return [_message(caller, one) for caller in callers for one in changed]

    async def _of_administration(self, call: _Call, payload: Any) -> Sequence[Caller]:
        assert call.hooks.administration is not None, "an address without a secret is that of an app"
        code = call.hooks.administration(payload)
        found = await self._callers.by_administration(call.connector, code) if code else ()
        allowed = [caller for caller in found if caller.bucket.take()]
        if found and not allowed:
            raise Refused(answers.LIMITED)
        return allowed


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(answers.SLOW)
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise Refused(answers.LARGE)
        if not message.get("more_body", False):
            return bytes(body)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(answers.UNREADABLE) from None


def _sound(changed: Changed) -> bool:
    """Whether this can be the id of a record: short, and text that a store can look up."""
    return 0 < len(changed.vendor_id) <= 100 and changed.vendor_id.isprintable()  # noqa: PLR2004  # characters


def _message(caller: Caller, one: Changed) -> Message:
    changed = EntityChanged(connection=caller.connection, kind=one.kind, vendor_id=one.vendor_id)
    return envelope.message(
        topics.callbacks(caller.connector),
        f"{caller.connection}|{one.kind}|{one.vendor_id}",
        changed,
        type=envelope.ENTITY_CHANGED,
        source=SOURCE,
        tenant=caller.tenant,
    )
