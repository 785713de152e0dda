"""The real thing: real Kafka, both stores, services as processes that are killed, frozen and cut off.

`run` and `report` are this part of `make faults`; `trials.py` lists what is tried, and each kind of fault has a module
of its name.
"""

import time
from collections.abc import Callable, Sequence

from shared import log
from tests.faults.real.books import Findings
from tests.faults.real.ground import Ground, ground
from tests.faults.real.markdown import Played, markdown
from tests.faults.real.trials import FULL, SHORT, Trial, trials
from tests.faults.tally import Tally

LONGEST = 6_000
"""Characters of what a failed trial says: the logs of its processes are long."""


async def run(full: bool, say: Callable[[str], None]) -> Tally:
    """Play all trials one after the other; `say` gets a line for each."""
    tally, _ = await report(full, say)
    return tally


async def report(full: bool, say: Callable[[str], None]) -> tuple[Tally, str]:
    """The trials, and their table for the published report."""
    log.configure("CRITICAL", as_json=False)  # Kafka's client complains while Kafka is away, and that is often
    with ground() as stands:
        played = await play(trials(FULL if full else SHORT), stands, say)
    return sum((one.found.tally for one in played), start=Tally()), markdown(played, stands.servers)


async def play(chosen: Sequence[Trial], stands: Ground, say: Callable[[str], None]) -> Sequence[Played]:
    """These trials, whatever becomes of those before."""
    return [await _played(trial, stands, say) for trial in chosen]


async def _played(trial: Trial, stands: Ground, say: Callable[[str], None]) -> Played:
    begun = time.monotonic()
    try:
        found = await trial.play(stands)
    except Exception as error:  # noqa: BLE001  # it never became quiet, a process ended that should not, we have a bug
        found = Findings(broken=[f"{type(error).__name__}: {error}"[:LONGEST]])
    played = Played(trial.title, found, int(time.monotonic() - begun))
    say(f"{trial.title}: {'; '.join([str(found), *found.notes])} ({played.seconds} s)")
    return played
