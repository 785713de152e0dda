"""Writes the generated parts of the docs: `make docs`. Tests fail when they are not up to date.

`python -m docs.generate --release` also promises the event contract as it is now to whoever reads and writes it.
"""

import sys
from pathlib import Path

from docs.generator import contract
from docs.generator.compatibility import breaks
from docs.generator.matrix import matrix
from docs.generator.operations import compose_services, metrics_table
from docs.generator.tables import reference
from shared.ledger.states import transition_tables
from shared.store.collections import COLLECTIONS

HERE = Path(__file__).parent
CONTRACT = HERE / "contract"
MARKERS = {
    ".md": ("<!-- generated: begin -->", "<!-- generated: end -->"),
    ".yaml": ("  # generated: begin", "  # generated: end"),
}


def store_table() -> str:
    """Which service writes which collection, as Markdown."""
    rows = [f"| `{one.name}` | {one.holds} | {', '.join(one.writers)} |" for one in COLLECTIONS]
    return "\n".join(["| Collection | Holds | Written by |", "|---|---|---|", *rows])


GENERATED = {
    "exactly-once.md": transition_tables,
    "operations.md": metrics_table,
    "platform.md": reference,
    "store.md": store_table,
    "../README.md": matrix,
    "../deploy/compose.yaml": compose_services,
}


def main(*flags: str) -> str | None:
    """Replace what stands between the markers, and write the contract; what keeps it from being released."""
    for name, text in GENERATED.items():
        page = HERE / name
        begin, end = MARKERS[page.suffix]
        before, _, rest = page.read_text().partition(begin)
        _, _, behind = rest.partition(end)
        page.write_text(f"{before}{begin}\n\n{text()}\n\n{end}{behind}")
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
