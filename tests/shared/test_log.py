"""No secret in a log line, whatever it looks like and wherever it stands. The property tests try odd values."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import log
from tests.logs import recorded_log

NAMES = ("access_token", "refresh_token", "client_secret", "password", "token", "accessToken", "api_key", "Api-Key")
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=60).filter(
    lambda text: len(set(text)) > 5
)
"""Secrets of any text; long and varied, so that none stands in a log line by chance."""
bearer = st.from_regex(r"[A-Za-z0-9._~+/-]{10,60}={0,2}", fullmatch=True)
"""What a bearer token may look like (RFC 6750, section 2.1)."""
steady = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
name = st.sampled_from(NAMES)


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    with recorded_log() as take:
        yield take


FORMS: dict[str, Callable[[str, str], str]] = {
    "query": lambda key, secret: f"GET https://api.example/v1/?{urlencode({key: secret, 'page': 2})} 200",
    "query with %20": lambda key, secret: f"https://api.example/?page=2&{key}={quote(secret, safe='')}#top",
    "query in a query": lambda key, secret: f"/blocked?url={quote(f'https://api.example/?{key}={secret}', safe='')}",
    "form": lambda key, secret: f"grant_type=refresh_token&{key}={quote_plus(secret)}",
    "json": lambda key, secret: json.dumps({"page": 2, key: secret, "user": "anouk"}),
    "json without escapes": lambda key, secret: json.dumps({key: secret}, ensure_ascii=False, separators=(",", ":")),
    "json in json": lambda key, secret: json.dumps({"body": json.dumps({key: secret, "user": "anouk"})}),
    "dict": lambda key, secret: repr({"page": 2, key: secret}),
    "dict of bytes": lambda key, secret: repr({key: secret.encode()}),
    "header pairs": lambda key, secret: repr([("accept", "json"), (key, secret)]),
}


def spellings(secret: str) -> set[str]:
    """The secret as the forms above may write it."""
    inner = json.dumps(secret)[1:-1]
    return {
        secret, quote(secret, safe=""), quote_plus(secret), inner, json.dumps(inner)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1], repr(secret.encode())[2:-1],
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["mongodb", "mongodb+srv", "https"])
def test_the_password_of_an_address_is_masked_and_its_host_is_not(scheme: str) -> None:
    address = f"{scheme}://books:p%40ss~w0rd!@db1:27017,db2/fieldledger"
    assert log.mask(f"at {address} and") == f"at {scheme}://books:***@db1:27017,db2/fieldledger and"
    assert log.mask("http://127.0.0.1:8770/callback?user=a@b") == "http://127.0.0.1:8770/callback?user=a@b"


def leaks(text: str, secret: str) -> list[str]:
    return [spelling for spelling in spellings(secret) if spelling in text]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@steady
@given(key=name, secret=anything)
def test_a_secret_is_masked_in_text_whatever_it_is(form: Callable[[str, str], str], key: str, secret: str) -> None:
    told = log.mask(form(key, secret))
    assert leaks(told, secret) == []
    assert log.MASK in told


@pytest.mark.parametrize(
    "line", ["Authorization: Bearer {}", "'authorization': 'Bearer {}'", "sent Basic {} to", "bearer  {}"]
)
@steady
@given(secret=bearer)
def test_a_bearer_token_is_masked_wherever_it_stands(line: str, secret: str) -> None:
    assert secret not in log.mask(line.format(secret))


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "Cookie", "set-cookie"])
@steady
@given(secret=st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="\"'"), min_size=10))
def test_a_secret_header_is_masked_to_the_end_of_its_line(header: str, secret: str) -> None:
    told = log.mask(f"Accept: json\r\n{header}: {secret}\r\nHost: example")
    assert secret.strip() not in told or not secret.strip("* ")
    assert told.endswith("Host: example")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_stands_beside_a_secret_stays_readable(form: Callable[[str, str], str]) -> None:
    words = {"page", "user", "anouk", "grant_type", "accept", "body", "api.example"}
    text = form("access_token", "abcdefghij")
    kept = {word for word in words if word in text}
    assert {word for word in kept if word in log.mask(text)} == kept


@pytest.mark.parametrize(
    "text", ["", "token", "the token has expired", "3 tokens: one, two", '{"code": "MAT-001"}', "a=b"]
)
def test_a_text_without_a_secret_is_left_alone(text: str) -> None:
    assert log.mask(text) == text


@steady
@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert log.mask(log.mask(text)) == log.mask(text)


@steady
@given(key=name, secret=st.one_of(anything, anything.map(str.encode), st.lists(anything, min_size=1)))
def test_a_value_under_a_secret_name_is_masked_whatever_it_is(key: str, secret: Any) -> None:
    assert log.masked({"rows": [{"page": 1, key: secret}]}) == {"rows": [{"page": 1, key: log.MASK}]}


class Answer:
    """Something of a library, with a secret in what it says of itself."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return f"<Answer {json.dumps({'access_token': self._secret})}>"


