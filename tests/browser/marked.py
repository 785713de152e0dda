"""A language in which every text of the catalogs is marked: what is not marked went past them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from services.console import catalogs, said, texts
from shared import connectors

LANGUAGE = "nl"
"""Whose place it takes for a while."""

OPEN, CLOSE = "⟦", "⟧"

TEXTS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.closest("script, style, pre, .code, [lang]:not(html)")) found.push(walk.currentNode.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const one of document.querySelectorAll(`body [${name}]`)) found.push(one.getAttribute(name));
  return found.map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
"""Every text that a page shows or says; not what stands for code."""


@contextmanager
def marked(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """While it lasts, Dutch is the English of the catalogs between marks."""
    own = folder / "console"
    for name in (f"{LANGUAGE}.po", f"core.{LANGUAGE}.po"):
        _mark(catalogs.LOCALES / name, own / name)
    for name in connectors.names():
        file = Path(name) / "locales" / f"{LANGUAGE}.po"
        _mark(catalogs.OF_CONNECTORS / file, folder / "connectors" / file)
    with patch.context() as change:
        change.setattr(catalogs, "LOCALES", own)
        change.setattr(catalogs, "OF_CONNECTORS", folder / "connectors")
        _forget()
        yield
    _forget()


def _mark(source: Path, target: Path) -> None:
    with source.open("rb") as text:
        known = read_po(text, locale=LANGUAGE)
    made = Catalog(locale=LANGUAGE)
    made.mime_headers = known.mime_headers
    for one in known:
        if one.id:
            made.add(one.id, _between(one.id))
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_po(file, made)


def _between(text: str | tuple[str, ...] | list[str]) -> str | tuple[str, ...]:
    if isinstance(text, str):
        return f"{OPEN}{text}{CLOSE}"
    return tuple(f"{OPEN}{one}{CLOSE}" for one in text)


def _forget() -> None:
    """What was read of catalogs so far."""
    for cached in (catalogs.translations, texts.texts, said.said, said.translated):
        cached.cache_clear()


def unmarked(text: str) -> str:
    """What stands outside of all marks."""
    depth, left = 0, []
    for sign in text:
        depth += (sign == OPEN) - (sign == CLOSE)
        if not depth and sign != CLOSE:
            left.append(sign)
    return "".join(left)
