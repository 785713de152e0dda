"""What the demo and the contract tests must know of one pretend package to tell a story in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from shared.sandbox.base import Sandbox
from shared.sandbox.faults import Fault


@dataclass(frozen=True)
class Calls:
    """Which calls are meant, for a `Fault`: a regex on path and query, and the method if that tells them apart."""

    match: str
    method: str | None = None


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

    `settings` lets every kind of document be mapped. `expected` counts what an import with `settings` finds, by kind;
    `references` lists our reference on every document made through the API, one for each document, so that duplicates
    show; `unfinished` only those that are still open: not numbered for good, printed, mailed, booked or closed;
    `sent_out` those that left the package: mailed, or sent by Peppol. `needed` counts the records that documents needed
    and that were made for them.

    `logins` are the calls that give a token or a session, `reads` those that list a kind; those of the kinds in
    `unpaged` give everything in one answer. `writes` are those that write something: by export, by kind of what a
    document needs, by name of what follows it.

    Somebody works in the package by hand: `change` alters a record so that its event changes, `spoil` so that no
    mapping can understand it, `remove` deletes it; each takes a kind and gives the vendor id. `discard` deletes the
    documents that carry a reference. `revoke` withdraws our access. `limited` is how the package says "no more calls
    until then", `refusal` how it refuses with those words. `limit_names_moment` False: it does not say until when; how
    long to wait is then the connector's choice.

    `credentials` are what the user types where the package has no login page.

    Options of the sandbox: `options` for the demo, `small` for tests, `paged` so that every read takes several pages.
    """

    user: str
    site: str
    administration: str
    second_administration: str
    settings: Mapping[str, Any]
    materials: Sequence[str]
    hour_type: str
    no_vat: NoVat
    expected: Callable[[Sandbox], Mapping[str, int]]
    references: Callable[[Sandbox], Sequence[str]]
    unfinished: Callable[[Sandbox], Sequence[str]]
    sent_out: Callable[[Sandbox], Sequence[str]]
    needed: Callable[[Sandbox], int]
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
    credentials: Mapping[str, str] = field(default_factory=dict)
    unpaged: Collection[str] = ()
    limit_names_moment: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    small: Mapping[str, Any] = field(default_factory=dict)
    paged: Mapping[str, Any] = field(default_factory=dict)


def scenario(connector: str) -> Scenario:
    """The scenario of one connector's sandbox."""
    found = import_module(f"shared.connectors.{connector}.sandbox").SCENARIO
    assert isinstance(found, Scenario)
    return found
