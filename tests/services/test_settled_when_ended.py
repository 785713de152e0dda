"""The owner says of an ended connection "it is there": what hangs on the document is done once it is live again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared import moving
from shared.ledger.states import MAX_CRASHES
from shared.login import disconnect
from shared.mapping import Receipt
from shared.moving import left_behind
from shared.schemas.documents import Invoice, WorkOrder
from tests.trial import PDF_URL, Files, Trial, a_credit_note, an_invoice, an_order, trying
from tests.trial_connector import ATTACHING, CLOSING, ORDERS


@pytest.fixture
async def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    async with trying(tmp_path, monkeypatch, CLOSING, ATTACHING, pdf_hosts=("https://files.example.com",)) as made:
        made.files = Files()
        await made.connected()
        yield made


async def answer_lost(trial: Trial, *documents: WorkOrder | Invoice) -> None:
    """The first of these is made in the package, and no answer comes."""
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.take_in(*documents)
    await trial.world.quiet("export", patience=0.0)


async def told_that_it_is_there(trial: Trial) -> None:
    """The connection ends with one document in doubt, and the owner finds that one in the books."""
    ended = await disconnect(trial.hub, trial.connection.id)
    (doubted,) = [one for one in await left_behind(trial.hub, ended) if one.doubtful]
    made = trial.sandbox.memory()["sales_orders"][-1]
    await moving.settle(trial.hub, doubted.entry, Receipt(made["OrderID"], str(made["OrderNumber"])))


async def live_again(trial: Trial) -> None:
    await trial.connected(exports_from=None)
    await trial.settled()


async def test_what_belongs_to_the_document_is_finished(trial: Trial) -> None:
    await answer_lost(trial, an_order(pdf_url=PDF_URL))
    await told_that_it_is_there(trial)
    assert ((await trial.entry()).state, trial.notes) == ("confirmed", [])
    await live_again(trial)
    assert (trial.orders, trial.notes) == (["WO-1"], ["closed WO-1", "pdf WO-1"])
    assert not (await trial.entry()).follow_ups_due


async def test_it_is_finished_though_making_it_stopped_its_worker_again_and_again(trial: Trial) -> None:
    await answer_lost(trial, an_order())
    entry = await trial.entry()
    await trial.hub.entries.change(entry.id, lambda now: now.model_copy(update={"crashes": MAX_CRASHES}))
    await told_that_it_is_there(trial)
    await live_again(trial)
    assert trial.notes == ["closed WO-1"]


async def test_a_credit_note_that_waited_for_the_invoice_goes(trial: Trial) -> None:
    await answer_lost(trial, an_invoice(), a_credit_note())
    await told_that_it_is_there(trial)
    await live_again(trial)
    assert ((await trial.entry("C-1")).state, trial.orders) == ("confirmed", ["I-1", "C-1"])


async def test_work_that_a_credit_note_took_back_is_billed_anew(trial: Trial) -> None:
    await trial.publish(an_invoice(work_order="w"))
    await trial.publish(an_invoice("I-2", work_order="w"))
    await answer_lost(trial, a_credit_note())
    await told_that_it_is_there(trial)
    await live_again(trial)
    assert ((await trial.entry("I-2")).state, trial.orders) == ("confirmed", ["I-1", "C-1", "I-2"])
