"""What tests share. A store adapter is one line of `STORES`, and passes every test that asks for a store."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.store import Store
from shared.store.sqlite import SqliteStore

STORES: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SqliteStore(folder / "store.db")}
"""Adapter -> how to make a store, not yet opened. The same folder always leads to the same documents."""


@pytest.fixture(params=STORES)
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Makes one more client of this test's store."""
    return lambda: STORES[request.param](tmp_path)


@pytest.fixture
async def store(new_store: Callable[[], Store]) -> AsyncIterator[Store]:
    """An empty store, opened; closed when the test is over."""
    made = new_store()
    await made.open()
    yield made
    await made.close()
