"""docs/faults.md: what a run of all parts found, for everybody to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from shared import connectors
from tests.faults.matrix.scripts import TELLING, UNLIKE
from tests.faults.matrix.stories import REFERENCE
from tests.faults.tally import Tally

FILE = Path(__file__).parents[2] / "docs" / "faults.md"

_HEAD = """# The matrix: what was broken, and what came of it

Written by `make faults` ({how}); its last line said:

```
{line}
```

`points` are the named places of the protocol at which a process was killed or suspended (before or behind a write to
the store, to Kafka or to the package), and in the real part how often something was killed, frozen or taken away;
`scripts` are the bad days of the package; `runs` installations that were run until all was quiet; `seeds` random
histories of the simulation. `duplicates` and `lost` are counted in the pretend package's own memory, never in ours.
`violations` are all other broken promises: the ledger and the books differ, the platform was told something else, too
many calls, a token lost.

{parts}

Again: `make faults`, or `make faults FULL=1`; `python -m tests.faults --only matrix` runs one part.
Every connector goes through every story that fits what it declares. In a short run a document of {reference} goes
through all scripts, everything else through a few that stay the same. With `FULL=1`

- renewals, imports and callbacks of every connector, and documents and customers of {reference}, go through all of
  theirs;
- documents of the others, and what follows one of {reference}, through the {unlike} of which no other is a variant;
- what is left goes through {telling}: {told};
- the process dies twice in one document of {reference}, at every two points.

Nothing else is chosen by hand: the points are the arrows that an undisturbed run passes, before and behind every write.
Behind one write and before the next nothing durable differs, so a process is killed once between them.

In the tables `ok` means: once in the books, whole, and everything agrees. `refused`: the package said no in its own
words, so it is not there, or what follows it is missing; `unsure`: the owner is asked, after three tries that were
left in doubt. Both wait visibly, with a reason. `asks`: the owner had to log in again, then all was well. `·`: under
that script no run passes this point.
"""

_TAIL = """## What is not proven

- A package that carries a write out later than its longest processing time, or whose search shows it later than the
  second look-up: the document would be sent twice. Both are bounded by waiting, and by two resends.
- A machine that is suspended (not merely slow) between the stored `sending` and the first byte, and wakes after another
  has taken over, looked up and sent: the package cannot check our fence. A stopped process whose clock goes on ends its
  call by itself.
- A renewed token whose answer is lost on its way, where the package kills the old one at once: nobody can know the new
  one. The lane rests, the owner logs in again, and everything goes on (`asks` in the tables).
- A record that a stopped importer sends to Kafka behind a newer one of its successor. Consumers that go by `sequence`,
  as the contract asks, ignore it; where compaction has removed the newer one by then, a consumer that reads from the
  beginning sees the older until the record changes again.
- That the pretend packages behave as the real ones do. They follow the fact sheets; where those are silent, so are we.
- That MongoDB behaves as the server of these runs does, where that was another one (see the part "Real").
- Two failures at once of parts that promise durability: a disk that forgets what it confirmed, a Kafka that loses
  acknowledged messages.
"""


@dataclass(frozen=True)
class Part:
    """One part that ran, in `seconds`, and what it has to show besides its numbers."""

    name: str
    tally: Tally
    seconds: int
    section: str = ""


def text(parts: Sequence[Part], *, full: bool) -> str:
    """The whole page."""
    total = sum((part.tally for part in parts), start=Tally())
    head = _HEAD.format(
        how="`FULL=1`" if full else "the short run",
        line=total.line(),
        parts=_numbers(parts),
        reference=connectors.get(REFERENCE).title,
        unlike=len(UNLIKE),
        telling=len(TELLING),
        told=", ".join(TELLING),
    )
    sections = [f"## {part.name.capitalize()}\n\n{part.section}\n" for part in parts if part.section]
    return "\n".join([head, *sections, _TAIL])


def _numbers(parts: Sequence[Part]) -> str:
    names = [field.name for field in fields(Tally)]
    rows = [
        f"| {part.name} | {' | '.join(f'{getattr(part.tally, name):,}' for name in names)} | {part.seconds} |"
        for part in parts
    ]
    return "\n".join([f"| part | {' | '.join(names)} | seconds |", "|---" * (len(names) + 2) + "|", *rows])
