import json
from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.access import Answer
from shared.connectors.billit.errors import EXPIRED, NotHere, classify, refusal, stale
from shared.errors import MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def time_stands_still(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _says(*errors):
    return json.dumps({"errors": [dict(zip(("Code", "Description"), error, strict=False)) for error in errors]})


def _answer(status, text="", **headers):
    return Answer(status, {name.replace("_", "-"): str(value) for name, value in headers.items()}, text)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_error(status):
    assert classify(_answer(status), True) is None


@pytest.mark.parametrize("code", ["InvalidAccessToken", "AccessTokenExpired", "AccessTokenRevoked"])
@pytest.mark.parametrize("write", [True, False])
def test_a_401_about_the_token_wants_a_newer_one_and_then_the_owner_in_the_known_words(code, write):
    answer = _answer(401, _says((code,)))
    assert stale(answer)
    error = classify(answer, write)
    assert isinstance(error, NeedsOwner)
    assert error.reason == EXPIRED == "Authentication expired. Reconnect the integration to sync data."


@pytest.mark.parametrize("text", ["", "<html>no</html>", "[]", '{"errors": "?"}', '{"errors": [{}]}'])
def test_a_401_without_a_code_is_taken_for_one_about_the_token(text):
    assert stale(_answer(401, text))
    assert isinstance(classify(_answer(401, text), False), NeedsOwner)


def test_a_401_for_what_belongs_to_another_company_asks_for_no_newer_token():
    answer = _answer(401, _says(("Unauthorized", "Order 7 does not belong to this company")))
    assert not stale(answer)
    error = classify(answer, False)
    assert isinstance(error, NotHere)
    assert error.vendor_says == "Order 7 does not belong to this company"


def test_a_write_that_may_not_be_made_for_the_company_rests_the_lane_instead_of_ending_every_document():
    error = classify(_answer(401, _says(("Unauthorized", "no"))), True)
    assert type(error) is NeedsOwner
    assert "Grant access" in error.reason


def test_only_a_401_is_stale():
    assert not stale(_answer(403, _says(("InvalidAccessToken",))))
    assert not stale(_answer(200))


@pytest.mark.parametrize("write", [True, False])
def test_a_404_is_not_here(write):
    assert isinstance(classify(_answer(404), write), NotHere)


def test_a_403_closes_this_one_thing():
    assert isinstance(classify(_answer(403), True), MissingRight)


@pytest.mark.parametrize("write", [True, False])
def test_a_refusal_is_final_and_carries_all_the_words(write):
    error = classify(_answer(400, _says(("GenericError", "Verplicht: Name"), ("Other", ""))), write)
    assert type(error) is Rejected
    assert (error.vendor_says, error.reason) == ("Verplicht: Name; Other", "Billit refused: Verplicht: Name; Other")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("InvalidVAtPercentageForTaxCountry_0_", "choose another VAT code"),
        ("TheCustomerDoesNotSupportPeppolForType_0_", "cannot receive it by Peppol"),
    ],
)
def test_known_codes_say_what_to_do(code, words):
    error = classify(_answer(400, _says((code, "In het Nederlands"))), True)
    assert words in error.reason
    assert error.vendor_says == "In het Nederlands"


def test_a_key_that_is_known_means_that_it_was_made():
    answer = _answer(409, _says(("Idempotent token already exists",)))
    assert isinstance(classify(answer, True), Uncertain)
    assert type(classify(answer, False)) is Rejected
    assert type(classify(_answer(409, _says(("Conflict",))), True)) is Rejected


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_trouble_is_uncertain_on_a_write_and_harmless_on_a_read(status):
    assert isinstance(classify(_answer(status, _says(("GenericError", "oops"))), True), Uncertain)
    assert isinstance(classify(_answer(status), False), TryLater)


def test_a_page_reaches_the_user_without_tags_and_short():
    page = "<html><style>p {color: red}</style><p>Maintenance</p>" + "<p>long</p>" * 500
    error = classify(_answer(503, page), False)
    assert error.vendor_says.startswith("Maintenance long")
    assert len(error.vendor_says) <= 300


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("7", 7),
        ("0", 1),
        ("Fri, 20 Nov 2026 10:03:00 GMT", 180),
        ("Fri, 20 Nov 2026 10:03:00 -0000", 180),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 1),
        ("soon", 60),
        ("", 60),
    ],
)
def test_a_pause_is_given_in_seconds_or_as_a_moment_else_a_minute(told, pause):
    error = classify(_answer(429, retry_after=told), True)
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(seconds=pause)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, _says(("InvalidGrant", "The token is not valid.")), "dead"),
        (401, _says(("InvalidGrant",)), "dead"),
        (400, "{}", "dead"),
        (401, _says(("InvalidClient",)), "later"),
        (400, "<html>proxy</html>", "later"),
        (400, "[]", "later"),
        (429, _says(("InvalidGrant",)), "later"),
        (408, "{}", "later"),
        (500, _says(("InvalidGrant",)), "later"),
    ],
)
def test_a_refused_token_is_dead_unless_the_service_or_the_app_is_to_blame(status, text, kind):
    assert refusal(_answer(status, text)).kind == kind
