"""How more than 2,000 records are read where one answer holds 2,000 and there are no pages. Pure (section 5).

The package cuts a longer list off without a word, so 2,000 records mean "perhaps more". Then they are asked for in
parts: those that contain a piece of text, one sign at first. A part that was cut off is split by longer pieces.

Why that proves to be complete: every record has a code, and one whose code contains a piece with a whole part was
seen. All other codes are made of pieces whose parts were cut off. A code that is such a piece is asked for by itself
(articles cannot be: there, none must be that short). A longer one contains two of them that overlap but for a sign at
either end: joined, these are the pieces to ask for next. It ends when no part is cut off any more, or where codes end.

Two things cannot be known beforehand: that the search looks inside of codes, and which signs they have. So at the end
the first answer is asked for again: had the parts missed one of its records, the search would be another one. What can
still be had is then asked for by group or place, and the read says that it may be incomplete.
"""

from __future__ import annotations

import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

CAP = 2000
"""Records in one answer, at most."""

QUICK_READS = 20
"""So many reads use the parts that brought something, then one asks for all of them again."""

MOST_PARTS = 6000
"""Of one read. More would take a day, and the package limits calls (E003.1)."""

SIGNS = f"{digits}{ascii_lowercase}-._/"
"""What codes are made of at least: digits first, because most codes are numbers."""

Part = tuple[str, str]
"""A field of the filter, and what it is to contain (or to be, for `Search.exact`)."""


@dataclass(frozen=True)
class Search:
    """How one list is searched. `keyword` is the filter that looks inside, `exact` the one for a whole code, if any.

    `id`, `code`: the record's own fields. `longest`: no code is longer. `hints`: filter -> the record's field whose
    values are worth a try when the search turns out to be another one.
    """

    keyword: str
    exact: str | None
    id: str
    code: str
    longest: int
    hints: Mapping[str, str]
    plural: str


class Position(BaseModel):
    """How far a read is. `phase` says what the parts `todo` are for; `wide` are the pieces that were cut off.

    `seen`: the ids that were given out. `cover`: the parts that brought something, or hints that were followed.
    `signs`: what codes are made of; `shortest`: of the codes seen. `longest_cut`: of the pieces that were cut off.
    `left`: quick reads still allowed. `cut`: a quick part was cut off.
    """

    model_config = ConfigDict(frozen=True)

    phase: Literal["whole", "pieces", "check", "hints", "quick", "done"] = "whole"
    todo: tuple[Part, ...] = ()
    wide: tuple[str, ...] = ()
    cover: tuple[Part, ...] = ()
    signs: str = SIGNS
    shortest: int | None = None
    longest_cut: int = 0
    asked: int = 0
    left: int = QUICK_READS
    cut: bool = False
    doubt: str | None = None
    seen: str = ""

    def known(self) -> set[str]:
        """The ids that were given out."""
        return set(zlib.decompress(b85decode(self.seen)).decode().split(",")) if self.seen else set()


class Cursor(BaseModel):
    """What a complete read leaves to the next ones: the parts that bring everything, and how often they may be used."""

    cover: tuple[Part, ...]
    left: int


