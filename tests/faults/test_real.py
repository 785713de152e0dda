"""The real thing, small: each kind of fault once. `make faults` plays these trials and more, at length."""

from collections.abc import Iterator

import pytest

from tests.faults.real.ground import Ground
from tests.faults.real.ground import ground as standing
from tests.faults.real.trials import SMALL, Trial, trials

pytestmark = pytest.mark.kafka
TRIALS = [trial for trial in trials(SMALL, print) if trial.everyday]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with standing() as made:
        yield made


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.title)
async def test_every_document_is_in_the_books_once_and_every_promise_is_kept(trial: Trial, ground: Ground) -> None:
    found = await trial.play(ground)
    assert found.tally().clean, str(found)
