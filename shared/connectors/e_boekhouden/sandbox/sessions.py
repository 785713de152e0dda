"""Who may come in, and for how long (e-Boekhouden fact sheet, section 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from shared.clock import Clock

from .envelopes import Values
from .words import Refused


@dataclass(frozen=True)
class User:
    """Somebody with access. `administrations` are the GUIDs of those they may open; the first is their own."""

    name: str
    code1: str
    administrations: tuple[str, ...]
    accountant: bool = False


@dataclass(frozen=True)
class Session:
    """An open session: who, with which code, in which administration, until when."""

    user: User
    code2: str
    administration: str
    until: datetime


class Sessions:
    """Opens sessions and knows those that are open. `dotted`: the code of an expired one is written `E002.3`."""

    def __init__(self, users: tuple[User, ...], clock: Clock, seed: int, life: timedelta, *, dotted: bool) -> None:
        self.users = {user.name: user for user in users}
        self._clock = clock
        self._random = Random(seed)
        self._life = life
        self._dotted = dotted
        self._open: dict[str, Session] = {}
        self._locked: set[str] = set()

    def open(self, asked: Values) -> str:
        """A session in the administration of the codes."""
        user = self._user(asked)
        return self._opened(Session(user, asked["SecurityCode2"], asked["SecurityCode2"], self._clock() + self._life))

    def open_sub(self, asked: Values) -> str:
        """A session in another administration, for accountants."""
        user, guid = self._user(asked), asked["AdministratieGUID"]
        if not user.accountant:
            raise Refused("E002.5")
        if guid not in user.administrations:
            raise Refused("E001.3")
        return self._opened(Session(user, asked["SecurityCode2"], guid, self._clock() + self._life))

    def find(self, asked: Values) -> Session:
        """The session of a call; `Refused` when it is unknown, over, or of other codes."""
        session = self._open.get(asked["SessionID"])
        if session is None:
            raise Refused("E002.2")
        if session.until <= self._clock():
            raise self._expired()
        if session.code2 != asked["SecurityCode2"]:
            raise Refused("E001.3")
        return session

    def close_all(self) -> None:
        """End all of them, as a restart of the package would."""
        self._open.clear()

    def change_password(self, name: str) -> None:
        """The customer changes the password: security code 1 changes with it (section 2)."""
        self.users[name] = replace(self.users[name], code1=f"{self._random.getrandbits(128):032x}")

    def lock(self, name: str) -> None:
        """The user is locked out, until the first refusal makes somebody unlock them: the codes stay as they are."""
        self._locked.add(name)

    def _expired(self) -> Refused:
        refused = Refused("E002.3")
        refused.code = refused.code if self._dotted else refused.code.replace(".", "")
        return refused

    def _user(self, asked: Values) -> User:
        if asked["Username"] in self._locked:
            self._locked.discard(asked["Username"])
            raise Refused("E001.1")
        user = self.users.get(asked["Username"])
        if user is None or user.code1 != asked["SecurityCode1"]:
            raise Refused("E001.1")
        if asked["SecurityCode2"] not in user.administrations:
            raise Refused("E001.3")
        return user

    def _opened(self, session: Session) -> str:
        digits = f"{self._random.getrandbits(128):032X}"
        id = f"{{{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}}}"
        self._open[id] = session
        return id
