"""The worker may die at any write to the store: still one document bills the work, and the other one says so."""

from typing import Any

import pytest

from shared.errors import StoreUnavailable
from shared.store.collections import CLAIMS, LEDGER, STEPS
from tests.trial import Trial, an_invoice, an_order
from tests.trial_connector import ORDERS

LEDGERS = {CLAIMS, LEDGER, STEPS}


def fails_at(trial: Trial, moment: int, done: bool) -> None:
    """The write of that number to any of the ledger's collections gets no answer."""
    store, writes = trial.hub.store, []
    update, insert = store.update, store.insert

    async def failing(call: Any, collection: str, *args: Any, **changes: Any) -> Any:
        if collection in LEDGERS:
            writes.append(collection)
            if len(writes) == moment + 1:
                if done:
                    await call(collection, *args, **changes)
                raise StoreUnavailable("no answer")
        return await call(collection, *args, **changes)

    store.update = lambda *args, **changes: failing(update, *args, **changes)  # type: ignore[method-assign]
    store.insert = lambda *args, **changes: failing(insert, *args, **changes)  # type: ignore[method-assign]


async def at_rest(trial: Trial) -> None:
    for _ in range(3):
        await trial.settled()
        await trial.hub.lanes.wake(trial.connection.id, "export")
    await trial.sweep()


@pytest.mark.parametrize("done", [True, False], ids=["answer lost", "write lost"])
@pytest.mark.parametrize("moment", range(18))
async def test_one_document_bills_the_work_wherever_the_store_goes_away(trial: Trial, moment: int, done: bool) -> None:
    await trial.connected()
    await trial.take_in(an_order(), an_invoice(work_order="row-WO-1"))
    fails_at(trial, moment, done)
    await at_rest(trial)
    assert len(trial.orders) == 1
    assert sorted({*trial.results("WO-1"), *trial.results("I-1")}) == ["exported", "skipped"]


@pytest.mark.parametrize("moment", range(0, 20, 2))
async def test_also_when_the_package_refused_the_first(trial: Trial, moment: int) -> None:
    await trial.connected()
    await trial.take_in(an_order(), an_invoice(work_order="row-WO-1"))
    trial.refuse(ORDERS)
    fails_at(trial, moment, done=False)
    await at_rest(trial)
    assert len(trial.orders) == 1
