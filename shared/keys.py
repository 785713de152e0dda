"""The keys that secrets at rest are encrypted with: Fernet, the newest key seals, every key opens."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.errors import Misconfigured
from shared.settings import Settings


class KeyRing:
    """Seals and opens texts (tokens, secrets). Neither keys nor texts ever stand in its repr or errors."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: Fernet keys as text, newest first; `Misconfigured` when there is none or one is not a key."""
        if not keys:
            raise Misconfigured("There is no key to encrypt tokens with: set FIELDLEDGER_KEYS to a Fernet key.")
        fernets = [_fernet(key, number) for number, key in enumerate(keys, start=1)]
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)
        self._size = len(fernets)

    @classmethod
    def from_settings(cls, settings: Settings) -> "KeyRing":
        """Take the keys of `FIELDLEDGER_KEYS`, else of the file `<store>.key`, made at the first start.

        The file may hold several keys too, newest first, one per line. With MongoDB, which several machines use, there
        is no such file: `Misconfigured` then asks for the setting.
        """
        if settings.keys is not None:
            return cls(_split(settings.keys.get_secret_value()))
        if settings.on_mongodb:
            raise Misconfigured(
                "With a MongoDB store, set FIELDLEDGER_KEYS to the same Fernet keys on every machine: without them "
                "tokens cannot be encrypted."
            )
        return cls(_split(_key_file(settings.sqlite_path)))

    def seal(self, text: str) -> str:
        """Encrypt under the newest key."""
        return self._newest.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt what was sealed; `Misconfigured` when no key fits."""
        try:
            return self._all.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Misconfigured(_NO_KEY_FITS) from None

    def rotate(self, sealed: str) -> str:
        """Seal the same secret under the newest key; `Misconfigured` when no key fits."""
        return self.seal(self.open(sealed))

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it; if not, `rotate` is due before that older key is dropped."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def __repr__(self) -> str:
        return f"<KeyRing of {self._size}>"


_NO_KEY_FITS = (
    "A stored secret cannot be opened with any of the keys: put the key it was sealed with back, behind the newer ones "
    "(in FIELDLEDGER_KEYS or the key file beside the store), or connect the account again."
)


def _split(keys: str) -> list[str]:
    return [key for key in re.split(r"[\s,]+", keys) if key]


def _fernet(key: str, number: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        made = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        # `from None`: nothing of the key may reach a traceback.
        raise Misconfigured(f"Key {number} of FIELDLEDGER_KEYS is not a Fernet key; {made} makes one.") from None


def _key_file(store: Path) -> str:
    """Read the file beside the store. It is made where missing, so a first try needs no setting."""
    path = store.with_name(f"{store.name}.key")
    try:
        if not path.exists():
            _create(path)
        return path.read_text()
    except OSError as error:
        raise Misconfigured(f"The key file {path} cannot be used ({error.strerror}): set FIELDLEDGER_KEYS.") from error


def _create(path: Path) -> None:
    """Write a new key under another name and link it: whoever is first wins, and no one reads half a key."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.") as draft:  # made with mode 0600
        draft.write(f"{Fernet.generate_key().decode()}\n")
        draft.flush()
        os.fsync(draft.fileno())
        try:
            path.hardlink_to(draft.name)
        except FileExistsError:
            return
    _keep(path.parent)


def _keep(folder: Path) -> None:
    """Make the new name survive a power cut: what is sealed next must be readable ever after."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
