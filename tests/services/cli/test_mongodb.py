"""The commands on a MongoDB store: the setting is all it takes."""

from pathlib import Path

import pytest

from tests.conftest import forget, mongo_address
from tests.services.cli.support import fieldledger


@pytest.fixture
def address(mongodb: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = mongo_address(tmp_path)
    monkeypatch.setenv("FIELDLEDGER_STORE", address)
    return address


async def test_doctor_finds_the_store_and_every_command_works_on_it(address: str, tmp_path: Path) -> None:
    doctor = await fieldledger("doctor", "--json")
    (store,) = [row for row in doctor.rows if row["what"] == "store"]
    assert store["level"] == "ok"
    assert store["says"] == f"{address} opens and can be written"
    said = await fieldledger("connections", "list")
    assert (said.code, said.out) == (0, "")
    assert list(tmp_path.glob("*.db*")) == []
    forget(tmp_path)


async def test_doctor_shows_no_password_of_a_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDLEDGER_STORE", "mongodb://books:pa55word@127.0.0.1:1/?serverSelectionTimeoutMS=50")
    doctor = await fieldledger("doctor", "--json")
    (store,) = [row for row in doctor.rows if row["what"] == "store"]
    assert store["level"] == "wrong"
    assert "books:***@127.0.0.1:1" in store["says"]
    assert "pa55word" not in doctor.out + doctor.err
