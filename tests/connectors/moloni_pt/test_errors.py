"""What each answer means: which were surely not executed, which may have been, and what the user reads."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.access import Answer
from shared.connectors.moloni_pt.errors import EXPIRED, PAUSE, DataError, SaidNothing, classify, refusal, stale
from shared.errors import (
    GiveUp,
    MissingRight,
    NeedsOwner,
    RateLimited,
    Rejected,
    TryLater,
    Uncertain,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PAGE = "<html><head><style>p{}</style></head><p>Em <b>manutenção</b></p></html>"


def answer(status, body="", **headers):
    return Answer(status, headers, body if isinstance(body, str) else json.dumps(body))


def auth(error, description):
    return answer(400, {"error": error, "error_description": description})


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_only_an_object_that_says_valid_is_a_written_document():
    assert classify(answer(200, {"valid": 1, "document_id": 7}), write=True) is None
    assert classify(answer(200, {"valid": "1", "document_id": 7}), write=True) is None
    for body in ({}, {"document_id": 7}, 7, "", PAGE, "null"):
        assert type(classify(answer(200, body), write=True)) is Uncertain, body


def test_refused_data_come_with_200_and_are_refused():
    error = classify(answer(200, [{"code": "1 name", "description": "Field 'name' is required"}]), write=True)
    assert isinstance(error, DataError)
    assert error.reason == "Moloni refused: the name is missing."
    assert error.vendor_says == "Field 'name' is required"


def test_problems_alike_are_told_once():
    error = classify(answer(200, ["1 name", "1 name"]), write=True)
    assert (error.reason, error.vendor_says) == ("Moloni refused: the name is missing.", "1 name")


def test_an_empty_list_is_no_error_of_a_read_and_a_doubtful_refusal_of_a_write():
    assert classify(answer(200, []), write=False) is None
    error = classify(answer(200, []), write=True)
    assert isinstance(error, SaidNothing)
    assert error.look_up_first


def test_a_write_that_is_not_valid_is_refused():
    error = classify(answer(200, {"valid": 0}), write=True)
    assert isinstance(error, Rejected)
    assert not error.look_up_first


@pytest.mark.parametrize("write", [True, False])
def test_rows_are_no_errors(write):
    rows = answer(200, [{"code": "M07", "name": "Isento"}])
    assert (classify(rows, write) is None) is (not write)


def test_a_company_that_is_closed_to_the_login_asks_for_its_owner():
    error = classify(answer(200, ["5 company_id"]), write=False)
    assert isinstance(error, NeedsOwner)
    assert "Grant access in Moloni" in error.reason


@pytest.mark.parametrize(
    "expired",
    [
        auth("invalid_grant", "Token is no longer valid"),
        auth("invalid_request", "The access token was not found"),
        answer(401),
    ],
)
def test_expired_access_asks_for_a_newer_token_and_then_for_the_owner(expired):
    assert stale(expired)
    error = classify(expired, write=True)
    assert (type(error), error.reason) == (NeedsOwner, EXPIRED)


@pytest.mark.parametrize(
    "other", [auth("invalid_client", "The client credentials are invalid"), answer(400, ["1 name"]), answer(500)]
)
def test_other_refusals_are_not_cured_by_a_newer_token(other):
    assert not stale(other)


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_an_unknown_app_is_the_operators_and_costs_nobody_their_login(error):
    found = classify(auth(error, "The client credentials are invalid"), write=True)
    assert type(found) is TryLater
    assert "operator" in found.reason


def test_a_400_with_a_list_is_read_like_any_list():
    error = classify(answer(400, ["8 vat"]), write=True)
    assert isinstance(error, DataError)


def test_a_missing_right_is_no_lost_login():
    assert type(classify(answer(403, PAGE), write=False)) is MissingRight


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_trouble_may_have_been_executed_if_it_was_a_write(status):
    assert type(classify(answer(status, PAGE), write=True)) is Uncertain
    error = classify(answer(status, PAGE), write=False)
    assert type(error) is TryLater
    assert error.vendor_says == "Em manutenção"


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ({}, NOW + PAUSE),
        ({"retry-after": "90"}, NOW + timedelta(seconds=90)),
        ({"retry-after": "0"}, NOW + timedelta(seconds=1)),
        ({"retry-after": "Fri, 20 Nov 2026 10:05:00 GMT"}, NOW + timedelta(minutes=5)),
        ({"retry-after": "Fri, 20 Nov 2026 10:05:00 -0000"}, NOW + timedelta(minutes=5)),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:00 GMT"}, NOW + timedelta(seconds=1)),
        ({"retry-after": "soon"}, NOW + PAUSE),
    ],
)
def test_a_limit_is_waited_out_for_as_long_as_it_says_else_for_a_minute(told, until):
    error = classify(answer(429, "", **told), write=True)
    assert isinstance(error, RateLimited)
    assert error.until == until


def test_any_other_refusal_is_told_in_words():
    error = classify(answer(404, PAGE), write=True)
    assert isinstance(error, GiveUp)
    assert error.reason == "Moloni refused: Em manutenção"
    assert classify(answer(404), write=False).reason == "Moloni refused: 404"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (auth("invalid_grant", "Refresh token has expired"), "dead"),
        (auth("invalid_grant", "Invalid refresh token"), "dead"),
        (auth("invalid_client", "The client credentials are invalid"), "later"),
        (answer(503, PAGE), "later"),
        (answer(429), "later"),
        (answer(400, "[]"), "later"),
    ],
)
def test_only_a_refused_grant_ends_the_login(said, kind):
    assert refusal(said).kind == kind
    assert "Moloni's login service answered" in refusal(said).reason
