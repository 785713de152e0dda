"""`fieldledger keys`: new keys without a new login."""

import pytest
from cryptography.fernet import Fernet

from shared.keys import KeyRing
from shared.schemas.connections import Connection
from tests.services.cli.support import fieldledger
from tests.world import KEY, World


async def test_rotate_says_how_many_and_afterwards_the_new_key_is_enough(
    world: World, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Fernet.generate_key().decode()
    monkeypatch.setenv("FIELDLEDGER_KEYS", f"{new},{KEY}")
    said = await fieldledger("keys", "rotate", "--json")
    assert (said.code, said.rows) == (0, [{"resealed": 1, "current": 0}])
    assert "1 of 1 logins were encrypted again with the newest key" in said.err
    assert "can be taken out of FIELDLEDGER_KEYS" in said.err
    assert "access" in KeyRing([new]).open((await world.hub.grants.get(connection.grant)).sealed)
    assert (await fieldledger("keys", "rotate", "--json")).rows == [{"resealed": 0, "current": 1}]


async def test_rotate_without_the_key_of_a_token_says_what_to_put_back(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDLEDGER_KEYS", Fernet.generate_key().decode())
    said = await fieldledger("keys", "rotate")
    assert said.code == 2
    assert "put the key it was sealed with back" in said.err
