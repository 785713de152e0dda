"""What the demo and the contract tests must know of one pretend package to tell a story in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from shared.sandbox.base import Sandbox


@dataclass(frozen=True)
class Scenario:
    """`SCENARIO` in a sandbox package. Codes are those of the articles every such sandbox has.

    `expected` counts what an import with `settings` finds, by kind; `references` lists our reference on every document
    made through the API, one for each document, so that duplicates show.
    """

    user: str
    site: str
    administration: str
    second_administration: str
    settings: Mapping[str, Any]
    materials: Sequence[str]
    hour_type: str
    expected: Callable[[Sandbox], Mapping[str, int]]
    references: Callable[[Sandbox], Sequence[str]]
    write_paths: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)


def scenario(connector: str) -> Scenario:
    """The scenario of one connector's sandbox."""
    found = import_module(f"shared.connectors.{connector}.sandbox").SCENARIO
    assert isinstance(found, Scenario)
    return found
