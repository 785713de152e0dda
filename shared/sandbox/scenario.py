"""What the demo and the contract tests must know of one pretend package to tell a story in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from shared.sandbox.base import Sandbox
from shared.sandbox.faults import Fault
from shared.sandbox.stage import Operation


@dataclass(frozen=True)
class Calls:
    """Which calls are meant, for a `Fault`: a regex on path and query, and the method if that tells them apart.

    The first `skip` of them are others, which look alike.
    """

    match: str
    method: str | None = None
    skip: int = 0

    def fit(self, method: str, target: str) -> bool:
        """Whether such a call is meant; `target` is its path, operation and query."""
        return self.method in {None, method} and re.search(self.match, target) is not None


@dataclass(frozen=True)
class Booked:
    """A document that was made through the API, as the package knows it.

    `total` excludes VAT, and is negative where money goes back, zero where the package is told none; `customer` is our
    number of whom it is for. `says` is everything else that must be the same whenever the same document is sent: state,
    lines, files; never what the package chose itself, as numbers and moments.
    """

    administration: str
    reference: str
    id: str
    total: Decimal
    customer: str
    says: str


@dataclass(frozen=True)
class Needed:
    """A record that was made through the API because documents needed it: `key` is ours, `id` the package's."""

    administration: str
    kind: str
    key: str
    id: str


@dataclass(frozen=True)
class NoVat:
    """A material whose VAT nobody can decide with `settings`. It waits for `waits_for`; `heals` mends it."""

    material: str
    settings: Mapping[str, Any]
    waits_for: str
    heals: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`SCENARIO` in a sandbox package. Codes are those of the articles every such sandbox has.

    `settings` lets every kind of document be mapped; `chosen_in` gives settings by the ids that an administration has
    for what they name. `listed` is what an import with `settings` finds of a kind in an administration: vendor id ->
    the name or description by which it is published.

    `documents` lists every document made through the API, `records` what they needed, one for each, so that duplicates
    show; so does `papers`, by any name that is one paper's alone, where PDFs are records of their own. `unfinished` are
    the references of documents that are still open: not numbered for good, printed, mailed, booked or closed;
    `sent_out` those that left the package: mailed, or sent by Peppol.

    `logins` are the calls that give a token or a session, `reads` those that list a kind; those of the kinds in
    `unpaged` give everything in one answer. `writes` are those that write something: by export, by kind of what a
    document needs, by name of what follows it. `attaches` is the first one that a PDF takes, where PDFs can be added.
    `operation` names a call where one path serves all. `rotates`: a renewed token ends the one that it was asked for
    with, so that an answer lost on its way is a login lost; no session opened by credentials does that.

    Somebody works in the package by hand: `change` alters a record so that its event changes, `spoil` so that no
    mapping can understand it, `remove` deletes it; each takes a kind and gives the vendor id. `discard` deletes the
    documents that carry a reference. `revoke` withdraws our access. `limited` is how the package says "no more calls
    until then", `refusal` how it refuses with those words. `limit_names_moment` False: it does not say until when; how
    long to wait is then the connector's choice.

    `unpriced` names exports of work that the package prices and taxes by itself: it is told no amounts and no VAT.

    `credentials` are what the user types where the package has no login page. Where the package has webhooks,
    `asks_to_be_called` is the call that asks for one, `fetches` those that read what it calls back about, and `hooked`
    lists the hooks there are: `<topic> <address>`, each.

    Options of the sandbox: `options` for the demo, `small` for tests, `paged` so that every read takes several pages,
    `least` for thousands of fresh packages: just enough to map documents, three relations at least among it.
    """

    user: str
    site: str
    administration: str
    second_administration: str
    settings: Mapping[str, Any]
    materials: Sequence[str]
    hour_type: str
    no_vat: NoVat
    listed: Callable[[Sandbox, str, str], Mapping[str, str]]
    documents: Callable[[Sandbox], Sequence[Booked]]
    records: Callable[[Sandbox], Sequence[Needed]]
    unfinished: Callable[[Sandbox], Sequence[str]]
    sent_out: Callable[[Sandbox], Sequence[str]]
    logins: Calls
    reads: Mapping[str, Calls]
    writes: Mapping[str, Calls]
    change: Callable[[Sandbox, str], str]
    spoil: Callable[[Sandbox, str], str]
    remove: Callable[[Sandbox, str], str]
    discard: Callable[[Sandbox, str], None]
    revoke: Callable[[Sandbox], None]
    limited: Callable[[datetime], Fault]
    refusal: Callable[[str], Fault]
    papers: Callable[[Sandbox], Sequence[str]] = lambda _: ()
    attaches: Calls | None = None
    asks_to_be_called: Calls | None = None
    fetches: Calls | None = None
    hooked: Callable[[Sandbox], Sequence[str]] = lambda _: ()
    chosen_in: Callable[[Sandbox, str, Mapping[str, Any]], Mapping[str, Any]] = lambda _sandbox, _code, chosen: chosen
    operation: Operation = lambda _headers, _body: ""
    rotates: bool = True
    credentials: Mapping[str, str] = field(default_factory=dict)
    unpaged: Collection[str] = ()
    unpriced: Collection[str] = ()
    limit_names_moment: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    small: Mapping[str, Any] = field(default_factory=dict)
    paged: Mapping[str, Any] = field(default_factory=dict)
    least: Mapping[str, Any] = field(default_factory=dict)

    def expected(self, sandbox: Sandbox) -> Mapping[str, int]:
        """How many records an import finds, by kind."""
        return {kind: len(self.listed(sandbox, self.administration, kind)) for kind in self.reads}

    def references(self, sandbox: Sandbox) -> Sequence[str]:
        """Our reference on every document made through the API, one for each document."""
        return [one.reference for one in self.documents(sandbox)]

    def needed(self, sandbox: Sandbox) -> int:
        """How many records were made because documents needed them."""
        return len(self.records(sandbox))


def scenario(connector: str) -> Scenario:
    """The scenario of one connector's sandbox."""
    found = import_module(f"shared.connectors.{connector}.sandbox").SCENARIO
    assert isinstance(found, Scenario)
    return found
