"""The catalogs: .po files, read once for each language. They are kept as translators edit them; nothing is compiled."""

from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from shared import connectors

LOCALES = Path(__file__).parent / "locales"
"""`nl.po` are the console's own strings, `core.nl.po` the sentences that the core writes into the store."""

OF_CONNECTORS = Path(connectors.__file__).parent


@cache
def translations(language: str) -> NullTranslations:
    """The console's own strings in a language; none for the source language."""
    file = LOCALES / f"{language}.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _read(file, language))
    compiled.seek(0)
    return Translations(compiled)


def of_core(language: str) -> Mapping[str, str]:
    """English pattern -> translation: sentences of the core and of every connector. What has none is left out."""
    found: dict[str, str] = {}
    for file in _files(language):
        found |= {str(one.id): str(one.string) for one in _read(file, language) if one.id and one.string}
    return found


def _files(language: str) -> Iterator[Path]:
    """The core's own last: its words win over a connector's."""
    for name in connectors.names():
        file = OF_CONNECTORS / name / "locales" / f"{language}.po"
        if file.exists():
            yield file
    if (core := LOCALES / f"core.{language}.po").exists():
        yield core


def _read(file: Path, language: str) -> Catalog:
    with file.open("rb") as text:
        return read_po(text, locale=language)