class Reader:
    """One read in progress, from a position or cursor. Ask with `filter`, tell the answer to `take` until `done`."""

    def __init__(self, search: Search, position: str | None, cursor: str | None) -> None:
        self._search = search
        self._at = _start(position, cursor)
        self._seen = self._at.known()

    @property
    def done(self) -> bool:
        """Whether everything was asked for."""
        return self._at.phase == "done"

    @property
    def doubt(self) -> str | None:
        """Why this read may be incomplete."""
        return self._at.doubt

    @property
    def filter(self) -> dict[str, str]:
        """What to ask for next."""
        return {} if self._at.phase in {"whole", "check"} else dict((self._at.todo[0],))

    @property
    def position(self) -> str:
        """Where to go on."""
        packed = b85encode(zlib.compress(",".join(sorted(self._seen)).encode())).decode()
        return self._at.model_copy(update={"seen": packed}).model_dump_json()

    @property
    def cursor(self) -> str | None:
        """For the next read; None when that one has to ask for everything."""
        at = self._at
        if at.doubt or at.cut or not at.cover or at.left <= 0:
            return None
        return Cursor(cover=at.cover, left=at.left - 1).model_dump_json()

    def take(self, ids: Sequence[str]) -> list[str]:
        """An answer, by the ids in it: those that are to be given out. `learn` is told of these records."""
        cut = len(ids) >= CAP
        self._at = self._at.model_copy(update={"asked": self._at.asked + 1})
        match self._at.phase:
            case "whole":
                return self._whole(ids, cut=cut)
            case "pieces":
                return self._piece(ids, cut=cut)
            case "check":
                return self._check(ids)
            case "quick":
                return self._quick(ids, cut=cut)
        return self._hint(ids)

    def learn(self, records: Iterable[Mapping[str, str]]) -> None:
        """What the records that were given out tell: signs of codes, and where else to look."""
        found = list(records)
        if self._at.phase == "hints":
            self._follow(found)
        codes = [one.get(self._search.code, "").strip().lower() for one in found]
        known = [] if self._at.shortest is None else [self._at.shortest]
        self._set(shortest=min([*known, *map(len, codes)], default=None))
        strange = sorted({sign for code in codes for sign in code} - {*self._at.signs})
        if strange and self._at.phase not in {"hints", "quick"} and not self._all_at_once:
            self._set(doubt=self._doubt(f"codes contain {' '.join(strange)}, which was not searched for"))

    def signs_of(self, codes: Iterable[str]) -> None:
        """The first answer's codes, before they are given out: what they are made of is searched for, too."""
        more = sorted({sign for code in codes for sign in code.lower()} - {*self._at.signs})
        signs = self._at.signs + "".join(more)
        self._set(signs=signs, todo=tuple((self._search.keyword, sign) for sign in signs))

    @property
    def first(self) -> bool:
        """Whether the answer just taken was the first, and was cut off."""
        return self._at.phase == "pieces" and self._at.asked == 1

    @property
    def _all_at_once(self) -> bool:
        return self._at.phase == "done" and self._at.asked == 1

    def _set(self, **changes: Any) -> None:
        self._at = self._at.model_copy(update=changes)

    def _new(self, ids: Iterable[str]) -> list[str]:
        new = [id for id in dict.fromkeys(ids) if id not in self._seen]
        self._seen.update(new)
        return new

    def _whole(self, ids: Sequence[str], *, cut: bool) -> list[str]:
        if not cut:
            self._set(phase="done")
            return self._new(ids)
        self._set(phase="pieces", todo=tuple((self._search.keyword, sign) for sign in self._at.signs))
        return []

    def _piece(self, ids: Sequence[str], *, cut: bool) -> list[str]:
        (part, *rest), at = self._at.todo, self._at
        new = [] if cut else self._new(ids)
        self._set(
            todo=tuple(rest),
            cover=(*at.cover, part) if new else at.cover,
            wide=(*at.wide, part[1]) if cut else at.wide,
            longest_cut=max(at.longest_cut, len(part[1])) if cut else at.longest_cut,
        )
        if not rest:
            self._split()
        return new

    def _split(self) -> None:
        """The next longer pieces, and those that were cut off as whole codes. When there are none, the check."""
        wide, search = self._at.wide, self._search
        longest = bool(wide) and len(wide[0]) == search.longest
        joined = [] if longest else joins(wide)
        whole = [(search.exact, code) for piece in wide for code in _spellings(piece)] if search.exact else []
        if (longest and not whole) or self._at.asked + len(joined) > MOST_PARTS:
            self._set(phase="check", doubt=self._doubt(f"more than {CAP:,} contain {wide[0]!r}"))
            return
        todo = (*whole, *((search.keyword, piece) for piece in joined))
        self._set(todo=todo, wide=(), phase="pieces" if todo else "check")

    def _check(self, ids: Sequence[str]) -> list[str]:
        new = self._new(ids)
        if new:
            doubt = self._at.doubt or self._doubt("its search does not find all of them")
            self._set(phase="hints", todo=(), doubt=doubt)
        else:
            self._set(phase="done", doubt=self._at.doubt or self._short_codes())
        return new

    def _short_codes(self) -> str | None:
        """Without a filter for whole codes, one that is itself a piece that was cut off may have stayed unseen."""
        at = self._at
        if self._search.exact or at.shortest is None or at.shortest > at.longest_cut:
            return None
        return self._doubt(f"some codes have only {at.shortest} signs, and could be a part of many others")

    def _hint(self, ids: Sequence[str]) -> list[str]:
        self._set(todo=self._at.todo[1:])
        return self._new(ids)

    def _follow(self, records: Sequence[Mapping[str, str]]) -> None:
        """Groups or places of what was found; each is asked for once. It ends when there are no new ones."""
        found = {(name, one[field]) for one in records for name, field in self._search.hints.items() if one.get(field)}
        fresh = sorted(found - {*self._at.cover})
        self._set(todo=(*self._at.todo, *fresh), cover=(*self._at.cover, *fresh))
        if not self._at.todo or self._at.asked > MOST_PARTS:
            self._set(phase="done")

    def _quick(self, ids: Sequence[str], *, cut: bool) -> list[str]:
        """A part that has grown too large is not to be trusted: the next read asks for everything again."""
        rest = self._at.todo[1:]
        self._set(todo=rest, cut=self._at.cut or cut, phase="quick" if rest else "done")
        return self._new(ids)

    def _doubt(self, why: str) -> str:
        return (
            f"e-Boekhouden gives {CAP:,} {self._search.plural} at most at a time, and asking for them in parts does "
            f"not prove that all were seen: {why}."
        )


def _spellings(piece: str) -> Iterable[str]:
    """A whole code may have to be written with its own capitals (section 15)."""
    return dict.fromkeys((piece, piece.upper(), piece.capitalize()))


def joins(pieces: Sequence[str]) -> list[str]:
    """Pieces one sign longer, whose beginning and end are both among these."""
    ends: dict[str, list[str]] = {}
    for piece in pieces:
        ends.setdefault(piece[:-1], []).append(piece)
    return [piece + other[-1] for piece in pieces for other in ends.get(piece[1:], ())]


def _start(position: str | None, cursor: str | None) -> Position:
    if position is not None:
        return Position.model_validate_json(position)
    if cursor is None:
        return Position()
    last = Cursor.model_validate_json(cursor)
    return Position(phase="quick", todo=last.cover, cover=last.cover, left=last.left)
