"""What holds for every answer: headers, sizes, errors as sentences."""

import httpx
import pytest

from services.console.app import create_app
from services.console.assets import asset
from services.console.guard import MOST_BYTES
from shared.bus import BusUnavailable
from shared.errors import LostLease, Misconfigured, NeedsOwner, StoreUnavailable, TryLater
from tests.console.desk import URL, Desk


async def test_nothing_inline_runs_and_nobody_frames_a_page(office: httpx.AsyncClient) -> None:
    for path in ("/", "/session", "/no-such-page", asset("console.css"), "/api/v1/openapi.json"):
        headers = (await office.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"]


async def test_the_pages_that_the_operator_names_may_frame_it(console: Desk) -> None:
    console.hub.settings = console.hub.settings.model_copy(update={"console_frames": ("https://app.test",)})
    app = create_app(console.hub)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        headers = (await client.get("/session")).headers
    assert "frame-ancestors https://app.test" in headers["content-security-policy"]
    assert "x-frame-options" not in headers


async def test_pages_are_kept_by_nobody_and_files_for_a_year(office: httpx.AsyncClient) -> None:
    assert (await office.get("/")).headers["cache-control"] == "no-store"
    assert "immutable" in (await office.get(asset("console.css"))).headers["cache-control"]
    assert (await office.get("/static/older/console.css")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "nothing.css", "", "/etc/passwd"])
async def test_only_our_files_are_served(office: httpx.AsyncClient, name: str) -> None:
    assert (await office.get(f"/static/x/{name}")).status_code == 404


async def test_a_body_that_is_too_large_is_refused(office: httpx.AsyncClient) -> None:
    answer = await office.post("/session", data={"token": "x" * MOST_BYTES})
    assert answer.status_code == 413


ERRORS = {
    "misconfigured": (Misconfigured("Choose a journal."), 422),
    "owner": (NeedsOwner("Access has expired."), 409),
    "later": (TryLater("It rests."), 503),
    "other": (LostLease("Somebody else works on it."), 409),
}


@pytest.mark.parametrize(("error", "status"), ERRORS.values(), ids=ERRORS)
async def test_an_error_of_ours_is_a_sentence_for_whoever_asks(console: Desk, error: Exception, status: int) -> None:
    @console.app.get("/fail")
    @console.app.get("/api/v1/fail")
    async def fail() -> None:
        raise error

    client = await console.signed_in()
    page = await client.get("/fail")
    part = await client.get("/fail", headers={"HX-Request": "true"})
    program = await client.get("/api/v1/fail")
    assert {page.status_code, part.status_code, program.status_code} == {status}
    assert program.json() == {"error": str(error)}
    assert str(error) in page.text
    assert "<html" in page.text
    assert str(error) in part.text
    assert "<html" not in part.text
    assert part.headers["hx-retarget"] == "#problem"


AWAY = {
    "store": StoreUnavailable("The store /data/fieldledger.db could not be used (disk I/O error)."),
    "kafka": BusUnavailable("Kafka at kafka.internal:9092 does not answer (TimeoutError)."),
}


@pytest.mark.parametrize("error", AWAY.values(), ids=AWAY)
async def test_where_our_own_parts_stand_is_told_to_operators_alone(console: Desk, error: Exception) -> None:
    @console.app.get("/fail")
    @console.app.get("/api/v1/fail")
    async def fail() -> None:
        raise error

    office, operator = await console.signed_in(), await console.signed_in(role="operator")
    for path in ("/fail", "/api/v1/fail"):
        answer = await office.get(path)
        assert answer.status_code == 503
        assert "needs does not answer at this moment. Try again in a minute." in answer.text
        assert str(error).split(" could ")[0] not in answer.text
        assert str(error) in (await operator.get(path)).text


async def test_our_own_mistake_says_nothing_of_what_went_wrong(console: Desk) -> None:
    @console.app.get("/api/v1/fail")
    async def fail() -> None:
        raise RuntimeError("secret detail")

    answer = await console.program().get("/api/v1/fail")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["content-security-policy"]


async def test_a_form_may_lead_to_the_login_page_of_a_package_and_nowhere_else(office: httpx.AsyncClient) -> None:
    policy = (await office.get("/")).headers["content-security-policy"]
    assert "form-action 'self' http://exact.sandbox;" in policy
