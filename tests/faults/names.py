"""Names of arrows, as a reader of the protocol knows them: from what is written, never from the number of a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import httpx

from shared import topics
from shared.sandbox.scenario import Calls, Scenario
from shared.store.collections import (
    BUDGETS,
    CLAIMS,
    CONNECTIONS,
    CURSORS,
    DOORS,
    FINGERPRINTS,
    GRANTS,
    LANES,
    LEDGER,
    LINKS,
    LOG,
    PARTS,
    REFERENCE,
    REJECTS,
    RINGS,
    RUNS,
    STEPS,
)

_ONE = {
    BUDGETS: "budget",
    CLAIMS: "claim",
    CONNECTIONS: "connection",
    CURSORS: "cursor",
    DOORS: "door",
    FINGERPRINTS: "fingerprints",
    GRANTS: "grant",
    LANES: "lane",
    LEDGER: "entry",
    LINKS: "link",
    LOG: "log line",
    PARTS: "parts",
    REFERENCE: "reference data",
    REJECTS: "rejects",
    RINGS: "ring",
    RUNS: "run",
}
"""Collection -> what one write to it is about."""

LOGIN = "vendor login"
"""A call that asks for a token or opens a session."""

_BORN = {CLAIMS: "claim taken", LEDGER: "entry planned", LOG: "log line written", RUNS: "run started"}


def insert_name(collection: str, id: str) -> str:
    """`entry planned`, `document step planned`."""
    if collection == STEPS:
        return f"{_step(id)} step planned"
    return _BORN.get(collection) or f"{_thing(collection)} added"


def put_name(collection: str, documents: Sequence[Mapping[str, Any]]) -> str:
    """`fingerprints announced`, `fingerprints stored`."""
    if collection == FINGERPRINTS and not any(document["hash"] for document in documents):
        return "fingerprints announced"
    return f"{_thing(collection)} stored"


def delete_name(collection: str) -> str:
    """`fingerprints forgotten`."""
    return f"{_thing(collection)} forgotten"


def update_name(collection: str, id: str, set: Mapping[str, Any], inc: Mapping[str, int]) -> str:  # noqa: PLR0911  # a table
    """`document step sending`, `lane released`, `token stored`."""
    match collection:
        case "steps":
            return f"{_step(id)} step {_of_step(set)}"
        case "ledger":
            return f"entry {_of_entry(set)}"
        case "lanes":
            return f"lane {_of_lane(set, inc)}"
        case "connections":
            return f"connection {'told' if 'told' in set else 'changed'}"
        case "grants":
            return _of_grant(set, inc)
        case "runs":
            return f"run {_of_run(set)}"
        case "rings":
            return f"ring {_of_ring(set, inc)}"
        case "doors":
            return f"door {_of_door(set)}"
        case "claims":
            return "claim given back" if set.get("holder") == "" else "claim taken again"
        case _:
            return f"{_thing(collection)} changed"


def publish_name(topic: str) -> str:
    """`outcome published`, `entities published`."""
    if topic == topics.EXPORT_OUTCOMES:
        return "outcome published"
    if topic.endswith(".dead"):
        return "dead letter published"
    return f"{topic.partition('.')[0]} published"


def vendor_name(known: Scenario, request: httpx.Request) -> str:
    """`vendor login`, `vendor POST salesorder/SalesOrders`, `vendor AddFactuur`."""
    if fits(known, known.logins, request):
        return LOGIN
    operation = _operation(known, request)
    return f"vendor {operation}" if operation else call_name(request.method, request.url.path)


def fits(known: Scenario, calls: Calls, request: httpx.Request) -> bool:
    """Whether this call, its body read, is one of those."""
    operation, query = _operation(known, request), unquote(request.url.query.decode())
    target = request.url.path + (f"#{operation}" if operation else "") + (f"?{query}" if query else "")
    return calls.fit(request.method, target)


def _operation(known: Scenario, request: httpx.Request) -> str:
    return known.operation({name.lower(): value for name, value in request.headers.items()}, request.content)


def call_name(method: str, path: str) -> str:
    """`vendor POST salesorder/SalesOrders`: without version, administration and ids."""
    kept = [part for part in path.strip("/").split("/") if not re.fullmatch(r"api|v\d+|\d+", part)]
    return f"vendor {method} {re.sub(r'[(].*?[)]', '', '/'.join(kept))}"


def _thing(collection: str) -> str:
    return _ONE.get(collection, collection)


def _step(id: str) -> str:
    """Of what: a step of a document ends with its name, one that documents share with `<kind>|<key>`."""
    *_, before, last = id.split("|")
    return before if before in {"relation", "product", "hook", "unhook"} else last


def _of_step(set: Mapping[str, Any]) -> str:
    if "state" in set:
        return str(set["state"])
    return "absent once" if "absences" in set else "changed"


def _of_entry(set: Mapping[str, Any]) -> str:
    match set:
        case {"state": str(state)}:
            return state
        case {"outcome_due": None}:
            return "told"
        case {"document_type": str()}:
            return "type fixed"
        case {"follow_ups_due": False}:
            return "followed up"
        case {"fence": _} | {"crashes": _}:
            return "taken"
        case _:
            return "changed"


def _of_lane(set: Mapping[str, Any], inc: Mapping[str, int]) -> str:
    if "fence" in inc:
        return "claimed"
    if "resumes" in inc:
        return "resumed"
    if inc:
        return "woken"
    if "owner" in set:
        return "released"
    return "renewed" if "lease_until" in set else "rested"


def _of_grant(set: Mapping[str, Any], inc: Mapping[str, int]) -> str:
    if "renewing_fence" in inc:
        return "token renewal begun"
    if "sealed" in set:
        return "token stored"
    return "grant dead" if "state" in set else "token renewal ended"


def _of_ring(set: Mapping[str, Any], inc: Mapping[str, int]) -> str:
    if inc:
        return "counted"
    return "answered" if "rung" in set else "postponed"


def _of_door(set: Mapping[str, Any]) -> str:
    if "topics" in set:
        return "looked after"
    return "hook kept" if "hooks" in set else "changed"


def _of_run(set: Mapping[str, Any]) -> str:  # noqa: PLR0911  # a table
    match set:
        case {"state": "done"}:
            return "ended"
        case {"begun": True}:
            return "kind begun"
        case {"kinds": _}:
            return "kind done"
        case {"phase": str(phase)}:
            return f"phase {phase} stored"
        case {"position": _}:
            return "position stored"
        case {"tables": _}:
            return "tables stored"
        case _:
            return "changed"
