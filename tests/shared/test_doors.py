"""Doors: an address that no one can guess, sealed secrets, and one change at a time."""

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from shared import connectors
from shared.doors import Doors, digest_of
from shared.errors import LostLease, Misconfigured
from shared.keys import KeyRing
from shared.schemas.connections import Administration, Connection
from shared.settings import Settings
from shared.store.collections import DOORS
from shared.webhooks import Hook

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
BASE = "https://hooks.example.com"


def a_connection(id="c-1", connector="billit", generation=1):
    return Connection(
        id=id,
        tenant="acme",
        connector=connector,
        grant="g",
        administration=Administration(code="7", name="Seven"),
        created=datetime(2026, 11, 20, tzinfo=UTC),
        generation=generation,
    )


@pytest.fixture
def doors(store):
    return Doors(store, KeyRing([OLD]))


async def test_every_door_has_an_address_of_its_own_and_is_opened_once(doors):
    first, again = await doors.open(a_connection(), BASE), await doors.open(a_connection(), BASE)
    other = await doors.open(a_connection("c-2"), BASE)
    assert first == again
    address, others = (doors.address(one, connectors.get("billit")) for one in (first, other))
    secret = address.removeprefix(f"{BASE}/callbacks/billit/c-1/")
    assert len(secret) == 43
    assert digest_of(secret) == first.digest
    assert not others.endswith(secret)


async def test_the_address_of_an_app_holds_no_secret(doors):
    door = await doors.open(a_connection(connector="exact_online"), BASE)
    assert doors.address(door, connectors.get("exact_online")) == f"{BASE}/callbacks/exact_online"
    assert await doors.of_administration("exact_online", "7") == [door]
    assert await doors.of_administration("billit", "7") == []


async def test_no_secret_is_stored_as_it_is(doors, store):
    door = await doors.open(a_connection(), BASE)
    known = doors.known(Hook("1", "Order U", "x", "very secret"))
    door = await doors.save(door, door.model_copy(update={"hooks": (known,)}))
    stored = str(await store.get(DOORS, "c-1"))
    assert "very secret" not in stored
    assert doors.address(door, connectors.get("billit")).rpartition("/")[2] not in stored
    assert list(doors.secrets(door)) == ["very secret"]
    assert "very secret" not in repr(Hook("1", "Order U", "x", "very secret"))


async def test_of_two_changes_at_once_the_second_is_refused(doors):
    door = await doors.open(a_connection(), BASE)
    await doors.save(door, door.model_copy(update={"tries": 1}))
    with pytest.raises(LostLease):
        await doors.save(door, door.model_copy(update={"tries": 2}))
    await doors.close(door)
    with pytest.raises(LostLease):
        await doors.save(door, door.model_copy(update={"tries": 3}))


async def test_after_a_rotation_of_keys_the_old_key_is_not_needed(doors, store):
    door = await doors.open(a_connection(), BASE)
    known = (doors.known(Hook("1", "Order U", "x", "very secret")), doors.known(Hook("2", "Order I", "x")))
    address = doors.address(await doors.save(door, door.model_copy(update={"hooks": known})), connectors.get("billit"))
    assert await Doors(store, KeyRing([NEW, OLD])).reseal() == 1
    assert await Doors(store, KeyRing([NEW, OLD])).reseal() == 0
    newest = Doors(store, KeyRing([NEW]))
    again = await newest.get("c-1")
    assert newest.address(again, connectors.get("billit")) == address
    assert list(newest.secrets(again)) == ["very secret"]
    with pytest.raises(Misconfigured):
        doors.secrets(again)


@pytest.mark.parametrize("url", ["http://hooks.example.com", "hooks.example.com", "ftp://x"])
def test_a_public_address_that_travels_in_the_open_is_refused(url):
    with pytest.raises(ValueError, match="https"):
        Settings(_env_file=None, public_url=url)


@pytest.mark.parametrize(
    ("given", "kept"), [(f"{BASE}/", BASE), ("http://127.0.0.1:8480", "http://127.0.0.1:8480"), ("", None)]
)
def test_a_public_address_is_kept_without_its_last_slash(given, kept):
    assert Settings(_env_file=None, public_url=given).public_url == kept
