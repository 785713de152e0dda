"""The real thing, small: each kind of fault once. `make faults` plays these trials and more, at length."""

from collections.abc import Iterator
from datetime import date

import pytest

from shared.ledger.states import MAX_CRASHES
from tests.faults.real.books import ledger, orders
from tests.faults.real.ground import Ground
from tests.faults.real.ground import ground as standing
from tests.faults.real.kills import concluded
from tests.faults.real.place import publish, until
from tests.faults.real.trials import SMALL, Trial, trials
from tests.kafka.installation import ORDERS

pytestmark = pytest.mark.kafka
TRIALS = [trial for trial in trials(SMALL) if trial.everyday]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with standing() as made:
        yield made


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.title)
async def test_every_document_is_in_the_books_once_and_every_promise_is_kept(trial: Trial, ground: Ground) -> None:
    found = await trial.play(ground)
    assert found.tally.clean, str(found)


async def test_what_stopped_its_workers_is_settled_and_what_was_refused_is_left_to_the_judge(ground: Ground) -> None:
    async with ground.on_sqlite() as here:
        (connection,) = await here.connect(1, exports_from=None)
        unlucky, refused = published = orders([connection], 2)
        await here.services.start("exporter")
        await publish(here, published)

        async def taken_in() -> bool:
            return len(await ledger(here)) == len(published)

        await until(here, taken_in, "both are in the ledger")
        (entry,) = [entry for entry in await ledger(here) if entry.number == unlucky.number]
        await here.hub.entries.change(entry.id, lambda now: now.model_copy(update={"crashes": MAX_CRASHES}))
        here.sandbox.fail_next(400, body="no", match=ORDERS, method="POST")
        await here.hub.connections.start_exports(connection.id, date(2026, 1, 1))
        found = await concluded(here, published)
        assert (found.double, found.lost) == ([], [])
        assert [why.partition(":")[0] for why in found.broken] == [f"{refused.number} is refused"]
