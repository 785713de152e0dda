import json
from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.access import Answer
from shared.connectors.exact_online import CONNECTOR
from shared.connectors.exact_online.errors import classify, refusal
from shared.errors import MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def time_stands_still(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _says(text):
    return json.dumps({"error": {"code": "", "message": {"lang": "", "value": text}}})


def _answer(status, text="", **headers):
    return Answer(status, {name.replace("_", "-"): str(value) for name, value in headers.items()}, text)


def _window(prefix, remaining, resets):
    milliseconds = int(resets.timestamp() * 1000)
    return {f"{prefix}_limit": 60, f"{prefix}_remaining": remaining, f"{prefix}_reset": milliseconds}


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_error(status):
    assert classify(_answer(status), True) is None


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("BlockedUser", "Unblock this user"),
        ("InactiveUser", "Activate this user"),
        ("BlockedCustomer", "Ask Exact"),
        ("LicenseExpired", "Renew it"),
        ("DivisionBlocked", "Ask your accountant"),
        ("NoDivisionAccess: 900001", "Grant access"),
    ],
)
def test_a_403_tells_the_owner_what_to_do(reason, words):
    error = classify(_answer(403, reason=reason), True)
    assert type(error) is NeedsOwner, "it closes the whole administration"
    assert words in error.reason


def test_a_violated_scope_needs_the_owner_too():
    error = classify(_answer(403, "Forbidden - Application Scope Violated. Cannot read"), False)
    assert isinstance(error, MissingRight)
    assert "rights" in error.reason
    assert error.vendor_says == "Forbidden - Application Scope Violated. Cannot read"


def test_a_401_that_survives_the_login_layer_needs_the_owner():
    assert isinstance(classify(_answer(401), False), NeedsOwner)


@pytest.mark.parametrize("status", [400, 404, 405])
@pytest.mark.parametrize("write", [True, False])
def test_a_refusal_is_final_and_carries_the_vendors_words(status, write):
    error = classify(_answer(status, _says("Verplicht: Journaal\r\nVerplicht: Besteld door")), write)
    assert isinstance(error, Rejected)
    assert error.vendor_says == "Verplicht: Journaal\r\nVerplicht: Besteld door"
    assert not error.look_up_first


def test_a_refusal_without_a_body_names_its_status():
    assert classify(_answer(404), False).reason == (
        "Exact Online refused: what it was asked for is not there any more (404)"
    )


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_trouble_is_uncertain_on_a_write_and_harmless_on_a_read(status):
    assert isinstance(classify(_answer(status), True), Uncertain)
    assert isinstance(classify(_answer(status), False), TryLater)


def test_a_500_with_a_reason_is_a_refusal_that_is_looked_up_first():
    error = classify(_answer(500, _says("Gegeven bestaat reeds.")), True)
    assert isinstance(error, Rejected)
    assert error.look_up_first
    assert (error.vendor_says, "has this number or code already" in error.reason) == ("Gegeven bestaat reeds.", True)


def test_a_500_with_a_reason_on_a_read_is_tried_again():
    assert isinstance(classify(_answer(500, _says("Er ging iets mis.")), False), TryLater)


def test_the_generic_500_is_a_real_fault():
    text = "A problem has occurred. The cause of this issue will be investigated as soon as possible."
    assert isinstance(classify(_answer(500, _says(text)), True), Uncertain)


def test_a_503_with_a_message_stays_uncertain():
    assert isinstance(classify(_answer(503, _says("Onderhoud")), True), Uncertain)


def test_a_page_reaches_the_user_without_tags_and_short():
    page = "<html><style>p {color: red}</style><p>Maintenance</p>" + "<p>long</p>" * 500
    error = classify(_answer(503, page), False)
    assert error.vendor_says.startswith("Maintenance long")
    assert "<" not in error.reason
    assert len(error.vendor_says) <= 300


def test_a_429_waits_for_the_window_that_is_exceeded():
    minute, day = NOW + timedelta(seconds=20), NOW + timedelta(hours=14)
    headers = _window("x_ratelimit_minutely", 0, minute) | _window("x_ratelimit", 3000, day)
    assert classify(_answer(429, **headers), True).until == minute


def test_a_429_that_shows_one_window_only_waits_for_that_one():
    day = NOW + timedelta(hours=14)
    error = classify(_answer(429, **_window("x_ratelimit", 1, day)), False)
    assert isinstance(error, RateLimited)
    assert error.until == day


def test_a_429_with_both_windows_exceeded_waits_for_the_later_one():
    minute, day = NOW + timedelta(seconds=20), NOW + timedelta(hours=14)
    headers = _window("x_ratelimit_minutely", 0, minute) | _window("x_ratelimit", 0, day)
    assert classify(_answer(429, **headers), False).until == day


def test_a_429_without_windows_waits_an_hour():
    assert classify(_answer(429), True).until == NOW + timedelta(hours=1)


def test_a_429_with_calls_left_in_both_windows_is_an_error_block_of_an_hour():
    headers = _window("x_ratelimit_minutely", 9, NOW) | _window("x_ratelimit", 9, NOW)
    assert classify(_answer(429, **headers), True).until == NOW + timedelta(hours=1)


def test_a_reset_in_our_past_is_not_asked_for_at_once():
    error = classify(_answer(429, **_window("x_ratelimit_minutely", 0, NOW - timedelta(seconds=9))), True)
    assert error.until > NOW


def test_windows_are_read_from_headers_in_milliseconds():
    resets = datetime(2026, 11, 20, 10, 1, tzinfo=UTC)
    found = CONNECTOR.limit.read(_answer(200, **_window("x_ratelimit_minutely", 59, resets)).headers)
    assert set(found) == {"minute"}
    assert found["minute"].resets == resets
    assert (found["minute"].limit, found["minute"].remaining) == (60, 59)


def test_windows_that_are_not_numbers_are_skipped():
    headers = _window("x_ratelimit", 1, NOW) | {"x_ratelimit_reset": "soon"}
    assert CONNECTOR.limit.read(_answer(200, **headers).headers) == {}


def _token(status, error="", description="", **headers):
    return refusal(_answer(status, json.dumps({"error": error, "error_description": description}), **headers)).kind


@pytest.mark.parametrize("status", [400, 401])
def test_renewing_too_early_means_somebody_else_did(status):
    assert _token(status, "access_denied", "Rate limit exceeded: access_token not expired") == "early"
    assert _token(status, "x", "y", reason="TooEarlyToRefreshTokens: wait") == "early"
    assert _token(status, reason="TooEarlyToRefreshTokens: wait") == "early"


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    ("error", "description"),
    [
        ("unauthorized_client", "Old refresh token used."),
        ("invalid_request", "The refresh token expired at 11/20/2026 and it is now 11/21/2026."),
        ("invalid_grant", "Token is not allowed, because of invalid or empty chainId"),
        ("invalid_grant", ""),
    ],
)
def test_a_lost_chain_is_dead(status, error, description):
    assert _token(status, error, description) == "dead"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_trouble_of_the_login_service_is_tried_later(status):
    assert _token(status, "invalid_grant", "whatever") == "later"


def test_wrong_credentials_of_the_app_do_not_kill_the_users_grant():
    assert _token(400, "invalid_request") == "later"
    assert _token(401, "invalid_client", "unknown client") == "later"


def test_an_unreadable_refusal_does_not_kill_the_users_grant():
    assert refusal(_answer(400, "<html>proxy</html>")).kind == "later"
    assert refusal(_answer(400, "[]")).kind == "later"
