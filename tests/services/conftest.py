"""What the tests of the exporter share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.trial import Trial, trying


@pytest.fixture
async def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    """A world with the trial connector, nothing following behind its documents."""
    async with trying(tmp_path, monkeypatch) as made:
        yield made
