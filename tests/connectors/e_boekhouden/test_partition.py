"""Lists longer than one answer: all records once, proved to be all, or said not to be."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.connectors.e_boekhouden import partition
from shared.connectors.e_boekhouden.partition import Reader, Search, joins

RELATIONS = Search("Trefwoord", "Code", "ID", "Code", 15, {"Trefwoord": "Plaats"}, "relations")
ARTICLES = Search("ArtikelCode", None, "ID", "Code", 20, {"GroepCode": "Groep"}, "articles")
CAP = 10


@pytest.fixture(autouse=True)
def _a_low_wall(monkeypatch):
    monkeypatch.setattr(partition, "CAP", CAP)


class Package:
    """A list with a wall. `inside`: keywords are looked for inside of texts, as whole words otherwise."""

    def __init__(self, codes, others=(), *, inside=True, any_case=True):
        names = [*others, *[""] * len(codes)]
        self.rows = {
            str(n): {"ID": str(n), "Code": code, "Plaats": names[n], "Groep": names[n]} for n, code in enumerate(codes)
        }
        self.inside, self.any_case = inside, any_case
        self.calls = 0

    def ask(self, filter):
        self.calls += 1
        found = [row for row in self.rows.values() if all(self._fits(row, *one) for one in filter.items())]
        return found[:CAP]

    def _fits(self, row, name, value):
        if name == "Code":
            return row["Code"] == value
        if name == "GroepCode":
            return row["Groep"] == value
        texts = [row["Code"], row["Plaats"]] if name == "Trefwoord" else [row["Code"]]
        if self.any_case:
            texts, value = [text.lower() for text in texts], value.lower()
        return any(value in text if self.inside else value in text.split() for text in texts)


def read(package, search=RELATIONS, cursor=None):
    """Everything a read gives out, page by page over stored positions, and the reader at its end."""
    position, given = None, []
    while True:
        reader = Reader(search, position, cursor)
        rows = {row["ID"]: row for row in package.ask(reader.filter)}
        new = reader.take(list(rows))
        if reader.first:
            reader.signs_of(row["Code"] for row in rows.values())
        reader.learn([rows[id] for id in new])
        given += new
        if reader.done:
            return given, reader
        position = reader.position


def test_a_short_list_is_one_call():
    package = Package([str(n) for n in range(CAP - 1)])
    given, reader = read(package)
    assert (len(given), package.calls, reader.doubt, reader.cursor) == (CAP - 1, 1, None, None)


def test_exactly_as_many_as_one_answer_holds_are_not_taken_for_all():
    package = Package([str(n) for n in range(CAP)])
    given, reader = read(package)
    assert len(given) == CAP
    assert package.calls > 1
    assert reader.doubt is None


CODES = st.lists(st.text("01AB-", min_size=1, max_size=6), min_size=1, max_size=60, unique_by=str.lower)
NAMES = st.lists(st.text("01ABmn ", max_size=8), max_size=60)


@settings(deadline=None, max_examples=300)
@given(codes=CODES, others=NAMES)
def test_whatever_codes_and_names_there_are_all_relations_are_given_out_once_and_proved(codes, others):
    package = Package(codes, others[: len(codes)])
    given, reader = read(package)
    assert sorted(given, key=int) == list(package.rows)
    assert reader.doubt is None


@settings(deadline=None, max_examples=200)
@given(codes=CODES, others=NAMES, inside=st.booleans(), any_case=st.booleans(), data=st.data())
def test_a_read_that_does_not_doubt_itself_has_seen_everything(codes, others, inside, any_case, data):
    search = data.draw(st.sampled_from([RELATIONS, ARTICLES]))
    package = Package(codes, others[: len(codes)], inside=inside, any_case=any_case)
    given, reader = read(package, search)
    assert max(Counter(given).values(), default=0) <= 1
    first = {row["ID"] for row in package.ask({})}
    assert first <= set(given)
    if reader.doubt is None and inside and any_case:
        missing = [row["Code"] for id, row in package.rows.items() if id not in given]
        assert not missing or search is ARTICLES
        shortest = min(len(package.rows[id]["Code"]) for id in given)
        assert all(len(code) < shortest for code in missing), "none is missing that is like those that were seen"


@settings(deadline=None, max_examples=100)
@given(codes=CODES, others=NAMES)
def test_a_quick_read_brings_all_that_is_known(codes, others):
    package = Package(codes, others[: len(codes)])
    _, first = read(package)
    if first.cursor is None:
        assert len(codes) < CAP
        return
    before = package.calls
    given, quick = read(package, cursor=first.cursor)
    assert sorted(given, key=int) == list(package.rows)
    assert package.calls - before < before
    assert quick.doubt is None


def many():
    return Package([str(n) for n in range(1000, 1060)])


def test_quick_reads_are_counted_and_then_everything_is_asked_for():
    package = many()
    _, reader = read(package)
    quick = 0
    while reader.cursor is not None:
        quick += 1
        _, reader = read(package, cursor=reader.cursor)
    assert quick == partition.QUICK_READS


def test_a_quick_part_that_has_grown_over_the_wall_ends_quick_reads():
    package = many()
    _, reader = read(package)
    text = next(text for name, text in reader._at.cover if name == "Trefwoord")
    for n in range(CAP):
        package.rows[f"9{n}"] = {"ID": f"9{n}", "Code": f"x{text}x{n}", "Plaats": "", "Groep": ""}
    _, quick = read(package, cursor=reader.cursor)
    assert quick.cursor is None


def test_a_code_that_is_itself_a_piece_of_many_others_is_found_by_its_code():
    package = Package([*[f"a{n}" for n in range(30)], *[f"{n}a" for n in range(30)], "A"])
    given, reader = read(package)
    assert len(given) == 61
    assert reader.doubt is None


def test_a_search_that_looks_at_whole_words_only_is_found_out_and_places_are_tried():
    package = Package([str(n) for n in range(1000, 1030)], ["Utrecht"] * 5 + ["Breda"] * 25, inside=False)
    given, reader = read(package)
    assert "does not find all" in reader.doubt
    assert len(given) > CAP, "what can be had by place is had"
    assert reader.cursor is None


def test_articles_whose_code_is_compared_as_a_whole_come_by_group_and_may_be_incomplete():
    package = Package([f"X{n}" for n in range(16)], ["one", "two"] * 8, inside=False)
    given, reader = read(package, ARTICLES)
    assert len(given) == 16
    assert reader.doubt is not None


def test_a_part_that_cannot_be_split_further_is_said_to_be_incomplete():
    package = Package([f"{'a' * 20}" for _ in range(CAP + 5)])
    given, reader = read(package, ARTICLES)
    assert "more than" in reader.doubt
    assert len(given) >= CAP


def test_signs_of_codes_that_the_first_answer_shows_are_searched_for():
    package = Package([f"é{chr(97 + n % 26)}ø" for n in range(30)])
    given, reader = read(package)
    assert len(given) == 30
    assert reader.doubt is None


def test_a_sign_that_turns_up_later_is_doubted():
    package = Package([*[f"1{n}" for n in range(40)], "é7"])
    given, reader = read(package)
    assert "é" in reader.doubt
    assert str(40) in given


def test_reads_of_too_many_parts_end_with_a_doubt(monkeypatch):
    monkeypatch.setattr(partition, "MOST_PARTS", 50)
    _, reader = read(Package([f"{n:06}" for n in range(300)]))
    assert reader.doubt is not None


def test_articles_with_codes_as_short_as_what_was_cut_off_are_doubted():
    long = [f"AB-{n:03}" for n in range(40)]
    assert read(Package(long), ARTICLES)[1].doubt is None
    assert "only 2 signs" in read(Package([*long, "Z9"]), ARTICLES)[1].doubt
    assert read(Package([*long, "Z9"]), RELATIONS)[1].doubt is None, "these are asked for by their whole code"


def test_joined_pieces_begin_and_end_with_pieces():
    assert joins(["ab", "bc", "cd", "bb"]) == ["abc", "abb", "bcd", "bbc", "bbb"]
    assert sorted(joins(["a", "b"])) == ["aa", "ab", "ba", "bb"]