@steady
@given(secret=anything)
def test_an_object_or_bytes_are_masked_by_what_they_say(secret: str) -> None:
    body = json.dumps({"access_token": secret})
    told = log.masked({"answer": Answer(secret), "body": body.encode(), "error": ValueError(body), "pair": (1, body)})
    assert leaks(str(told), secret) == []


def test_numbers_and_nothing_keep_their_type() -> None:
    assert log.masked({"a": 1, "b": 2.5, "c": None, "d": True, "token": ""}) == {
        "a": 1, "b": 2.5, "c": None, "d": True, "token": ""
    }  # fmt: skip


def error_saying(text: str) -> Exception:
    """An error with a traceback."""
    try:
        raise OSError(text)  # noqa: TRY301  # only a raised error has a traceback
    except OSError as error:
        return error


@steady
@given(secret=anything)
def test_an_event_of_ours_is_masked_at_any_depth_and_in_its_traceback(logged: Callable[[], str], secret: str) -> None:
    body = json.dumps({"refresh_token": secret})
    answer = {"deep": [{"client_secret": secret}]}
    log.get("test").error("token refused", answer=answer, exc_info=error_saying(body), raw=body)
    line = logged()
    assert "Traceback" in line
    assert "token refused" in line
    assert leaks(line, secret) == []


@steady
@given(secret=anything)
def test_a_line_of_a_library_is_masked_with_its_arguments_and_traceback(logged: Callable[[], str], secret: str) -> None:
    url = f"https://api.example/grant/?{urlencode({'client_secret': secret})}"
    words = ('%s - "GET %s" %d', "127.0.0.1", url, 200)
    logging.getLogger("uvicorn.access").error(*words, exc_info=error_saying(url))
    line = logged()
    assert "Traceback" in line
    assert "api.example" in line
    assert leaks(line, secret) == []


def test_a_line_that_cannot_be_formatted_is_lost_without_telling_its_arguments(
    logged: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = logging.LogRecord("library", logging.INFO, "x.py", 1, "%d calls", ("access_token=abcdefghij",), None)
    logging.getLogger().handlers[0].handle(broken)
    told = logged() + capsys.readouterr().err
    assert "a log line of library could not be written" in told
    assert "abcdefghij" not in told


async def test_httpx_logs_a_url_without_its_secrets(logged: Callable[[], str]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as http:
        await http.get("https://api.example/v1/invoices/", params={"access_token": "s3cr3t-of-the-vendor", "page": "2"})
    line = logged()
    assert "api.example/v1/invoices/" in line
    assert "s3cr3t" not in line


def test_httpx_is_silent_about_ordinary_calls(logged: Callable[[], str], capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")
    logging.getLogger("httpx").info("HTTP Request: GET https://api.example/?page=2")
    logging.getLogger("httpx").warning("something is wrong")
    assert "HTTP Request" not in (told := capsys.readouterr().err)
    assert "something is wrong" in told


@pytest.mark.parametrize("as_json", [True, False])
def test_a_bound_value_is_masked_in_both_forms(as_json: bool) -> None:
    with recorded_log(as_json=as_json) as logged, structlog.contextvars.bound_contextvars(authorization="abcdefghij"):
        log.get("test").bind(password="abcdefghij").info("hello")
        line = logged()
    assert "hello" in line
    assert "authorization" in line
    assert "abcdefghij" not in line


@pytest.mark.parametrize(
    "text",
    [
        "POST https://hooks.example.com/callbacks/billit/5f0c-11/aB3-_x9",
        r'{"url": "https:\/\/hooks.example.com\/callbacks\/billit\/5f0c-11\/aB3-_x9"}',
        "?url=https%3A%2F%2Fhooks.example.com/callbacks%2Fbillit%2F5f0c-11%2FaB3-_x9&x=1",
    ],
)
def test_the_secret_of_a_callback_address_is_masked(text: str) -> None:
    assert "aB3-_x9" not in log.mask(text)
    assert "5f0c-11" in log.mask(text)
