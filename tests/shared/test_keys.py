import os
import stat
import traceback
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from shared.errors import Misconfigured
from shared.keys import KeyRing
from shared.settings import Settings

OLD, NEW, OTHER = (urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n", b"x"))
SECRET = "refresh-token ☃"


@pytest.fixture
def settings(tmp_path):
    """Settings without keys, and with their store in an empty folder."""
    return lambda **given: Settings(_env_file=None, store=f"sqlite:///{tmp_path}/books.db", **given)


# sealing and rotating


def test_what_is_sealed_can_be_opened_and_does_not_show_the_text():
    ring = KeyRing([NEW])
    sealed = ring.seal(SECRET)
    assert ring.open(sealed) == SECRET
    assert "refresh" not in sealed
    assert ring.seal(SECRET) != sealed


def test_older_keys_still_open_and_the_newest_seals():
    sealed_before = KeyRing([OLD]).seal(SECRET)
    ring = KeyRing([NEW, OLD])
    assert ring.open(sealed_before) == SECRET
    assert KeyRing([NEW]).open(ring.seal(SECRET)) == SECRET


def test_rotating_seals_again_under_the_newest_key():
    before = KeyRing([OLD]).seal(SECRET)
    ring = KeyRing([NEW, OLD])
    after = ring.rotate(before)
    assert (ring.is_current(before), ring.is_current(after)) == (False, True)
    assert KeyRing([NEW]).open(after) == SECRET


def test_what_is_no_sealed_text_is_not_current():
    assert not KeyRing([NEW]).is_current("plain")


@pytest.mark.parametrize("sealed", [KeyRing([OTHER]).seal(SECRET), "", "not sealed", SECRET], ids=range(4))
@pytest.mark.parametrize("call", [KeyRing.open, KeyRing.rotate])
def test_what_no_key_fits_is_refused_in_words_that_help(call, sealed):
    with pytest.raises(Misconfigured, match="put the key it was sealed with back, behind the newer ones"):
        call(KeyRing([NEW, OLD]), sealed)


def test_a_changed_sealed_text_is_refused():
    sealed = KeyRing([NEW]).seal(SECRET)
    changed = sealed[:30] + ("A" if sealed[30] != "A" else "B") + sealed[31:]
    with pytest.raises(Misconfigured):
        KeyRing([NEW]).open(changed)


# the setting


def test_keys_come_from_the_setting_newest_first(settings, tmp_path):
    ring = KeyRing.from_settings(settings(keys=f"{NEW}, {OLD}"))
    assert KeyRing([NEW]).open(ring.seal(SECRET)) == SECRET
    assert ring.open(KeyRing([OLD]).seal(SECRET)) == SECRET
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", ["", " , "])
def test_an_empty_setting_is_refused(settings, keys):
    with pytest.raises(Misconfigured, match="set FIELDLEDGER_KEYS"):
        KeyRing.from_settings(settings(keys=keys))


@pytest.mark.parametrize("bad", ["my-password", NEW[:-4], NEW[8:], "☃" * 44], ids=range(4))
def test_what_is_no_key_is_named_by_its_place_and_never_shown(settings, bad):
    with pytest.raises(Misconfigured, match="Key 2 of FIELDLEDGER_KEYS is not a Fernet key") as raised:
        KeyRing.from_settings(settings(keys=f"{NEW},{bad}"))
    shown = "".join(traceback.format_exception(raised.value))
    assert bad not in shown
    assert NEW not in shown


def test_no_secret_stands_in_what_is_printed():
    ring = KeyRing([NEW, OLD])
    for shown in (repr(ring), str(ring), f"{ring}"):
        assert shown == "<KeyRing of 2>"


def test_no_secret_stands_in_the_error_of_a_text_no_key_fits():
    sealed = KeyRing([OTHER]).seal(SECRET)
    with pytest.raises(Misconfigured) as raised:
        KeyRing([NEW]).open(sealed)
    shown = "".join(traceback.format_exception(raised.value))
    assert not any(secret in shown for secret in (sealed, NEW, SECRET))


# the key file


def test_without_the_setting_a_key_file_is_made_beside_the_store_and_used_from_then_on(settings, tmp_path):
    sealed = KeyRing.from_settings(settings()).seal(SECRET)
    assert [path.name for path in tmp_path.iterdir()] == ["books.db.key"]
    assert KeyRing.from_settings(settings()).open(sealed) == SECRET


def test_a_key_file_that_exists_is_only_read_so_its_folder_may_be_read_only(settings, tmp_path):
    (tmp_path / "books.db.key").write_text(NEW)
    os.utime(tmp_path, (0, 0))
    KeyRing.from_settings(settings())
    assert tmp_path.stat().st_mtime == 0


def test_the_key_file_is_for_its_owner_only(settings, tmp_path):
    KeyRing.from_settings(settings())
    assert stat.S_IMODE((tmp_path / "books.db.key").stat().st_mode) == 0o600


def test_a_new_first_line_in_the_key_file_rotates_the_keys(settings, tmp_path):
    sealed = KeyRing.from_settings(settings()).seal(SECRET)
    file = tmp_path / "books.db.key"
    file.write_text(f"{NEW}\n{file.read_text()}")
    ring = KeyRing.from_settings(settings())
    assert ring.is_current(ring.rotate(sealed))
    assert KeyRing([NEW]).open(ring.rotate(sealed)) == SECRET


def test_all_who_start_at_once_use_the_same_new_key(settings, tmp_path):
    together = Barrier(16)

    def start(_):
        together.wait(30)
        return KeyRing.from_settings(settings()).seal(SECRET)

    with ThreadPoolExecutor(16) as pool:
        sealed = list(pool.map(start, range(16)))
    ring = KeyRing.from_settings(settings())
    assert [ring.open(one) for one in sealed] == [SECRET] * 16
    assert [path.name for path in tmp_path.iterdir()] == ["books.db.key"]


def test_a_key_file_that_cannot_be_used_is_named(settings, tmp_path):
    (tmp_path / "books.db.key").mkdir()
    with pytest.raises(Misconfigured, match=r"books\.db\.key cannot be used"):
        KeyRing.from_settings(settings())


def test_an_empty_key_file_is_refused_rather_than_replaced(settings, tmp_path):
    (tmp_path / "books.db.key").touch()
    with pytest.raises(Misconfigured, match="There is no key"):
        KeyRing.from_settings(settings())
    assert (tmp_path / "books.db.key").read_text() == ""
