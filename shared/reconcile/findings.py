"""Pure: a document as the ledger knows it, and the sentence for each way in which the package may not agree with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import get_args

from shared.ledger.states import EntryState
from shared.mapping import Listed
from shared.schemas.messages import Finding, FindingKind
from shared.words import singular

OPEN: frozenset[EntryState] = frozenset({"ready", "waiting", "refused", "unsure"})
"""It should be in the package, and is not (or not all of it is done)."""


@dataclass(frozen=True)
class Ours:
    """One document as the ledger knows it. `vendor_id` is set once it is in the package.

    `list` is the list of the package that shows such documents. `in_period`: its day is one of those compared; others
    are here because a listed document carries their number. `again`: it was completed again after it had been sent.
    `in_doubt`: it was sent, and it is not known yet whether it arrived.
    """

    entry: str
    number: str
    state: EntryState
    list: str | None
    in_period: bool = True
    again: bool = False
    in_doubt: bool = False
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


@dataclass(frozen=True)
class Difference:
    """One thing that both sides know otherwise."""

    what: str
    ours: str
    theirs: str


def different(one: Ours, there: Listed, found: Sequence[Difference], title: str) -> Finding:
    """It is there, and not as it was when it was made."""
    return _finding(
        "different",
        one,
        there,
        ours=", ".join(f"{each.what} {each.ours}" for each in found),
        theirs=", ".join(f"{each.what} {each.theirs}" for each in found),
        to_do=f"It was changed in {title}. If that is not meant, change it back there; nothing is sent again.",
    )


def outdated(one: Ours, there: Listed, title: str) -> Finding:
    """The platform completed it again, and the package has what was sent before."""
    why = one.reason or f"it was completed again; change it in {title} by hand"
    return _finding(
        "different",
        one,
        there,
        ours="completed again after it was sent",
        theirs=_named(there, one.kind),
        to_do=_sentence(why),
    )


def unfinished(one: Ours, there: Listed, title: str) -> Finding:
    """The document is there, and what belongs to it is not done."""
    return _finding(
        "not_exported",
        one,
        there,
        ours=_IN_WORDS[one.state],
        theirs=_named(there, one.kind),
        to_do=f"It is in {title}, but not all that belongs to it is done. {_why(one)}",
    )


def missing(one: Ours, title: str) -> Finding:
    """It was there, and even a look-up by its id does not find it."""
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


def double(one: Ours, there: Listed, title: str) -> Finding:
    """One more document under the reference of one that we sent."""
    number = f" {one.vendor_number}" if one.vendor_number else f" {one.vendor_id}"
    return _finding(
        "double",
        one,
        there,
        ours=f"{one.kind}{number}",
        theirs=_named(there, one.kind),
        to_do=f"A second one in {title} carries the same reference. Look at both, and delete the one that is too many.",
    )


def unknown(one: Ours, there: Listed, title: str) -> Finding:
    """A document under the reference of one that we have not sent, or are not sure about."""
    if one.state == "unsure":
        same = f"fieldledger exports it-is-there '{one.entry}' --vendor-id {there.vendor_id}"
        to_do = f"Look whether it is this document. If it is: {same}"
    elif one.in_doubt:
        to_do = (
            "It may be this very document: it was sent, and no answer came. It is looked up, or you are asked. "
            "Leave it there until then."
        )
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


def not_exported(one: Ours, title: str) -> Finding:
    """It should be there, and waits or was refused; of one in doubt nobody knows."""
    known = one.state != "unsure" and not one.in_doubt
    return Finding(
        kind="not_exported",
        number=one.number,
        document_type=one.document_type,
        ours=_IN_WORDS[one.state],
        to_do=f"It is not in {title} yet. {_why(one)}" if known else _why(one),
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
