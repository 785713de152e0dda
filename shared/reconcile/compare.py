"""Pure: what the ledger says beside what the package holds, and what somebody should do about the difference."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import get_args

from shared.ledger.states import EntryState
from shared.mapping import Listed
from shared.schemas.messages import Finding, FindingKind
from shared.words import singular

CENT = Decimal("0.01")
OPEN: frozenset[EntryState] = frozenset({"ready", "waiting", "refused", "unsure"})
"""It should be in the package, and is not (or not all of it is done)."""


@dataclass(frozen=True)
class Ours:
    """One document as the ledger knows it. `vendor_id` is set once it is in the package.

    `list` is the list of the package that shows such documents. `in_period`: its day is one of those compared; others
    are here because a listed document carries their number. `again`: it was completed again after it had been sent.
    """

    entry: str
    number: str
    state: EntryState
    list: str | None
    in_period: bool = True
    again: bool = False
    reason: str | None = None
    document_type: str | None = None
    vendor_id: str | None = None
    vendor_number: str | None = None
    customer: str | None = None
    day: date | None = None
    total_excl: Decimal | None = None
    total_incl: Decimal | None = None
    currency: str | None = None
    url: str | None = None

    @property
    def kind(self) -> str:
        """What people call it: "sales order"."""
        return singular(self.document_type or "document")


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
        open_ = next((one for one in same if one.state in OPEN), None)
        if sent is not None:
            return _double(sent, document, self._title)
        return _unknown(open_, document, self._title) if open_ else None

    def _judged(self, one: Ours, explained: set[str]) -> Finding | None:
        if one.vendor_id is None:
            wanted = one.in_period and one.state in OPEN and one.entry not in explained
            return _not_exported(one, self._title) if wanted else None
        there = self._there.get(one.vendor_id)
        if there is None:
            return _missing(one, self._title) if one.in_period else None
        if one.again and one.state in OPEN:
            return _outdated(one, there, self._title)
        if differences := list(_differences(one, there)):
            return _different(one, there, differences, self._title)
        return _unfinished(one, there, self._title) if one.state in OPEN else None


@dataclass(frozen=True)
class _Difference:
    what: str
    ours: str
    theirs: str


def _differences(one: Ours, there: Listed) -> Iterator[_Difference]:
    """What both sides know, and do not agree about. What a document gains later (a number) is no difference."""
    for what, ours, theirs in (
        ("total excl. VAT", one.total_excl, there.total_excl),
        ("total incl. VAT", one.total_incl, there.total_incl),
    ):
        if ours is not None and theirs is not None and abs(ours - theirs) >= CENT:
            yield _Difference(what, f"{ours:.2f}", f"{theirs:.2f}")
    for what, mine, its in (
        ("currency", one.currency, there.currency),
        ("customer", one.customer, there.customer),
        ("number", one.vendor_number, there.number),
        ("date", one.day, there.day),
    ):
        if mine is not None and its is not None and mine != its:
            yield _Difference(what, str(mine), str(its))
    if there.state == "cancelled":
        yield _Difference("state", "sent", "cancelled")


def _different(one: Ours, there: Listed, found: Sequence[_Difference], title: str) -> Finding:
    return _finding(
        "different",
        one,
        there,
        ours=", ".join(f"{each.what} {each.ours}" for each in found),
        theirs=", ".join(f"{each.what} {each.theirs}" for each in found),
        to_do=f"It was changed in {title}. If that is not meant, change it back there; nothing is sent again.",
    )


def _outdated(one: Ours, there: Listed, title: str) -> Finding:
    why = one.reason or f"it was completed again; change it in {title} by hand"
    return _finding(
        "different",
        one,
        there,
        ours="completed again after it was sent",
        theirs=_named(there, one.kind),
        to_do=_sentence(why),
    )


def _unfinished(one: Ours, there: Listed, title: str) -> Finding:
    return _finding(
        "not_exported",
        one,
        there,
        ours=_IN_WORDS[one.state],
        theirs=_named(there, one.kind),
        to_do=f"It is in {title}, but not all that belongs to it is done. {_why(one)}",
    )


def _missing(one: Ours, title: str) -> Finding:
    number = f" {one.vendor_number}" if one.vendor_number else ""
    total = "" if one.total_excl is None else f", {one.total_excl:.2f} excl. VAT"
    return Finding(
        kind="missing",
        number=one.number,
        document_type=one.document_type,
        vendor_id=one.vendor_id,
        vendor_number=one.vendor_number,
        url=one.url,
        ours=f"{one.kind}{number}{total}",
        to_do=f"It is not in {title} any more: somebody deleted it. If that was not meant, enter it there by hand; "
        "it is not sent again.",
    )


def _double(one: Ours, there: Listed, title: str) -> Finding:
    number = f" {one.vendor_number}" if one.vendor_number else f" {one.vendor_id}"
    return _finding(
        "double",
        one,
        there,
        ours=f"{one.kind}{number}",
        theirs=_named(there, one.kind),
        to_do=f"A second one in {title} carries the same reference. Look at both, and delete the one that is too many.",
    )


def _unknown(one: Ours, there: Listed, title: str) -> Finding:
    if one.state == "unsure":
        same = f"fieldledger exports it-is-there '{one.entry}' --vendor-id {there.vendor_id}"
        to_do = f"Look whether it is this document. If it is: {same}"
    else:
        to_do = (
            f"Somebody made it in {title} by hand. Delete it there, or this document is in the books twice once sent."
        )
    return _finding("unknown", one, there, ours=_IN_WORDS[one.state], theirs=_named(there, one.kind), to_do=to_do)


def counted(findings: Sequence[Finding]) -> str:
    """How many of each kind, in words: `1 missing, 2 different`."""
    counts = Counter(one.kind for one in findings)
    return ", ".join(f"{counts[kind]:,} {singular(kind)}" for kind in get_args(FindingKind) if counts[kind])


def unknown_to_us(number: str, there: Listed, title: str) -> Finding:
    """The platform published that number and the ledger never heard of it, yet the package has it."""
    return Finding(
        kind="unknown",
        number=number,
        vendor_id=there.vendor_id,
        vendor_number=there.number,
        url=there.url,
        ours="not in the ledger",
        theirs=_named(there, "document"),
        to_do=f"It is in {title}, and the ledger does not know it. Look whether it is this document before you send "
        "anything on again, or it is in the books twice.",
    )


def never_taken_in(number: str, replay: str) -> Finding:
    """The platform published it, it should be exported, and the ledger never heard of it."""
    return Finding(
        kind="not_exported",
        number=number,
        ours="not in the ledger",
        to_do=f"It was published, but never taken in. Send it on again: {replay}",
    )


def _not_exported(one: Ours, title: str) -> Finding:
    return Finding(
        kind="not_exported",
        number=one.number,
        document_type=one.document_type,
        ours=_IN_WORDS[one.state],
        to_do=f"It is not in {title} yet. {_why(one)}" if one.state != "unsure" else _why(one),
    )


_IN_WORDS: Mapping[EntryState, str] = {
    "ready": "being sent",
    "waiting": "waiting",
    "refused": "refused",
    "unsure": "unsure",
}


def _why(one: Ours) -> str:
    why = _sentence(one.reason) if one.reason else "It is being sent."
    return why if one.state == "ready" else f"{why} What to do: fieldledger exports show '{one.entry}'"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _named(there: Listed, kind: str) -> str:
    number = there.number or there.vendor_id
    total = "" if there.total_excl is None else f", {there.total_excl:.2f} excl. VAT"
    return f"{kind} {number}{total}"


def _finding(kind: FindingKind, one: Ours, there: Listed, *, ours: str, theirs: str, to_do: str) -> Finding:
    return Finding(
        kind=kind,
        number=one.number,
        document_type=one.document_type,
        vendor_id=there.vendor_id,
        vendor_number=there.number,
        url=there.url or (one.url if there.vendor_id == one.vendor_id else None),
        ours=ours,
        theirs=theirs,
        to_do=to_do,
    )
