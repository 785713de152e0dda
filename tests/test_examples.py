"""The examples of the docs are what the docs say they are."""

import json
import re
from pathlib import Path

from typer.main import get_command

from services.cli import app
from shared.schemas.documents import WorkOrder

DOCS = Path(__file__).parent.parent / "docs"


def test_the_example_work_orders_are_readable_events() -> None:
    orders = json.loads((DOCS / "examples" / "workorders.json").read_text())
    assert [WorkOrder.model_validate(order).number for order in orders] == ["WB-77", "WB-78"]


def test_every_command_in_the_docs_exists() -> None:
    texts = [*DOCS.glob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]
    lines = [line for text in texts for line in re.findall(r"fieldledger ((?:[a-z][a-z-]+ ?)+)", text.read_text())]
    assert lines
    for line in lines:
        command = get_command(app)
        for word in line.split():
            if not hasattr(command, "commands"):
                break
            assert word in command.commands, f"there is no `fieldledger {line.strip()}`"
            command = command.commands[word]
