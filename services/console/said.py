"""Sentences that the core wrote into the store, in the reader's language.

They were made in English with their values filled in. The catalogs know them as patterns (`{n} products read`), so the
pattern of a sentence is found again, and its values put into the translation; a value may be such a sentence itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from babel import Locale, dates, numbers

from services.console.catalogs import of_core

MOST_LENGTH = 4_000
"""Characters. What is longer is not ours: it is shown as it is."""

DEEPEST = 6
"""Sentences inside sentences."""

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NAMED = re.compile(r"(?P<name>[A-Za-z][a-z]*(?: [a-z]+){0,2}) (?P<number>\(?\S*\d\S*)(?: (?P<more>[a-z].*))?")
"""What is called by a name of ours and a number: `Work order WB-2026-0001 was not sent`."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PIECES = re.compile(r"(?<=[.!?:])\s+(?=[A-Z0-9\"'])|(?<=[,;:])\s")
"""Where a text of several sentences, or a list, can be taken apart."""


@dataclass(frozen=True)
class Pattern:
    """A sentence with places for values: `literals` stand before, between and behind them."""

    literals: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    def values(self, text: str) -> Mapping[str, str] | None:
        """What stands in the places, if this is how the text was made. One look from left to right, no way back."""
        first, *between = self.literals
        last = between.pop()
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return None
        found, at, end = [], len(first), len(text) - len(last)
        for literal in between:
            there = text.find(literal, at, end)
            if there < 0:
                return None
            found.append(text[at:there])
            at = there + len(literal)
        found.append(text[at:end])
        return dict(zip(self.names, found, strict=True))


class Said:
    """The sentences of the core in one language."""

    def __init__(self, messages: Mapping[str, str], locale: Locale) -> None:
        """`messages`: English pattern -> translation; numbers and days are written as in `locale`."""
        self._locale = locale
        self._exact = {text: translation for text, translation in messages.items() if not _PLACEHOLDER.search(text)}
        patterns = [_pattern(text, translation) for text, translation in messages.items() if text not in self._exact]
        # The one that says most is meant: what is known in most places, then the longest, comes first.
        patterns.sort(key=lambda one: (-sum(map(bool, one.literals)), -sum(map(len, one.literals))))
        words = [_first_word(one.literals[0], whole=True) for one in patterns]
        self._by_word = {
            word: [one for one, own in zip(patterns, words, strict=True) if own in ("", word)] for word in {*words, ""}
        }

    def translated(self, text: str, depth: int = 0) -> str:
        """The text in this language; what no catalog knows stays as it is."""
        bare = text.strip()
        if not bare or depth > DEEPEST or len(text) > MOST_LENGTH:
            return text
        made = self._value(bare) or self._known(bare, depth) or self._in_pieces(bare, depth) or self._named(bare, depth)
        return text.replace(bare, made) if made else text

    def _value(self, text: str) -> str | None:
        if _THOUSANDS.fullmatch(text):
            return numbers.format_decimal(int(text.replace(",", "")), locale=self._locale)
        return dates.format_date(date.fromisoformat(text), "medium", self._locale) if _DAY.fullmatch(text) else None

    def _named(self, text: str, depth: int) -> str | None:
        match = _NAMED.fullmatch(text)
        name = self._known(match["name"], DEEPEST) if match else None
        if match is None or name is None:
            return None
        more = self._known(match["more"], depth + 1) or match["more"] if match["more"] else ""
        return f"{name} {match['number']} {more}".rstrip()

    def _known(self, text: str, depth: int) -> str | None:
        if (exact := self._exact.get(text)) is not None:
            return exact
        lower = text[:1].lower() + text[1:]
        if lower != text and (name := self._exact.get(lower)) is not None:
            return name[:1].upper() + name[1:]  # a name at the beginning of a sentence
        return next(self._made(text, depth), None) if depth < DEEPEST else None

    def _made(self, text: str, depth: int) -> Iterator[str]:
        for one in self._by_word.get(_first_word(text), self._by_word[""]):
            values = one.values(text)
            if values is not None:
                yield one.translation.format(
                    **{name: self.translated(value, depth + 1) for name, value in values.items()}
                )

    def _in_pieces(self, text: str, depth: int) -> str | None:
        """Several sentences, or a list: each by itself. None when there is only one piece."""
        cuts = [match.span() for match in _PIECES.finditer(text)]
        if not cuts:
            return None
        starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
        made = [self._piece(text[start:end], depth) for start, end in zip(starts, ends, strict=True)]
        gaps = [text[start:end] for start, end in cuts] + [""]
        return "".join(piece + gap for piece, gap in zip(made, gaps, strict=True))

    def _piece(self, text: str, depth: int) -> str:
        mark = text[-1:] if text[-1:] in ",;:" else ""
        whole = self._known(text, depth + 1)
        return whole or f"{self.translated(text.removesuffix(mark), depth + 1)}{mark}"


def _pattern(text: str, translation: str) -> Pattern:
    parts: Sequence[str] = _PLACEHOLDER.split(text)
    return Pattern(tuple(parts[::2]), tuple(parts[1::2]), translation)


def _first_word(text: str, *, whole: bool = False) -> str:
    """The first word; with `whole` only if the text goes on behind it, so that it cannot be part of a longer one."""
    word, space, _ = text.partition(" ")
    return word if space or not whole else ""


@cache
def said(language: str) -> Said:
    """The sentences of the core in a language, read once."""
    return Said(of_core(language), Locale.parse(language))


@lru_cache(maxsize=20_000)
def translated(language: str, sentence: str) -> str:
    """The sentence in that language; as it is when no catalog knows it."""
    return sentence if language == "en" else said(language).translated(sentence)
