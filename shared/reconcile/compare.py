"""Pure: what the ledger says beside what the package holds."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shared.mapping import Listed
from shared.reconcile import findings
from shared.reconcile.findings import OPEN, Difference, Ours
from shared.schemas.messages import Finding

CENT = Decimal("0.01")


@dataclass
class Comparison:
    """`agreeing` counts documents of the period that are in the package as the ledger says.

    `strangers` carry a reference that no document of the ledger has.
    """

    agreeing: int = 0
    findings: list[Finding] = field(default_factory=list)
    strangers: list[Listed] = field(default_factory=list)


def compare(ours: Sequence[Ours], listed: Mapping[str, Sequence[Listed]], title: str) -> Comparison:
    """Compare list by list: a sales invoice that Exact made of our order carries our reference too, and is no double.

    `title` is the package's.
    """
    result = Comparison()
    for name in listed.keys() | {one.list for one in ours if one.list}:
        _List([one for one in ours if one.list == name], listed.get(name, ()), title).compare(result)
    result.findings.sort(key=lambda found: (found.number, found.kind, found.vendor_id or ""))
    return result


class _List:
    """One list of the package beside the documents of ours that belong in it."""

    def __init__(self, ours: Sequence[Ours], listed: Sequence[Listed], title: str) -> None:
        self._ours = ours
        self._title = title
        self._there = {one.vendor_id: one for one in listed}
        self._by_number: defaultdict[str, list[Ours]] = defaultdict(list)
        for one in ours:
            self._by_number[one.number].append(one)

    def compare(self, result: Comparison) -> None:
        """Add to the result what is found of this list."""
        explained: set[str] = set()
        for document in self._unclaimed():
            same = self._by_number.get(document.reference or "")
            if same is None:
                result.strangers.append(document)
            elif found := self._not_ours(document, same):
                explained.update(one.entry for one in same)
                result.findings.append(found)
        for one in self._ours:
            if judged := self._judged(one, explained):
                result.findings.append(judged)
            elif one.vendor_id and one.in_period:
                result.agreeing += 1

    def _unclaimed(self) -> list[Listed]:
        """Those that carry a reference and are none of those we sent."""
        claimed = {one.vendor_id for one in self._ours}
        return [one for one in self._there.values() if one.vendor_id not in claimed and one.reference]

    def _not_ours(self, document: Listed, same: Sequence[Ours]) -> Finding | None:
        """One more document under the number of ours; none of what was left out: that may be in the books otherwise."""
        sent = next((one for one in same if one.vendor_id), None)
        open_ = [one for one in same if one.state in OPEN]
        if sent is not None and not any(one.in_doubt for one in open_):
            return findings.double(sent, document, self._title)
        likely = max(open_, key=lambda one: one.in_doubt, default=None)
        return findings.unknown(likely, document, self._title) if likely else None

    def _judged(self, one: Ours, explained: set[str]) -> Finding | None:
        if one.vendor_id is None:
            wanted = one.in_period and one.state in OPEN and one.entry not in explained
            return findings.not_exported(one, self._title) if wanted else None
        there = self._there.get(one.vendor_id)
        if there is None:
            return findings.missing(one, self._title) if one.in_period else None
        if one.again and one.state in OPEN:
            return findings.outdated(one, there, self._title)
        if differences := list(_differences(one, there)):
            return findings.different(one, there, differences, self._title)
        return findings.unfinished(one, there, self._title) if one.state in OPEN else None


def _differences(one: Ours, there: Listed) -> Iterator[Difference]:
    """What both sides know, and do not agree about. What a document gains later (a number) is no difference."""
    for what, ours, theirs in (
        ("total excl. VAT", one.total_excl, there.total_excl),
        ("total incl. VAT", one.total_incl, there.total_incl),
    ):
        if ours is not None and theirs is not None and abs(ours - theirs) >= CENT:
            yield Difference(what, f"{ours:.2f}", f"{theirs:.2f}")
    for what, mine, its in (
        ("currency", one.currency, there.currency),
        ("customer", one.customer, there.customer),
        ("number", one.vendor_number, there.number),
        ("date", one.day, there.day),
    ):
        if mine is not None and its is not None and mine != its:
            yield Difference(what, str(mine), str(its))
    if there.state == "cancelled":
        yield Difference("state", "sent", "cancelled")
