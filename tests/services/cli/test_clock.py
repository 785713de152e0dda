"""A machine whose clock is far from the store's may look, but changes nothing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared import clock
from shared.store.sqlite import SqliteStore
from tests.services.cli.support import fieldledger


@pytest.fixture(autouse=True)
def _clock_is_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    async def now(_store: SqliteStore) -> datetime:
        return clock.now() - timedelta(minutes=20)

    monkeypatch.setattr(SqliteStore, "now", now)


@pytest.mark.parametrize(
    "command",
    [
        "connections connect --connector exact_online --tenant acme", "connections set c journal=70",
        "connections start-exports c --from 2026-01-01", "connections licence c ended", "connections pause c",
        "connections resume c", "connections disconnect c --yes", "mappings set c vat_codes 21=4",
        "exports send c --all", "exports send-again e", "exports it-is-there e --number 1", "exports leave-out e",
        "exports not-there e", "exports move c --none", "sync --connection c", "reconcile --connection c",
        "replay --connector exact_online --dead", "ledger restored --since 2026-11-20T03:00", "ledger go-on",
        "ledger trust", "keys rotate",
    ],
)  # fmt: skip
async def test_a_command_that_changes_something_is_refused(command: str) -> None:
    said = await fieldledger(*command.split())
    assert (said.code, said.out) == (2, "")
    assert "This machine's clock is" in said.err, said.err


async def test_documents_are_not_published(tmp_path: Path) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text("[]")
    said = await fieldledger("events", "publish", str(file), "--tenant", "acme", "--type", "workorder")
    assert "This machine's clock is" in said.err, said.err


@pytest.mark.parametrize("command", ["connections list", "exports list", "ledger status"])
async def test_a_command_that_looks_is_not(command: str) -> None:
    assert (await fieldledger(*command.split())).code == 0
