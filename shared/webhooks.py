"""What a package that calls back says of it: how a call proves itself, what it is about, how calls are asked for.

A callback is a doorbell: it names a record and is believed in nothing else. The importer fetches that record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.mapping import Request

Headers = Mapping[str, str]
"""Header names are lower case."""


@dataclass(frozen=True)
class Changed:
    """A record that a callback names. `kind`: any one of the kinds that are read together with it, all are served."""

    kind: str
    vendor_id: str


@dataclass(frozen=True)
class Hook:
    """A call that was asked for, as the package lists it. `secret` stands only in the answer that made it."""

    id: str
    topic: str
    address: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """How a package calls back.

    `topics`: what may be asked for, and the kinds that it is about; only what the user imports is asked for.
    `translate(payload)`, pure, gives the records that a call names; none where it names none. It must take any JSON.

    How a call proves itself: by its address, which no one can guess and which each connection has for itself; where
    the package signs, by `verify(secret, headers, body, now)` too, on the raw bytes. The secret is the one that came
    with the hook. With `administration` one address serves the whole app: it gives the code of the administration a
    call is about, and the secret is that of the app, a setting of the installation.
    `probes`: the package tries an address with an empty call, which means nothing and is answered kindly.

    Hooks: `listed` gives those of the administration, all of them; ours are known by their exact address, for others
    may delete and make hooks too. `map(topic, address)`, pure, is the request for one, `register` sends it, `remove`
    takes one back (one that is not there is no error). `renew` gives a hook a new secret, where the package tells it
    only once. `offered` tells which topics can be asked for, where that is not the same everywhere.
    """

    topics: Mapping[str, Sequence[str]]
    translate: Callable[[Any], Sequence[Changed]]
    verify: Callable[[str, Headers, bytes, datetime], bool] | None = None
    administration: Callable[[Any], str | None] | None = None
    probes: bool = False
    listed: Callable[[Any], Awaitable[Sequence[Hook]]]
    map: Callable[[str, str], Request]
    register: Callable[[Any, Request], Awaitable[Hook]]
    remove: Callable[[Any, Hook], Awaitable[None]]
    renew: Callable[[Any, Hook], Awaitable[str]] | None = None
    offered: Callable[[Any], Awaitable[Collection[str]]] | None = None

    def wanted(self, kinds: Sequence[str]) -> tuple[str, ...]:
        """The topics that are about one of these kinds."""
        return tuple(topic for topic, about in self.topics.items() if set(about) & set(kinds))
