"""Writes the catalogs anew: `make texts`. What is translated stays; what nobody says any more goes.

Three kinds: the console's own strings, the sentences of the core, and those of each connector, in its own folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from docs.generator.names import of_connector, of_core
from docs.generator.sentences import sentences
from shared import connectors

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "services" / "console"
LANGUAGES = ("nl", "pt", "es", "fr")
_KEYWORDS = {"_": None, "texts": None, "words": None, "ngettext": (1, 2), "plural": (1, 2)}
_TEMPLATES = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_FOR_DEVELOPERS = {
    "sandbox", "samples", "store", "log.py", "memory_kafka.py", "metrics.py", "topic_admin.py", "topics.py"
}  # fmt: skip
"""What never reaches a page."""

Message = str | tuple[str, str]
"""A string, or its singular and plural."""


@dataclass(frozen=True)
class Place:
    """Where the files of one catalog are, one for each language."""

    folder: Path
    prefix: str = ""

    def file(self, language: str) -> Path:
        """The file of a language."""
        return self.folder / f"{self.prefix}{language}.po"


def wanted() -> dict[Place, set[Message]]:
    """Every catalog, and what it must have."""
    core: set[Message] = {*sentences(_core_modules()), *of_core()}
    found = {Place(CONSOLE / "locales"): set(_of_console()), Place(CONSOLE / "locales", "core."): core}
    for how in connectors.all_connectors():
        folder = ROOT / "shared" / "connectors" / how.name
        mine: set[Message] = {*sentences(_modules(folder)), *of_connector(how)}
        found[Place(folder / "locales")] = mine - core
    return found


def _core_modules() -> Iterator[Path]:
    shared = ROOT / "shared"
    yield from (file for file in _modules(shared) if shared / "connectors" not in file.parents)
    for service in ("importer", "exporter", "console"):
        yield from _modules(ROOT / "services" / service)


def _modules(folder: Path) -> Iterator[Path]:
    """Those of a folder that may speak to people."""
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder).parts
        if not _FOR_DEVELOPERS & set(inside):
            yield file


def _of_console() -> Iterator[Message]:
    for file in sorted(CONSOLE.rglob("*.py")):
        yield from _extracted(file, "python", {})
    for file in sorted((CONSOLE / "pages").rglob("*.html")):
        yield from _extracted(file, "jinja2.ext.babel_extract", _TEMPLATES)


def _extracted(file: Path, method: str, options: dict[str, str]) -> Iterator[Message]:
    for _, message, _, _ in extract_from_file(method, file, keywords=_KEYWORDS, options=options):
        yield (message[0], message[1]) if isinstance(message, tuple | list) else message


def catalog_of(file: Path, language: str, messages: set[Message]) -> Catalog:
    """The catalog with exactly these messages; what the file has translated of them, translated."""
    known = read_po(file.open("rb"), locale=language) if file.exists() else Catalog(locale=language)
    made = Catalog(locale=language, project="Fieldledger", fuzzy=False, header_comment=_HEADER)
    made.mime_headers = known.mime_headers if file.exists() else made.mime_headers
    for message in messages:
        name = message if isinstance(message, str) else message[0]
        before = known.get(name)
        same = before is not None and (before.id == message or tuple(before.id) == message)
        made.add(message, before.string if before is not None and same else None)
    return made


_HEADER = (
    "# Translations of Fieldledger. `make texts` brings the English sentences up to date and keeps what is translated."
)


def text_of(file: Path, language: str, messages: set[Message]) -> bytes:
    """What the file must be."""
    written = BytesIO()
    write_po(written, catalog_of(file, language, messages), width=0, sort_output=True, omit_header=False)
    return _without_dates(written.getvalue())


def _without_dates(text: bytes) -> bytes:
    """So that it changes only when a sentence does."""
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(_DATED)]
    return b"".join(kept)


_DATED = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Generated-By', b'"Report-Msgid')


def main() -> None:
    """Write all of them."""
    for place, messages in wanted().items():
        place.folder.mkdir(exist_ok=True)
        for language in LANGUAGES:
            file = place.file(language)
            file.write_bytes(text_of(file, language, messages))
        print(f"{place.file('*').relative_to(ROOT)}: {len(messages)} texts")  # noqa: T201  # it is a command


if __name__ == "__main__":
    main()
