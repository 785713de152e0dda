import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from shared.errors import Misconfigured
from shared.sandbox import Fault, Sandbox, SandboxClock, create, serving
from shared.sandbox.payload import decode, encode, encode_exact

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Notebook:
    """The smallest package there is: it keeps the notes it gets, and shows them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.written = asyncio.Event()
        self.sandbox = Sandbox(
            routes=[Route("/notes", self.serve, methods=["GET", "POST"])],
            clock=SandboxClock(lambda: START),
            base_url="http://notebook.sandbox",
            memory=lambda: {"notes": self.notes, "price": Decimal("1.10")},
            edit=self.edit,
            operation=lambda headers, _body: headers.get("x-does", ""),
        )

    async def serve(self, request: Request) -> JSONResponse:
        if request.method == "POST":
            self.notes.append((await request.body()).decode())
            self.written.set()
            self.sandbox.lagging.note("notes", self.notes[-1])
            return JSONResponse({"kept": self.notes[-1]}, 201)
        hidden = self.sandbox.lagging.search("notes")
        return JSONResponse([note for note in self.notes if note not in hidden])

    def edit(self, order) -> None:
        self.notes[order["place"]] = order["text"]

    def client(self, timeout: float | None = 5) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.sandbox.transport(), base_url=self.sandbox.base_url, timeout=timeout)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


async def post(notebook: Notebook, text: str = "a", wait: float | None = 5) -> httpx.Response:
    async with notebook.client(wait) as http:
        return await http.post("/notes", content=text)


async def read(notebook: Notebook) -> list[str]:
    async with notebook.client() as http:
        return (await http.get("/notes")).json()


async def test_a_call_without_faults_works_and_is_counted(notebook):
    assert (await post(notebook)).status_code == 201
    assert [call[:3] for call in notebook.sandbox.calls] == [("POST", "/notes", 201)]


async def test_an_answer_fault_before_the_work_leaves_no_trace(notebook):
    notebook.sandbox.fail_next(503, body="<html>", headers={"Retry-After": "9"})
    answer = await post(notebook)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "<html>", "9")
    assert notebook.notes == []


async def test_an_answer_fault_after_the_work_hides_that_it_was_done(notebook):
    notebook.sandbox.fail_next(500, when="after")
    assert (await post(notebook)).status_code == 500
    assert notebook.notes == ["a"]


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["a"])])
async def test_a_cut_line_gives_no_answer(notebook, when, kept):
    notebook.sandbox.fail_next(kind="cut", when=when)
    with pytest.raises(httpx.RemoteProtocolError):
        await post(notebook)
    assert notebook.notes == kept
    assert [call[:3] for call in notebook.sandbox.calls] == [("POST", "/notes", None)]


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["a"])])
async def test_a_stalled_call_times_out_at_the_caller(notebook, when, kept):
    notebook.sandbox.fail_next(kind="stall", when=when)
    with pytest.raises(httpx.ReadTimeout):
        await post(notebook)
    assert notebook.notes == kept


async def test_an_answer_later_than_the_time_out_commits_late(notebook):
    notebook.sandbox.fail_next(kind="delay", seconds=40)
    with pytest.raises(httpx.ReadTimeout):
        await post(notebook, wait=30)
    notebook.sandbox.clock.advance(timedelta(seconds=39))
    assert await read(notebook) == []
    notebook.sandbox.clock.advance(timedelta(seconds=1))
    assert await read(notebook) == ["a"]


async def test_a_late_answer_after_the_work_loses_only_the_answer(notebook):
    notebook.sandbox.fail_next(kind="delay", seconds=40, when="after")
    with pytest.raises(httpx.ReadTimeout):
        await post(notebook, wait=30)
    assert notebook.notes == ["a"]


async def test_a_delay_within_the_time_out_only_delays(notebook):
    notebook.sandbox.fail_next(kind="delay", seconds=0.01)
    assert (await post(notebook)).status_code == 201
    assert notebook.notes == ["a"]


async def test_a_caller_without_a_time_out_waits_for_a_late_answer(notebook):
    notebook.sandbox.fail_next(kind="delay", seconds=0.01)
    assert (await post(notebook, wait=None)).status_code == 201


async def test_faults_hit_only_the_calls_they_are_meant_for(notebook):
    notebook.sandbox.fail_next(500, method="POST", match=r"notes\?loud", skip=1, times=2)
    async with notebook.client() as http:
        answers = [await http.get("/notes?loud"), await http.post("/notes")]
        answers += [await http.post("/notes?loud") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 201, 201, 500, 500, 201]


async def test_healing_forgets_the_script_and_the_lag(notebook):
    notebook.sandbox.fail_next(500, times=9)
    notebook.sandbox.lag(seconds=60)
    notebook.sandbox.heal()
    assert (await post(notebook)).status_code == 201
    assert await read(notebook) == ["a"]


def test_a_misspelt_fault_is_refused():
    with pytest.raises(ValueError, match="wehn"):
        Fault.model_validate({"wehn": "after"})


async def test_search_lag_hides_new_records_for_so_many_searches(notebook):
    await post(notebook, "old")
    notebook.sandbox.lag(queries=2)
    await post(notebook, "new")
    assert [await read(notebook) for _ in range(3)] == [["old"], ["old"], ["old", "new"]]


async def test_search_lag_hides_new_records_for_so_many_seconds(notebook):
    notebook.sandbox.lag(seconds=60)
    await post(notebook)
    assert await read(notebook) == []
    notebook.sandbox.clock.advance(timedelta(seconds=60))
    assert await read(notebook) == ["a"]


async def test_the_levers_work_over_http_and_are_not_counted(notebook):
    async with notebook.client() as http:
        await http.post("/_sandbox/fail", json={"status": 429, "match": "notes"})
        assert (await http.post("/notes")).status_code == 429
        await http.post("/notes", content="b")
        await http.post("/_sandbox/edit", json={"place": 0, "text": "c"})
        moved = await http.post("/_sandbox/clock", json={"advance_seconds": 90})
        memory = await http.get("/_sandbox/memory")
    assert moved.json()["now"] == (START + timedelta(seconds=90)).isoformat()
    assert memory.json() == {"notes": ["c"], "price": "1.10", "calls": 2}


async def test_levers_work_over_http_for_lag_and_healing(notebook):
    async with notebook.client() as http:
        await http.post("/_sandbox/lag", json={"queries": 1})
        await http.post("/notes", content="a")
        assert (await http.get("/notes")).json() == []
        await http.post("/_sandbox/fail", json={"status": 500})
        await http.post("/_sandbox/heal")
        assert (await http.get("/notes")).json() == ["a"]


@pytest.mark.parametrize(
    ("lever", "body"), [("fail", {"kind": "explode"}), ("edit", {"place": 7}), ("clock", {}), ("fail", [1])]
)
async def test_a_senseless_instruction_is_refused_with_the_reason(notebook, lever, body):
    async with notebook.client() as http:
        answer = await http.post(f"/_sandbox/{lever}", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_an_unknown_lever_is_not_found(notebook):
    async with notebook.client() as http:
        assert (await http.post("/_sandbox/magic")).status_code == 404


def test_the_clock_follows_its_source_and_can_be_moved():
    clock = SandboxClock(lambda: START)
    clock.advance(timedelta(days=31))
    assert clock() == clock.now() == START + timedelta(days=31)


def test_numbers_cross_exactly():
    assert encode({"a": Decimal("0.10"), "b": Decimal("12345678901234567890.123456789")}) == (
        b'{"a":0.10,"b":12345678901234567890.123456789}'
    )
    assert decode(b'{"a":0.1}') == {"a": Decimal("0.1")}
    assert encode_exact({"a": Decimal("0.10")}) == b'{"a":"0.10"}'


def test_a_connector_without_a_sandbox_is_named():
    with pytest.raises(Misconfigured, match="nowhere"):
        create("nowhere")


class TestOverASocket:
    @pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["a"])])
    async def test_a_cut_closes_the_socket_without_an_answer(self, notebook, when, kept):
        async with serving(notebook.sandbox) as url, httpx.AsyncClient(base_url=url) as http:
            notebook.sandbox.fail_next(kind="cut", when=when)
            with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
                await http.post("/notes", content="a")
            assert notebook.notes == kept
            assert (await http.post("/notes", content="b")).status_code == 201

    async def test_a_stall_lasts_until_the_caller_gives_up(self, notebook):
        async with serving(notebook.sandbox) as url, httpx.AsyncClient(base_url=url, timeout=0.05) as http:
            notebook.sandbox.fail_next(kind="stall", when="after")
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/notes", content="a")
        assert notebook.notes == ["a"]

    async def test_a_late_write_is_committed_after_the_caller_gave_up(self, notebook):
        async with serving(notebook.sandbox) as url, httpx.AsyncClient(base_url=url, timeout=0.05) as http:
            notebook.sandbox.fail_next(kind="delay", seconds=0.5)
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/notes", content="a")
            assert notebook.notes == []
            async with asyncio.timeout(10):
                await notebook.written.wait()
        assert notebook.notes == ["a"]


async def test_where_one_path_serves_all_the_operation_tells_calls_apart(notebook):
    notebook.sandbox.fail_next(status=503, match="#Forget$")
    async with notebook.client() as http:
        answers = [(await http.get("/notes", headers={"X-Does": does})).status_code for does in ("Read", "Forget")]
    assert answers == [200, 503]
    assert [call.path for call in notebook.sandbox.calls] == ["/notes#Read", "/notes#Forget"]
