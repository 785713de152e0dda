"""Which documents may be in no books when all is quiet: those that the story of their seed keeps out of them.

All that the owner takes away is given back, so a document that still waits for that, or for any setting, is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.ledger.entry import Entry
from shared.sandbox.scenario import Booked
from tests.faults.simulation.documents import Published
from tests.faults.simulation.owner import Owner

EARLY = "from before the start date "
BILLED = "the same work is billed already: "
SENT = "it was sent before: "
WENT = "it went to "
"""Reasons to leave a document out, in the words of the ledger."""


class Absences:
    """Knows what is in the books, what was published, and when the owner's exports begin."""

    def __init__(self, booked: Sequence[Booked], published: Sequence[Published], owner: Owner) -> None:
        self._booked = {(one.administration, one.reference) for one in booked}
        self._made = {one.reference for one in booked}
        self._published = published
        self._owner = owner

    def explained(self, document: Published, entry: Entry, entries: Collection[Entry]) -> bool:
        """Whether the document may be absent from the books of this entry, one of its `entries`."""
        if entry.state == "waiting":
            return self._without_its_invoice(document, entry)
        if entry.state != "skipped":
            return False
        accepted = {
            EARLY: self._early(entry) and not any(map(_went, entries)),
            BILLED: self._billed(document),
            SENT: document.number in self._made,
            WENT: not all(map(_went, entries)),
        }
        return any((entry.reason or "").startswith(words) and holds for words, holds in accepted.items())

    def _without_its_invoice(self, document: Published, entry: Entry) -> bool:
        """It takes back what is not in these books, and waits for that alone."""
        invoice = (entry.administration, document.credits)
        return (entry.waits_for or "").startswith("invoice:") and invoice not in self._booked

    def _early(self, entry: Entry) -> bool:
        return entry.day < self._owner.first_day(entry.tenant, entry.administration)

    def _billed(self, document: Published) -> bool:
        """By another document of its work."""
        others = [one for one in self._published if one is not document and one.work is not None]
        return any(one.work == document.work and one.number in self._made for one in others)


def _went(entry: Entry) -> bool:
    """The owner sent it on: what became of it is said in other books."""
    return entry.state == "skipped" and (entry.reason or "").startswith(WENT)
