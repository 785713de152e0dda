"""What Multivers' answers mean: status, messages, and errors that come with a success."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.access import Answer
from shared.connectors.multivers.errors import EXPIRED, NotHere, classify, refusal
from shared.errors import MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain


def answer(status, body=None, **headers):
    text = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def said(words, kind="Error", **spelling):
    return {"messages": [{"message": words, "messageType": kind, "path": "", **spelling}]}


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (401, NeedsOwner), (403, MissingRight), (404, NotHere), (409, Rejected), (429, RateLimited)],
)
def test_a_status_below_500_says_that_nothing_was_done(status, error, write):
    assert type(classify(answer(status), write)) is error


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", ["", "<html><b>Down</b></html>", said("Dagboek is geblokkeerd.")])
def test_server_trouble_leaves_a_write_in_doubt_whatever_it_says(status, body):
    assert type(classify(answer(status, body), True)) is Uncertain
    assert type(classify(answer(status, body), False)) is TryLater


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (said("Het veld is onjuist."), "Het veld is onjuist."),
        ({"messages": [{"Message": "Oude spelling.", "MessageType": "Error"}]}, "Oude spelling."),
        ({"Message": "Versie 16."}, "Versie 16."),
        ({"messages": [*said("Een.")["messages"], *said("Twee.")["messages"]]}, "Een.; Twee."),
        ("<html><style>p{}</style><p>Onderhoud</p></html>", "Onderhoud"),
        ("", None),
        ({}, None),
        ({"messages": "?"}, None),
        ([], None),
    ],
)
def test_the_packages_own_words_are_kept_in_whatever_form_they_come(body, words):
    problem = classify(answer(400, body), True)
    assert problem.vendor_says == words
    assert (words or "400") in problem.reason


@pytest.mark.parametrize(
    "body", [{"error": "De order is al gefactureerd.", "orderId": "1"}, said("Al gefactureerd."), said("x", "ERROR")]
)
def test_an_error_inside_a_success_is_a_refusal_that_is_looked_up_once(body):
    problem = classify(answer(200, body), True)
    assert type(problem) is Rejected
    assert problem.look_up_first
    assert problem.vendor_says


@pytest.mark.parametrize(
    "body",
    [
        {"orderId": "1", **said("Let op: kredietlimiet.", "Warning")},
        {"orderId": "1", **said("Opgeslagen.", "Information")},
        {"error": "", "orderId": "1"},
        {"error": None},
        {"messages": []},
        {"messages": ["?"]},
        [],
        "",
    ],
)
def test_warnings_and_empty_errors_are_none(body):
    assert classify(answer(200, body), True) is None


def test_messages_on_what_is_only_read_are_none_of_our_business():
    assert classify(answer(200, said("Deze order is geblokkeerd.")), False) is None


def test_withdrawn_access_is_told_in_the_platforms_words():
    assert classify(answer(401), False).reason == EXPIRED


NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("90", 90),
        ("0", 1),
        ("Fri, 20 Nov 2026 09:07:00 GMT", 420),
        ("Fri, 20 Nov 2026 08:00:00 GMT", 1),
        ("soon", 60),
        ("", 60),
    ],
)
def test_a_call_limit_names_its_moment_or_costs_a_minute(monkeypatch, told, seconds):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert classify(answer(429, retry_after=told), True).until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, "dead"),
        (401, {"error": "access_denied"}, "dead"),
        (400, {"error": "invalid_client"}, "later"),
        (400, "", "later"),
        (400, "<html>", "later"),
        (500, {"error": "invalid_grant"}, "later"),
        (429, {"error": "invalid_grant"}, "later"),
    ],
)
def test_a_login_is_dead_only_when_the_login_service_says_so(status, body, kind):
    assert refusal(answer(status, body)).kind == kind
