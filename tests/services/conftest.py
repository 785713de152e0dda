"""What the tests of the services share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.connectors.contract import synced
from tests.doorbell import Doorbell, closed, opened
from tests.trial import Trial, trying


@pytest.fixture
async def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    """A world with the trial connector, nothing following behind its documents."""
    async with trying(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
async def billit(tmp_path: Path) -> AsyncIterator[Doorbell]:
    """An address of the connection's own, and calls that are signed with a time."""
    bell = await opened("billit", tmp_path)
    bell.connection = await synced(bell.world)
    yield bell
    await closed(bell)


@pytest.fixture
async def exact(tmp_path: Path) -> AsyncIterator[Doorbell]:
    """One address for the app, and calls that are signed with its secret."""
    bell = await opened("exact_online", tmp_path)
    bell.connection = await synced(bell.world)
    yield bell
    await closed(bell)
