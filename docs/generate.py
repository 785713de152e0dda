"""Writes the generated parts of the docs: `python -m docs.generate`. Tests fail when they are not up to date."""

from pathlib import Path

from shared.ledger.states import transition_tables
from shared.store.collections import COLLECTIONS

HERE = Path(__file__).parent
BEGIN = "<!-- generated: begin -->"
END = "<!-- generated: end -->"


def store_table() -> str:
    """Which service writes which collection, as Markdown."""
    rows = [f"| `{one.name}` | {one.holds} | {', '.join(one.writers)} |" for one in COLLECTIONS]
    return "\n".join(["| Collection | Holds | Written by |", "|---|---|---|", *rows])


GENERATED = {"exactly-once.md": transition_tables, "store.md": store_table}


def main() -> None:
    """Replace what stands between the markers."""
    for name, text in GENERATED.items():
        page = HERE / name
        before, _, rest = page.read_text().partition(BEGIN)
        _, _, behind = rest.partition(END)
        page.write_text(f"{before}{BEGIN}\n\n{text()}\n\n{END}{behind}")


if __name__ == "__main__":
    main()
