"""Which store a setting means, and that its password is shown to nobody."""

import pytest

from shared.errors import Misconfigured
from shared.keys import KeyRing
from shared.runtime import make_store
from shared.settings import Settings
from shared.store.mongo import MongoStore
from shared.store.sqlite import SqliteStore
from tests.world import KEY

ADDRESS = "mongodb://books:pa55word@127.0.0.1:1/fieldledger"


def settings(store, **given):
    return Settings(_env_file=None, store=store, **given)


@pytest.mark.parametrize(
    ("store", "adapter"),
    [("sqlite:///books.db", SqliteStore), (ADDRESS, MongoStore), ("mongodb+srv://db.example/books", MongoStore)],
)
def test_the_scheme_chooses_the_adapter(store, adapter):
    assert type(make_store(settings(store))) is adapter


@pytest.mark.parametrize("store", ["postgres://books:pa55word@host/db", "books.db", "sqlite:books.db", "mongodb:/x"])
def test_any_other_scheme_is_refused_without_repeating_the_address(store):
    with pytest.raises(Misconfigured, match=r"must look like sqlite:///fieldledger\.db or mongodb://HOST") as raised:
        make_store(settings(store))
    assert "pa55word" not in str(raised.value)


def test_the_password_of_the_store_is_not_shown_with_the_settings():
    assert "pa55word" not in repr(settings(ADDRESS)) + str(settings(ADDRESS)) + repr(make_store(settings(ADDRESS)))


def test_mongodb_wants_keys_in_the_setting_since_machines_share_no_key_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misconfigured, match="With a MongoDB store, set FIELDLEDGER_KEYS"):
        KeyRing.from_settings(settings(ADDRESS))
    assert list(tmp_path.iterdir()) == []
    assert KeyRing.from_settings(settings(ADDRESS, keys=KEY)).open(KeyRing([KEY]).seal("x")) == "x"
