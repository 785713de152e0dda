"""The judge of the real trials sees what it must see."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.bus import Record
from shared.ledger.entry import Entry
from shared.schemas.messages import ExportOutcome
from tests.faults.real.books import Evidence, Findings, judge, orders
from tests.faults.real.imported import Believed, believed, differences
from tests.faults.real.kills import Killed
from tests.faults.real.zombies import of_freezes
from tests.shared.test_lanes import a_connection

(ORDER,) = orders([a_connection().model_copy(update={"tenant": "tenant-0"})], 1)
ROW = {"YourRef": "WO-0", "OrderNumber": 7, "AmountFCExclVat": Decimal("42.50")}
CUSTOMER = {"Division": 900001, "Code": "90000"}
WHERE = {"connector": "exact_online", "connection": "c1", "administration": "900001", "flow": "workorder"}
ENTRY = Entry(
    **WHERE, id="e", tenant="tenant-0", scope="c1|900001", generation=1, document="row-WO-0", number="WO-0",
    day=date(2026, 11, 20), planned=datetime(2026, 11, 20, tzinfo=UTC), revision=1, content_hash="", body={},
    state="confirmed", vendor_number="7",
)  # fmt: skip
OUTCOME = ExportOutcome(**WHERE, document="row-WO-0", number="WO-0", revision=1, result="exported", vendor_number="7")
GOOD = Evidence([ORDER], [ROW], [CUSTOMER], {"WO-0": ENTRY}, {"WO-0": OUTCOME})


def entry(**changes: Any) -> dict[str, Entry]:
    return {"WO-0": ENTRY.model_copy(update=changes)}


def test_what_is_as_promised_is_not_blamed() -> None:
    assert judge(GOOD) == Findings([], [], [])


def test_a_document_that_was_visibly_refused_is_not_lost_but_nothing_should_have_stood_in_its_way() -> None:
    found = judge(replace(GOOD, rows=[], entries=entry(state="refused", reason="closed period")))
    assert found == Findings([], [], ["WO-0 is refused: closed period"])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(GOOD, rows=[ROW, ROW]), "WO-0 is in the books 2 times"),
        (replace(GOOD, customers=[CUSTOMER, CUSTOMER]), "customer 90000 was made 2 times"),
    ],
)
def test_what_is_there_twice_is_double(changed: Evidence, words: str) -> None:
    assert judge(changed).double == [words]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(GOOD, rows=[], entries={}), "never reached the ledger"),
        (replace(GOOD, rows=[]), "nobody is told why (confirmed)"),
        (replace(GOOD, rows=[], entries=entry(state="skipped")), "nobody is told why (skipped)"),
    ],
)
def test_what_is_nowhere_is_lost(changed: Evidence, words: str) -> None:
    (why,) = judge(changed).lost
    assert words in why


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(GOOD, entries=entry(state="refused")), "7 in the books, refused"),
        (replace(GOOD, entries=entry(vendor_number="8")), "confirmed 8 in the ledger"),
        (replace(GOOD, rows=[ROW | {"AmountFCExclVat": Decimal("42.51")}]), "comes to 42.51 in the books, not 42.50"),
        (replace(GOOD, told={}), "the platform was told None"),
        (replace(GOOD, told={"WO-0": OUTCOME.model_copy(update={"result": "waiting"})}), "was told waiting"),
        (replace(GOOD, told={"WO-0": OUTCOME.model_copy(update={"vendor_number": "8"})}), "was told exported"),
        (replace(GOOD, rows=[ROW, ROW | {"YourRef": "WO-9"}]), "WO-9 is in the books, and nobody completed it"),
        (replace(GOOD, open_steps=["e|document"]), "step e|document is still open"),
    ],
)
def test_what_the_sides_do_not_agree_about_is_broken(changed: Evidence, words: str) -> None:
    (why,) = judge(changed).broken
    assert words in why


def told(id: str, sequence: str, name: str | None) -> Record:
    """What an importer publishes of a record; None: it is gone."""
    value = name and json.dumps({"record": {"vendor_id": id, "name": name}}).encode()
    return Record("", 0, 0, f"c1|900001|{id}", (("ce_sequence", sequence.encode()),), value or None)


def test_a_consumer_believes_the_highest_sequence_and_the_late_ones_are_counted() -> None:
    records = [told("a", "1", "Old"), told("b", "2", "Gone soon"), told("a", "3", "New"), told("a", "2", "Late")]
    assert believed([*records, told("b", "4", None)]) == Believed({"c1": {"a": "New"}}, late=1)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"a": "Old", "b": "B"}, "a is New in the books, Old to consumers"),
        ({"a": "New"}, "b is B in the books, None to consumers"),
        ({"a": "New", "b": "B", "c": "C"}, "c is None in the books, C to consumers"),
    ],
)
def test_what_consumers_do_not_believe_as_the_package_has_it_is_broken(names: dict[str, str], words: str) -> None:
    (why,) = differences("relation", {"c1": names}, {"c1": {"a": "New", "b": "B"}})
    assert words in why


def test_a_connection_of_which_nothing_was_told_is_not_as_its_books() -> None:
    assert list(differences("relation", {}, {"c1": {"a": "A"}}))
    assert not list(differences("relation", {"c1": {"a": "A"}}, {"c1": {"a": "A"}}))


def test_kills_that_hit_nobody_at_work_prove_nothing() -> None:
    killed = Killed()
    killed.times |= {"exporter": 3, "importer": 2}
    killed.at_work["exporter"] = 1
    found = killed.findings(Findings())
    assert (found.faults, found.broken) == (5, ["no importer was killed at work, so nothing was proved of it"])


def test_freezes_that_hit_nobody_at_work_prove_nothing() -> None:
    assert of_freezes(Findings(), 5, 5) == Findings(faults=5)
    found = of_freezes(Findings(), 5, 3)
    assert (found.faults, found.broken) == (3, ["2 times nobody held a lane, so nothing was proved"])
