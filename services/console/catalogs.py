"""The catalogs: .po files, read once for each language. They are kept as translators edit them; nothing is compiled."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = Path(__file__).parent / "locales"


@cache
def translations(language: str) -> NullTranslations:
    """The console's own strings in a language; none for the source language."""
    file = LOCALES / f"{language}.po"
    if not file.exists():
        return NullTranslations()
    with file.open("rb") as text:
        catalog = read_po(text, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
