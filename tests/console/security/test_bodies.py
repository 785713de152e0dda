"""Whatever is sent, what comes back is a sentence: no request makes the console stumble."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.console.desk import Desk, all_routes, routes
from tests.console.forms import untouched
from tests.console.security.conftest import Bench, Town
from tests.console.security.ground import STREAMS, changing

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
MULTI = {"Content-Type": "multipart/form-data; boundary=b"}
DEEP = 100_000

HEAVY: dict[str, dict[str, Any]] = {
    "far too much": {"content": b"a=" + b"x" * (1024 * 1024 + 1), "headers": FORM},
    "far too much JSON": {"content": b'{"a": "' + b"x" * (1024 * 1024) + b'"}', "headers": JSON},
    "a hundred thousand fields": {"content": b"a=1&" * 100_000, "headers": FORM},
    "two thousand parts": {
        "content": b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2000 + b"--b--",
        "headers": MULTI,
    },
    "deep JSON": {"content": b"[" * DEEP + b"]" * DEEP, "headers": JSON},
    "a deep object": {"content": b'{"a":' * DEEP + b"1" + b"}" * DEEP, "headers": JSON},
}
"""Too much of something: read by the frame alone, whatever the route."""

BODIES: dict[str, dict[str, Any]] = {
    "a form of parts without an end": {"content": b"--b\r\nContent-Disp", "headers": MULTI},
    "a form of parts that is none": {"content": b"hello", "headers": MULTI},
    "parts without a boundary": {"content": b"--b", "headers": {"Content-Type": "multipart/form-data"}},
    "a file": {"files": {"administration": ("evil.exe", b"MZ\x00", "application/x-msdownload")}},
    "no UTF-8": {"content": b"administration=\xff\xfe&first=%ff%fe&what=%c3", "headers": FORM},
    "no UTF-8 in JSON": {"content": b'{"site": "\xff"}', "headers": JSON},
    "half a letter in JSON": {"content": b'{"site": "\\ud800", "\\ud800": 1, "credentials": {"\\udc00": "x"}}', "headers": JSON},
    "zeros": {"content": "&".join(f"{name}=%00" for name in ("site", "administration", "first", "number")), "headers": FORM},
    "zeros in JSON": {"json": {"site": "\0", "number": "\0", "kinds": ["\0"], "documents": ["\0"], "ended": "\0"}},
    "JSON that is none": {"content": b"{", "headers": JSON},
    "JSON of nothing": {"content": b"null", "headers": JSON},
    "a list": {"json": [1, 2, 3]},
    "a huge number": {"content": b'{"first": 1e999, "from": ' + b"9" * 5000 + b"}", "headers": JSON},
    "no number": {"content": b'{"first": NaN}', "headers": JSON},
    "XML": {"content": b"<?xml version='1.0'?><a/>", "headers": {"Content-Type": "application/xml"}},
    "a kind that is none": {"content": b"a=1", "headers": {"Content-Type": b"\xff;;"}},
    "another way of writing": {"content": "site=nl".encode("utf-16"), "headers": {"Content-Type": "text/plain; charset=utf-16"}},
    "an unknown charset": {"content": b"a=1", "headers": {"Content-Type": "application/json; charset=none-such"}},
    "packed": {"content": b"\x1f\x8b\x08", "headers": {**JSON, "Content-Encoding": "gzip"}},
    "nothing": {},
}  # fmt: skip


WEIGHED = {"/session", "/connections/{connection}/settings", "/api/v1/connect/{connector}", "/operate/replays"}


def client_of(town: Town, path: str) -> httpx.AsyncClient:
    """Who may use that route."""
    return town.oscar if "/operate" in path else town.acme.office


def is_well_answered(answer: httpx.Response) -> bool:
    """A sentence, or the way on; never a mistake of ours."""
    if answer.status_code >= 500 or "Something went wrong on our side" in answer.text:  # noqa: PLR2004
        return False
    if answer.status_code < 400:  # noqa: PLR2004
        return True
    if answer.headers["content-type"].startswith("application/json"):
        error = answer.json()["error"]
        return isinstance(error, str) and error.endswith(".")
    return "<h1" in answer.text or 'role="alert"' in answer.text or 'class="banner' in answer.text


async def test_whatever_is_sent_is_answered_by_a_sentence(town: Town) -> None:
    """Every route that changes something, with every body that nobody should send."""
    wrong: list[str] = []
    ways = sorted(changing(), key=lambda one: ("disconnect" in one[1], "session" in one[1]))
    for method, path in [*ways, ("POST", "/preferences"), ("POST", "/session")]:
        for name, sent in {**BODIES, **(HEAVY if path in WEIGHED else {})}.items():
            answer = await client_of(town, path).request(method, town.acme.path(path), **sent)
            if not is_well_answered(answer):
                wrong.append(f"{method} {path} with {name}: {answer.status_code} {answer.text[-300:]}")
    assert wrong == []


async def test_what_is_too_large_is_said_to_be(town: Town) -> None:
    page = await town.acme.office.post("/connect/exact_online", **HEAVY["far too much"])
    program = await town.acme.office.post("/api/v1/connect/exact_online", **HEAVY["far too much JSON"])
    assert (page.status_code, program.status_code) == (413, 413)


async def test_no_file_is_ever_unpacked(desk: Desk) -> None:
    """Signed in or not: who may send nothing else may not fill a disk either."""
    for client in (desk.visitor(), desk.program(), await desk.signed_in()):
        for path in ("/session", "/connect/exact_online", "/api/v1/connect/exact_online"):
            assert (await client.post(path, files={"token": b"x"})).status_code == 415


PIECES = ("%00", "%FF%FE", "%ED%A0%80", "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "a" * 5000, "%0d%0aX-Y:%20z", "'%20OR%201=1--",
          "%7B%7B7*7%7D%7D", "-1", "9" * 400, "%F0%9F%92%A9", "%E2%80%AE", "*", "%25", "%3Cscript%3E", "%20")  # fmt: skip


def addresses(town: Town, path: str) -> Iterator[str]:
    """The address of a route with something odd in the place of each of its parameters."""
    names = [name for name in town.acme.ids if f"{{{name}}}" in path or f"{{{name}:path}}" in path]
    for name in names:
        for piece in PIECES:
            yield town.acme.path(path, **{name: "ODD"}).replace("ODD", piece)


async def test_whatever_stands_in_a_path_is_answered_by_a_sentence(town: Town) -> None:
    wrong: list[str] = []
    for method, path in routes():
        for address in addresses(town, path):
            answer = await client_of(town, path).request(method, address)
            if not is_well_answered(answer):
                wrong.append(f"{method} {address[:120]}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


QUERIES = ("", "\0", "x" * 5000, "-1", "9" * 400, "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00",
           "0001-01-01T00:00:00+14:00", "2026-11-20T00:00:00.000000Z \0", "2026-11-20T00:00:00.000000Z|\0", "NaN",
           "0-99999999999999999999", "2026-11-20|x", "\u202e💩", "[]", "١٢", "1e5")  # fmt: skip
BY_HAND = ("from", "after", "then", "asked", "vat_codes", "next")
"""What pages read without declaring it."""


def names_of(path: str) -> set[str]:
    """What may stand in the query of a page or an answer."""
    (route,) = [one for one in all_routes() if one.path == path and "GET" in one.methods]
    declared = set(_declared(route.dependant))
    return declared if path.startswith("/api/") else declared | set(BY_HAND)


def _declared(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for one in dependant.dependencies:
        yield from _declared(one)


def queries(path: str) -> Iterator[dict[str, str]]:
    """What is asked of that address. A read of dead letters is a read of Kafka: those are asked for less."""
    if "/dead/" in path:
        yield from ({"connector": "exact_online", "before": value} for value in ("0-99999999999999999999", "-1", "\0"))
        yield {"connector": "\0"}
        return
    yield from ({name: value} for name in sorted(names_of(path)) for value in QUERIES)


async def test_whatever_is_asked_for_is_answered_by_a_sentence(town: Town) -> None:
    """In the query of every address: moments before and after all time, places that lead nowhere, zeros."""
    wrong: list[str] = []
    for method, path in routes():
        if method != "GET" or path in STREAMS:
            continue
        for query in queries(path):
            answer = await client_of(town, path).get(town.acme.path(path), params=query)
            if not is_well_answered(answer):
                wrong.append(f"{path}?{str(query)[:60]}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\0", "true", "2026-11-20", "0001-01-01", "-1", "1e999", "٣", "\u202e", "x" * 3000, "21", "nan"]
    ),
)
"""What somebody may type."""


def form_of(fields: Sequence[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Some of these fields, some twice, in any order, and perhaps one that nobody knows."""
    names = st.sampled_from([*fields, "unknown"])
    return st.lists(st.tuples(names, TEXT), max_size=12)


