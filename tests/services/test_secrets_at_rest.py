"""What a thief of the store gets: no token, no secret. Read from the raw files and documents, not through the port."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pymongo
import pytest

from shared.store import Store
from tests.conftest import mongo_address
from tests.factories import completed, make_work_order
from tests.syncs import synced
from tests.world import KEY, World, make_world


def whole_file(folder: Path) -> str:
    return "".join(path.read_bytes().decode(errors="replace") for path in sorted(folder.glob("store.db*")))


def whole_database(folder: Path) -> str:
    with pymongo.MongoClient(mongo_address(folder)) as client:
        database = client.get_default_database()
        return str([list(database[name].find()) for name in database.list_collection_names()])


@pytest.fixture
def dumped(store: Store, tmp_path: Path) -> Callable[[], str]:
    """All that is stored, as a backup would hold it."""
    dump = whole_file if (tmp_path / "store.db").exists() else whole_database
    return lambda: dump(tmp_path)


async def tokens_of(world: World, grant: str) -> set[str]:
    sealed = (await world.hub.grants.get(grant)).sealed
    return set(json.loads(world.hub.keys.open(sealed)).values())


async def test_a_backup_of_the_store_holds_no_token_and_no_secret(store: Store, dumped: Callable[[], str]) -> None:
    world = make_world(store)
    connection = await synced(world)
    secrets = await tokens_of(world, connection.grant)
    await world.publish(completed(make_work_order()))
    world.sandbox.fail_next(500, match="salesorder", times=2)
    await world.quiet("export")
    world.sandbox.clock.advance(timedelta(seconds=595))
    await world.hub.grants.access_token(connection.grant)
    secrets |= await tokens_of(world, connection.grant)
    secrets |= {KEY, world.settings.access(world.connector).client_secret.get_secret_value()}
    stored = dumped()
    assert len(secrets) == 6
    assert "Anouk de Vries" in stored, "the dump is really read"
    assert (await world.hub.grants.get(connection.grant)).sealed in stored
    assert [secret for secret in secrets if secret in stored] == []
