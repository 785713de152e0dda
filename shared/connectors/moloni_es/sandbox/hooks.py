"""Hooks of the pretend Moloni Spain: kept per company, told over HTTP a moment later (Moloni Spain fact sheet, 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from shared.sandbox.payload import encode

from .refusals import Refusal

CATALOGUE: Mapping[str, tuple[str, ...]] = {
    "Customer": ("create", "update", "delete"),
    "Product": ("create", "update", "delete", "stockChanged"),
    "Document": ("create", "update", "delete", "pdfStartGenerating", "pdfGenerated"),
    "Supplier": ("create", "update", "delete"),
}
"""What can be told of which model (the pairs of Moloni ON; for Spain only those of products are proven)."""

PROVEN: Mapping[str, tuple[str, ...]] = {"Product": ("create", "update", "stockChanged")}


class Call(NamedTuple):
    """A hook as it goes out. There is no header that proves who sent it."""

    url: str
    body: bytes


@dataclass
class Troubles:
    """What may happen to the next hooks; each counts down. `late` holds them back until `release`."""

    duplicate: int = 0
    lost: int = 0
    swapped: bool = False
    late: bool = False


@dataclass
class Hooks:
    """The hooks of all companies, and how they are delivered: once, by whoever `transport` leads to.

    `delivered` are the calls that went out, with the status of their answers (None: nobody answered).
    """

    transport: httpx.AsyncBaseTransport | None = None
    catalogue: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: CATALOGUE)
    rows: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    delivered: list[tuple[Call, int | None]] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)
    _waiting: list[Call] = field(default_factory=list)
    _held: list[Call] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _issued: int = 0

    def create(self, company: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """A new hook; without an operation it stands for all of its model."""
        operations = self.catalogue.get(data["model"])
        if operations is None or data.get("operation") not in {None, *operations}:
            raise Refusal("operation", "The model does not have this operation.")
        if not data["url"].startswith(("https://", "http://")):
            raise Refusal("url", "Invalid URL inserted")
        self._issued += 1
        row = {"hookId": f"hook-{self._issued}", "name": "", **data}
        self.rows.setdefault(company, []).append(row)
        return row

    def of(self, company: int) -> list[dict[str, Any]]:
        """A company's hooks."""
        return self.rows.setdefault(company, [])

    def delete(self, company: int, ids: Collection[str]) -> list[dict[str, Any]]:
        """How many of them are gone now."""
        before = self.of(company)
        self.rows[company] = [row for row in before if row["hookId"] not in ids]
        gone = len(before) - len(self.rows[company])
        errors = [] if gone == len(ids) else [{"field": "hookId", "msg": "Not all hooks are there."}]
        return [{"status": int(not errors), "deletedCount": gone, "elementsCount": len(ids), "errors": errors}]

    def ring(self, company: int, model: str, operation: str, ids: Mapping[str, int]) -> None:
        """Something happened: tell whoever wants to know, ids only."""
        body = encode({"model": model, "operation": operation, **ids})
        for row in self.of(company):
            if row["model"] == model and row.get("operation") in {None, operation}:
                self._send(Call(row["url"], body))

    def release(self) -> None:
        """What was late goes out now."""
        self.troubles.late = False
        self._waiting += self._held
        self._held = []
        self._deliver()

    async def settled(self) -> None:
        """Until everything that is to go out has gone out."""
        self._deliver()
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _send(self, call: Call) -> None:
        if self.troubles.lost:
            self.troubles.lost -= 1
            return
        copies = 2 if self.troubles.duplicate else 1
        self.troubles.duplicate = max(0, self.troubles.duplicate - 1)
        queue = self._held if self.troubles.late else self._waiting
        queue += [call] * copies
        self._deliver()

    def _deliver(self) -> None:
        """From a task of its own: whoever wrote does not wait. Without a loop it goes out with the next call."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self.troubles.swapped and len(self._waiting) == 1:
            return
        calls = self._waiting[::-1] if self.troubles.swapped else self._waiting
        self._waiting, self.troubles.swapped = [], False
        for call in calls:
            task = loop.create_task(self._post(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _post(self, call: Call) -> None:
        status = None
        try:
            async with httpx.AsyncClient(transport=self.transport, timeout=5) as http:
                answer = await http.post(call.url, content=call.body, headers={"Content-Type": "application/json"})
            status = answer.status_code
        except httpx.HTTPError:
            pass  # nobody answers: whether it is tried again is not known, so it is not
        self.delivered.append((call, status))
