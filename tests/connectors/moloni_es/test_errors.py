import json
from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.access import Answer
from shared.connectors.moloni_es.errors import EXPIRED, NotHere, NotUnderstood, Refused, classify, stale
from shared.errors import MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def time_stands_still(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _answer(body, status=200, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {name.replace("_", "-"): str(value) for name, value in headers.items()}, text)


def _op(data, *errors):
    return {"data": {"any": {"data": data, "errors": [{"field": field, "msg": msg} for field, msg in errors]}}}


def _whole(code, data=None, message="no"):
    return {"errors": [{"message": message, "extensions": {"code": code}}], "data": data}


@pytest.mark.parametrize("errors", [(), (("*", "something else went wrong"),)])
def test_a_write_with_data_was_made_whatever_errors_stand_beside_it(errors):
    assert classify(_answer(_op({"documentId": 1}, *errors)), True) is None


def test_a_write_with_data_was_made_also_where_the_errors_are_about_the_whole_request():
    answer = _answer(_whole("INTERNAL_SERVER_ERROR", _op({"documentId": 1})["data"]))
    assert classify(answer, True) is None


def test_a_deletion_that_counts_was_made():
    body = {"data": {"hookDelete": [{"status": 1, "deletedCount": 1, "errors": []}]}}
    assert classify(_answer(body), True) is None


def test_a_write_without_data_was_refused_in_moloni_s_own_words():
    error = classify(_answer(_op(None, ("*", "No."), ("products[1].taxes", "Wrong tax"))), True)
    assert isinstance(error, Refused)
    assert error.reason == "Moloni refused: No.; Wrong tax (line 2, taxes). Correct it, and send the document again."
    assert error.vendor_says == "No.; Wrong tax"
    assert not error.look_up_first


@pytest.mark.parametrize("field", ["vat", "number"])
def test_a_number_that_somebody_has_may_be_our_own_customer_s(field):
    error = classify(_answer(_op(None, (field, "Ya existe un cliente"))), True)
    assert isinstance(error, Rejected)
    assert error.look_up_first


@pytest.mark.parametrize("body", ["{}", '{"data": {}}', '{"data": {"any": {"data": null, "errors": []}}}', "<html>"])
def test_a_write_that_says_nothing_may_have_been_made(body):
    assert isinstance(classify(_answer(body), True), Uncertain)


def test_a_read_without_errors_is_a_success():
    assert classify(_answer(_op([])), False) is None


def test_a_read_with_errors_beside_its_data_is_not_believed():
    error = classify(_answer(_op([{"customerId": 1}], ("*", "partial"))), False)
    assert isinstance(error, TryLater)
    assert error.vendor_says == "partial"


@pytest.mark.parametrize(("field", "kind"), [("customerId", NotHere), ("companyId", Refused), ("*", Refused)])
def test_what_is_not_there_is_told_from_what_is_refused(field, kind):
    assert type(classify(_answer(_op(None, (field, "no"))), False)) is kind


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", ["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT"])
@pytest.mark.parametrize("write", [True, False])
def test_what_does_not_fit_the_schema_was_surely_not_done(status, code, write):
    assert isinstance(classify(_answer(_whole(code), status), write), NotUnderstood)


def test_a_4xx_without_a_known_code_was_surely_not_done():
    assert isinstance(classify(_answer(_whole("NEW"), 422), True), Rejected)
    assert isinstance(classify(_answer("<b>no</b>", 404), True), Rejected)


@pytest.mark.parametrize(("write", "kind"), [(True, Uncertain), (False, TryLater)])
@pytest.mark.parametrize(
    "answer",
    [_answer("", 500), _answer("", 408), _answer("<html>", 503), _answer(_whole("INTERNAL_SERVER_ERROR"))],
    ids=["500", "408", "503", "inside"],
)
def test_trouble_inside_moloni_says_nothing_of_what_was_done(answer, write, kind):
    assert type(classify(answer, write)) is kind


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("write", [True, False])
def test_a_token_that_is_not_taken_wants_a_newer_one_and_then_the_owner(status, write):
    answer = _answer(_whole("UNAUTHENTICATED"), status)
    assert stale(answer)
    error = classify(answer, write)
    assert isinstance(error, NeedsOwner)
    assert error.reason == EXPIRED == "Authentication expired. Reconnect the integration to sync data."


def test_a_bare_401_wants_a_newer_token_too():
    assert stale(_answer("", 401))
    assert isinstance(classify(_answer("", 401), False), NeedsOwner)
    assert not stale(_answer(_op(None, ("*", "no"))))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Expired subscription.", NeedsOwner),
        ("You don't have access to this company.", NeedsOwner),
        ("You don't have permissions to execute this action.", MissingRight),
    ],
)
def test_known_sentences_rest_the_lane_instead_of_ending_every_document(words, kind):
    error = classify(_answer(_op(None, ("*", words))), True)
    assert type(error) is kind
    assert error.vendor_says == words


def test_a_403_is_a_right_that_is_missing():
    assert isinstance(classify(_answer("", 403), True), MissingRight)
    assert isinstance(classify(_answer(_whole("FORBIDDEN")), False), MissingRight)


@pytest.mark.parametrize(
    ("headers", "pause"), [({}, 60), ({"retry_after": "90"}, 90), ({"retry_after": "0"}, 1), ({"retry_after": "?"}, 60)]
)
def test_a_limit_is_waited_out(headers, pause):
    error = classify(_answer("", 429, **headers), True)
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(seconds=pause)


def test_a_page_of_a_proxy_is_told_without_its_tags():
    error = classify(_answer("<style>x</style><h1>Not <b>here</b></h1>", 404), False)
    assert error.vendor_says == "Not here"
