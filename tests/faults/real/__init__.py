"""The real thing: real Kafka, both stores, services as processes that are killed, frozen and cut off.

`run` is this part of `make faults`; `trials.py` lists what is tried, and each kind of fault has a module of its name.
"""

import time
from collections.abc import Callable

from shared import log
from tests.faults.real.books import Findings
from tests.faults.real.ground import Ground, ground
from tests.faults.real.trials import FULL, SHORT, Trial, trials
from tests.faults.tally import Tally

LONGEST = 6_000
"""Characters of what a failed trial says: the logs of its processes are long."""


async def run(full: bool, say: Callable[[str], None]) -> Tally:
    """Play all trials one after the other; `say` gets a line for each."""
    log.configure("CRITICAL", as_json=False)  # Kafka's client complains while Kafka is away, and that is often
    total = Tally()
    with ground() as stands:
        for trial in trials(FULL if full else SHORT, say):
            total += await _played(trial, stands, say)
    return total


async def _played(trial: Trial, stands: Ground, say: Callable[[str], None]) -> Tally:
    begun = time.monotonic()
    try:
        found = await trial.play(stands)
    except AssertionError as error:  # it never became quiet, or a process ended that should not
        found = Findings(broken=[str(error)[:LONGEST]])
    say(f"{trial.title}: {found} ({time.monotonic() - begun:.0f} s)")
    return found.tally(points=trial.faults, runs=1)
