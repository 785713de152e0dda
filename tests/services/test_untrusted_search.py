"""Where a package's search may miss what is there, a lost answer is a question to the owner, never a second try."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared import connectors
from tests.trial import PDF_URL, Files, Trial, an_order, trying
from tests.trial_connector import ACCOUNTS, ATTACHING, CLOSING, CUSTOMER, NOTES, ORDERS


@pytest.fixture
async def blind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    """A trial whose searches prove nothing, of documents, what they need, and what follows them."""
    closing, attaching = (replace(one, find_proves_absence=False) for one in (CLOSING, ATTACHING))
    async with trying(tmp_path, monkeypatch, closing, attaching, pdf_hosts=("https://files.example.com",)) as trial:
        made = connectors.get("exact_online")
        customer = replace(CUSTOMER, find_proves_absence=False)
        exports = {
            key: replace(how, find_proves_absence=False, ensures=(customer,)) for key, how in made.exports.items()
        }
        monkeypatch.setattr(connectors, "get", lambda _name: replace(made, exports=exports))
        trial.files = Files()
        await trial.connected()
        yield trial


@pytest.mark.parametrize("path", [ORDERS, ACCOUNTS, NOTES], ids=["document", "what it needs", "what follows it"])
async def test_an_unanswered_write_that_is_not_found_is_sent_once_and_then_the_owner_is_asked(
    blind: Trial, path: str
) -> None:
    blind.sandbox.fail_next(match=path, method="POST", kind="cut", when="before")
    await blind.publish(an_order())
    assert (await blind.entry()).state == "unsure"
    assert blind.calls("POST", path) == 1
    (outcome,) = blind.outcomes("WO-1")
    assert outcome.result == "unsure"
    assert "no answer came" in (outcome.reason or "")
    assert (await blind.told())[-1].endswith("Look in Exact Online: if it is there, say so; if not, send it again.")


async def test_before_the_owner_is_asked_the_package_gets_its_longest_processing_time(blind: Trial) -> None:
    blind.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await blind.take_in(an_order())
    await blind.one_turn()
    assert (await blind.entry()).state == "waiting"


async def test_what_is_found_all_the_same_is_taken_over_without_a_question(blind: Trial) -> None:
    blind.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await blind.publish(an_order())
    assert ((await blind.entry()).state, blind.orders) == ("confirmed", ["WO-1"])


async def in_doubt(blind: Trial, when: Any) -> None:
    blind.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when=when)
    blind.sandbox.fail_next(200, body='{"d": {"results": []}}', match=ORDERS, method="GET", times=1)
    await blind.publish(an_order())
    assert (await blind.entry()).state == "unsure"


async def test_send_again_sends_it_once_more(blind: Trial) -> None:
    await in_doubt(blind, "before")
    await blind.say(await blind.entry())
    await blind.settled()
    assert ((await blind.entry()).state, blind.orders) == ("confirmed", ["WO-1"])


async def test_it_is_there_is_believed_also_by_its_number_alone(blind: Trial) -> None:
    await in_doubt(blind, "after")
    await blind.say(await blind.entry(), reason="it_is_there", vendor_number="20260001")
    await blind.settled()
    entry = await blind.entry()
    assert (entry.state, entry.vendor_number, blind.orders) == ("confirmed", "20260001", ["WO-1"])


async def test_an_optional_one_in_doubt_is_a_warning_and_its_document_stays_in_the_books(blind: Trial) -> None:
    blind.sandbox.fail_next(match=NOTES, method="POST", kind="cut", when="before", skip=1)
    await blind.publish(an_order(pdf_url=PDF_URL))
    assert ((await blind.entry()).state, blind.notes) == ("confirmed", ["closed WO-1"])
    assert any("attaching its PDF failed: no answer came" in line for line in await blind.told())
