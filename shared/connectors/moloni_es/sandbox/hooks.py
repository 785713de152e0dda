"""Hooks of the pretend Moloni Spain: kept per company, told over HTTP a moment later (Moloni Spain fact sheet, 5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.sandbox.bells import Bells, Ring, safe
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


@dataclass
class Troubles:
    """What may happen to the next calls: so many come twice, two in the other order, or late, held until `release`.

    Those that get lost are lost on the line (`Bells.lose`).
    """

    duplicate: int = 0
    swapped: bool = False
    late: bool = False


@dataclass
class Hooks:
    """The hooks of all companies, and how they are told: a moment later, once, and nobody proves who it was."""

    bells: Bells
    catalogue: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: CATALOGUE)
    rows: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    troubles: Troubles = field(default_factory=Troubles)
    _held: list[Ring] = field(default_factory=list)
    _issued: int = 0

    def create(self, company: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """A new hook; without an operation it stands for all of its model."""
        operations = self.catalogue.get(data["model"])
        if operations is None or data.get("operation") not in {None, *operations}:
            raise Refusal("operation", "The model does not have this operation.")
        if not safe(data["url"]):
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
                self._tell(Ring(row["url"], {"Content-Type": "application/json"}, body))

    def release(self) -> None:
        """What was held back goes out now."""
        self.troubles.late = False
        held, self._held = self._held, []
        for call in held:
            self.bells.ring(call)

    def _tell(self, call: Ring) -> None:
        copies = 2 if self.troubles.duplicate else 1
        self.troubles.duplicate = max(0, self.troubles.duplicate - 1)
        self._held += [call] * copies
        if self.troubles.late or (self.troubles.swapped and len(self._held) == 1):
            return
        if self.troubles.swapped:
            self._held.reverse()
            self.troubles.swapped = False
        self.release()