FORMS: dict[str, Sequence[str]] = {
    "/connect/{connector}": ("site", "username", "csrf"),
    "/connect/logins/{login}": ("administration",),
    "/connections/{connection}/settings": (),
    "/connections/{connection}/move": ("from", "act", "document"),
    "/connections/{connection}/move/look": ("from", "act", "document", "number"),
    "/connections/{connection}/documents/{key}/it-is-there": ("number", "vendor_id"),
    "/connections/{connection}/documents/{key}/send-again": ("without_invoice",),
    "/connections/{connection}/control/sync": ("kind", "accept_deletions"),
    "/connections/{connection}/control/send": ("document", "all"),
    "/connections/{connection}/preview/start": ("from", "takes_over"),
    "/connections/{connection}/reconciliation": ("first", "last"),
    "/operate/connections/{connection}/reconciliations": ("first", "last"),
    "/operate/replays": ("connector", "what", "tenant", "first", "last", "documents", "letters"),
    "/session": ("token", "next"),
    "/preferences": ("language", "theme", "next"),
}


@pytest.mark.parametrize("path", FORMS)
def test_whatever_is_typed_into_a_form_is_answered_by_a_sentence(bench: Bench, path: str) -> None:
    """Made up anew by a seed that stays; the settings with the fields that their form really has."""
    client = client_of(bench.town, path)
    fields = FORMS[path]
    if path.endswith("/settings"):
        page = bench.run(client.get(bench.town.acme.path(path))).text
        fields = sorted({name for name, _ in untouched(page, bench.town.acme.path(path))})
        assert len(fields) > 20
    given_ids = {"from": bench.town.acme.ended.id, "act": "there"} if "move" in path else {"what": "period"}

    @seed(9)
    @settings(
        max_examples=40, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(form_of(fields))
    def ask(form: list[tuple[str, str]]) -> None:
        pairs = [*given_ids.items(), *form]
        content = urlencode(pairs, errors="replace")
        answer = bench.run(client.post(bench.town.acme.path(path), content=content, headers=FORM))
        assert is_well_answered(answer), f"{pairs}: {answer.status_code} {answer.text[-400:]}"

    ask()
