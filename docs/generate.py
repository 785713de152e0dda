"""Writes the generated parts of the docs: `make docs`. Tests fail when they are not up to date.

`python -m docs.generate --release` also promises the event contract as it is now to whoever reads and writes it.
"""

import sys
from pathlib import Path

from docs.generator import contract
from docs.generator.compatibility import breaks
from docs.generator.tables import reference
from shared.ledger.states import transition_tables
from shared.store.collections import COLLECTIONS

HERE = Path(__file__).parent
CONTRACT = HERE / "contract"
BEGIN = "<!-- generated: begin -->"
END = "<!-- generated: end -->"


def store_table() -> str:
    """Which service writes which collection, as Markdown."""
    rows = [f"| `{one.name}` | {one.holds} | {', '.join(one.writers)} |" for one in COLLECTIONS]
    return "\n".join(["| Collection | Holds | Written by |", "|---|---|---|", *rows])


GENERATED = {"exactly-once.md": transition_tables, "platform.md": reference, "store.md": store_table}


def main(*flags: str) -> str | None:
    """Replace what stands between the markers, and write the contract; what keeps it from being released."""
    for name, text in GENERATED.items():
        page = HERE / name
        before, _, rest = page.read_text().partition(BEGIN)
        _, _, behind = rest.partition(END)
        page.write_text(f"{before}{BEGIN}\n\n{text()}\n\n{END}{behind}")
    contract.write(CONTRACT)
    return _release(CONTRACT) if "--release" in flags else None


def _release(folder: Path) -> str | None:
    before = contract.released(folder)
    if before is not None and (broken := breaks(before, contract.present())):
        return "\n".join(["Not released, because this would break those who read or write:", *broken])
    contract.release(folder)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
