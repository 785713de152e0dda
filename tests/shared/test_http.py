import contextlib
from collections.abc import Callable

import httpx
import pytest
from prometheus_client import REGISTRY

from shared.access import Answer
from shared.errors import Rejected, TryLater, Uncertain, WorkError
from shared.http import Unlimited, VendorHttp
from shared.mapping import Request
from shared.schemas.money import JsonFraction

POST = Request("POST", "/things", {"a": 1})
Behaviour = Callable[[httpx.Request], httpx.Response]


def failing(error: type[Exception]) -> Behaviour:
    def behave(request: httpx.Request) -> httpx.Response:
        raise error("the line", request=request)  # type: ignore[call-arg]  # httpx errors all take it

    return behave


def answering(body: str, status: int = 200) -> Behaviour:
    return lambda _: httpx.Response(status, text=body)


def refuse_400(answer: Answer, write: bool) -> WorkError | None:
    return Rejected("refused") if answer.status == 400 else None


def http(behave: Behaviour) -> VendorHttp:
    client = httpx.AsyncClient(base_url="https://vendor.example", transport=httpx.MockTransport(behave))
    return VendorHttp(
        client, auth=httpx.Auth(), classify=refuse_400, budget=Unlimited(), windows=lambda _: {}, name="vendor"
    )


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_a_write_that_surely_did_not_leave_is_tried_later(error: type[Exception]) -> None:
    with pytest.raises(TryLater):
        await http(failing(error)).write(POST)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.RemoteProtocolError,
        httpx.CloseError,
    ],
)
async def test_a_write_that_may_have_arrived_is_uncertain(error: type[Exception]) -> None:
    with pytest.raises(Uncertain):
        await http(failing(error)).write(POST)


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError])
async def test_a_broken_read_is_tried_later(error: type[Exception]) -> None:
    with pytest.raises(TryLater):
        await http(failing(error)).read("/things")


async def test_an_unreadable_answer_to_a_write_is_uncertain_and_to_a_read_tried_later() -> None:
    with pytest.raises(Uncertain):
        await http(answering("<html>")).write(POST)
    with pytest.raises(TryLater):
        await http(answering("<html>")).read("/things")


async def test_an_empty_answer_to_a_write_is_a_success() -> None:
    assert await http(answering("", 204)).write(POST) is None


async def test_what_the_connector_says_of_an_answer_is_raised() -> None:
    with pytest.raises(Rejected):
        await http(answering("{}", 400)).write(POST)


async def test_numbers_stay_exact() -> None:
    assert await http(answering('{"amount": 0.1000000000000000055}')).read("/things") == {
        "amount": "0.1000000000000000055"
    }


async def test_a_read_by_post_carries_its_body_and_is_tried_later_when_its_answer_is_lost() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"method": request.method, "asked": request.read().decode()})

    assert await http(echo).search("/find", {"a": 1}) == {"method": "POST", "asked": '{"a":1}'}
    with pytest.raises(TryLater):
        await http(failing(httpx.ReadTimeout)).search("/find", {})
    with pytest.raises(TryLater):
        await http(answering("<html>")).search("/find", {})
    with pytest.raises(Rejected, match="another host"):
        await http(answering("{}")).search("https://elsewhere.example/find", {})


async def test_a_link_to_another_host_is_not_followed() -> None:
    with pytest.raises(Rejected, match="another host"):
        await http(answering("{}")).read("https://elsewhere.example/things")
    assert await http(answering("{}")).read("https://vendor.example/things?page=2") == {}


@pytest.mark.parametrize(
    ("behave", "status"),
    [
        (answering("{}", 503), "503"),
        (failing(httpx.ConnectError), "unreachable"),
        (failing(httpx.ReadTimeout), "lost"),
    ],
)
async def test_every_call_is_counted_and_timed_also_without_an_answer(behave: Behaviour, status: str) -> None:
    def counted() -> tuple[float | None, float | None]:
        calls = REGISTRY.get_sample_value("fieldledger_vendor_calls_total", {"connector": "vendor", "status": status})
        timed = REGISTRY.get_sample_value("fieldledger_vendor_call_seconds_count", {"connector": "vendor"})
        return calls or 0, timed or 0

    calls, timed = counted()
    with contextlib.suppress(WorkError):
        await http(behave).read("/things")
    assert counted() == (calls + 1, timed + 1)


async def test_headers_of_the_administration_and_of_one_call_go_together() -> None:
    seen: list[httpx.Headers] = []

    def behave(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, text="{}")

    plain = http(behave)
    ours = plain.with_headers({"PartyID": "610001"})
    await ours.read("/things")
    await ours.write(Request("POST", "/things", {}, headers={"Idempotency-Key": "k1"}))
    await plain.read("/things")
    assert [(one.get("PartyID"), one.get("Idempotency-Key")) for one in seen] == [
        ("610001", None),
        ("610001", "k1"),
        (None, None),
    ]


async def test_a_body_that_is_not_json_is_sent_as_it_is_and_answered_as_text() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.content, headers={"X-Action": request.headers["SOAPAction"]})

    answer = await http(echo).exchange("/soap", "<a>é</a>", {"SOAPAction": "Do"}, write=True)
    assert (answer.text, answer.headers["x-action"]) == ("<a>é</a>", "Do")


async def test_such_a_body_whose_answer_is_lost_is_uncertain_only_when_it_writes() -> None:
    lost = http(failing(httpx.ReadTimeout))
    with pytest.raises(Uncertain):
        await lost.exchange("/soap", "<a/>", {}, write=True)
    with pytest.raises(TryLater):
        await lost.exchange("/soap", "<a/>", {}, write=False)


async def test_a_number_with_a_fraction_keeps_its_digits_and_is_told_from_text() -> None:
    found = await http(answering('{"price": 0.10, "code": "0.10"}')).read("/things")
    assert found == {"price": "0.10", "code": "0.10"}
    assert [isinstance(value, JsonFraction) for value in found.values()] == [True, False]


async def test_an_empty_body_is_not_sent_at_all() -> None:
    sent: list[bytes] = []

    def behave(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, text="{}")

    await http(behave).write(Request("POST", "/commands/print", {}))
    await http(behave).write(POST)
    assert sent == [b"", b'{"a":1}']
