"""Every text that a person reads has a place in the catalogs, and a translation in each language."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from docs.generator.sentences import of_module
from docs.generator.texts import LANGUAGES, ROOT, Message, Place, wanted
from services.console.said import Said
from services.console.texts import chosen, texts

PLACEHOLDER = re.compile(r"\{(\w*)\}")


@cache
def everything() -> dict[Place, set[Message]]:
    return wanted()


def read(file: Path, language: str) -> Catalog:
    with file.open("rb") as text:
        return read_po(text, locale=language)


def files() -> Iterator[tuple[Path, str, set[Message]]]:
    for place, messages in everything().items():
        for language in LANGUAGES:
            yield place.file(language), language, messages


def test_every_text_of_pages_and_code_stands_in_the_catalogs_and_no_other() -> None:
    for file, language, messages in files():
        there = {one.id if isinstance(one.id, str) else tuple(one.id) for one in read(file, language) if one.id}
        assert there == messages, f"{file.relative_to(ROOT)} is not up to date: run `make texts`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {one.id}"
        for file, of, _ in files()
        if of == language
        for one in read(file, language)
        if one.id and not (all(one.string) if one.pluralizable else one.string)
    ]
    assert not missing, f"{len(missing)} texts are not translated:\n" + "\n".join(missing[:20])


def test_a_translation_has_the_same_places_for_values() -> None:
    for file, language, _ in files():
        for one in read(file, language):
            if not one.id or not any(one.string):
                continue
            originals = one.id if one.pluralizable else (one.id,)
            *few, many = one.string if one.pluralizable else (one.string,)
            allowed = [places(original) for original in originals]  # "Send it" of one, "Send all {n}" of several
            assert places(many) == allowed[-1], f"{file.relative_to(ROOT)}: {one.id}"
            assert all(places(one_form) in allowed for one_form in few), f"{file.relative_to(ROOT)}: {one.id}"


def places(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


CODE = '''
"""A docstring is for developers."""
async def work(hub, id, n, title, why):
    """Another one."""
    await hub.journal.write(id, "sync.finished", f"{n:,} products read from {title}.")
    text = "Log in again" if why else f"It {'was' if n == 1 else 'were'} sent{why}. Look there."
    raise Misconfigured("There is no journal " f"{title!r} in {hub.name()}.")
    assert n, "our own mistake"
    _("this is of the console")
'''


def test_the_sentences_of_code_are_found_as_patterns() -> None:
    assert of_module(CODE) == {
        "{n} products read from {title}.",
        "Log in again",
        "It was sent{why}. Look there.",
        "It were sent{why}. Look there.",
        "There is no journal {title} in {name}.",
    }


@pytest.fixture(scope="module")
def dutch() -> Said:
    return Said(
        {
            "{what} is in {title} as {made}.{difference}": "{what} staat in {title} als {made}.{difference}",
            "Work order {number}": "Werkbon {number}",
            "Its total differs by {amount} {currency}.": "Het totaal verschilt {amount} {currency}.",
            "{what} waits: {reason}": "{what} wacht: {reason}",
            "the package does not show it yet": "het pakket toont het nog niet",
            "work order": "werkbon",
            "sales invoice": "verkoopfactuur",
            "products": "artikelen",
            "{n} {kind} read": "{n} {kind} gelezen",
            "Sync finished: {counts}.": "Synchronisatie klaar: {counts}.",
            "It goes on by itself.": "Het gaat vanzelf verder.",
        },
        Locale.parse("nl"),
    )


SAID = {
    "It goes on by itself.": "Het gaat vanzelf verder.",
    "Work order WB-1 is in Billit as sales invoice 26-7.": "Werkbon WB-1 staat in Billit als verkoopfactuur 26-7.",
    "Work order 7 is in Exact Online as sales invoice 1. Its total differs by 0.01 EUR.": (
        "Werkbon 7 staat in Exact Online als verkoopfactuur 1. Het totaal verschilt 0.01 EUR."
    ),
    "Work order 7 waits: the package does not show it yet": "Werkbon 7 wacht: het pakket toont het nog niet",
    "Sync finished: 1,200 products read.": "Synchronisatie klaar: 1.200 artikelen gelezen.",
    "Products": "Artikelen",
    "2026-03-07": "7 mrt 2026",
    "The vendor's own words.": "The vendor's own words.",
    "Invoice Solutions BV": "Invoice Solutions BV",
    "": "",
    "  ": "  ",
}


@pytest.mark.parametrize("sentence", SAID)
def test_a_stored_sentence_is_said_in_the_readers_language(dutch: Said, sentence: str) -> None:
    assert dutch.translated(sentence) == SAID[sentence]


def test_what_looks_like_a_place_for_a_value_in_a_name_is_left_alone(dutch: Said) -> None:
    name = "{title} {0} {what!r} waits: {} %s"
    assert dutch.translated(name) == "{title} {0} {what!r} wacht: {} %s"


def test_a_long_text_costs_no_time(dutch: Said) -> None:
    assert dutch.translated("a is in " * 400) == "a is in " * 400
    assert dutch.translated(long := ", ".join(["waits: "] * 5_000)) == long


WISHES = [
    (("nl", None, "fr"), "nl"),
    ((None, "pt-PT", "fr"), "pt"),
    (("xx", "nl_BE", None), "nl"),
    ((None, None, "de-DE,de;q=0.9,es;q=0.5"), "es"),
    ((None, None, "*"), "en"),
    ((None, None, None), "en"),
    (("", "", "x" * 10_000), "en"),
]


@pytest.mark.parametrize(("wishes", "language"), WISHES)
def test_the_users_choice_comes_before_the_platforms_and_that_before_the_browsers(
    wishes: tuple[str | None, ...], language: str
) -> None:
    assert chosen(*wishes) == language


MOMENT = datetime(2026, 3, 7, 22, 30, tzinfo=UTC)


def test_numbers_dates_and_money_are_written_as_the_language_does() -> None:
    dutch, english = texts("nl"), texts("en")
    assert dutch.number(1234567) == "1.234.567"
    assert english.number(1234567) == "1,234,567"
    assert dutch.money(Decimal("-1234.5"), "EUR") == "€\xa0-1.234,50"
    assert dutch.date(date(2026, 3, 7)) == "7 mrt 2026"
    assert english.moment(MOMENT, "Europe/Amsterdam") == "7 Mar 2026, 23:30:00"
    assert english.moment(None) == ""


def test_values_stand_in_sentences_as_the_language_writes_them() -> None:
    assert texts("en").plural("{n} document", "{n} documents", 1) == "1 document"
    assert texts("en").plural("{n} document", "{n} documents", 1200) == "1,200 documents"
    assert texts("en")("From {day}", day=date(2026, 3, 7)) == "From 7 Mar 2026"
