"""The command line, as a person and as a program meet it: real store, real HTTP to a sandbox, Kafka in memory."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from typer.testing import CliRunner

import services.cli
from services.cli import failures
from services.cli.callback import code_in_address, is_local, listening
from services.cli.running import run_until_told
from services.cli.sync import finished
from shared import envelope, topics
from shared.errors import Misconfigured, NeedsOwner, TryLater
from shared.lanes import Rest
from shared.memory_kafka import MemoryKafka
from shared.sandbox import Sandbox, create, sandbox_approve, serving
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.store.sqlite import SqliteStore
from shared.turns import FuseBlown
from tests.factories import completed, make_customer, make_work_order
from tests.world import KEY, World

NOBODY = "127.0.0.1:1"
"""A Kafka address where nothing listens."""


@dataclass
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


async def fieldledger(*args: str, typed: str | None = None) -> Said:
    result = await asyncio.to_thread(CliRunner().invoke, services.cli.app, args, input=typed)
    return Said(result.exit_code, result.stdout, " ".join(result.stderr.split()))


@pytest.fixture(autouse=True)
def _logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    quiet = {name: logging.getLogger(name).level for name in ("aiokafka", "httpx", "httpcore")}
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation in an empty folder, with no Kafka and nothing configured."""
    for name in [name for name in os.environ if name.startswith("FIELDLEDGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIELDLEDGER_STORE", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("FIELDLEDGER_KEYS", KEY)
    monkeypatch.setenv("FIELDLEDGER_KAFKA", NOBODY)


@pytest.fixture(scope="module")
def kafka() -> Iterator[str]:
    with MemoryKafka() as memory:
        yield memory.bootstrap


@pytest.fixture
def with_kafka(kafka: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FIELDLEDGER_KAFKA", kafka)
    return kafka


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A pretend Exact Online on a real socket, configured in the environment."""
    back = f"http://127.0.0.1:{free_port()}/callback"
    made = create(
        "exact_online",
        accounts=12,
        items=8,
        minutely_limit=10_000,
        redirect_uris=(back, "https://office.example/back", "http://127.0.0.1:8765/callback"),
    )
    async with serving(made) as url:
        prefix = "FIELDLEDGER_CONNECTORS__EXACT_ONLINE__"
        settings = {"BASE_URL": url, "CLIENT_ID": "fieldledger-demo", "CLIENT_SECRET": "demo-secret"}
        for name, value in {**settings, "REDIRECT_URI": back}.items():
            monkeypatch.setenv(prefix + name, value)
        yield made


@pytest.fixture
async def world(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[World]:
    """Services over the same store and the same sandbox, driven by hand."""
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    made = World(store, sandbox)
    yield made
    await made.hub.close()


@pytest.fixture
async def connection(world: World) -> Connection:
    return await world.connected()


@dataclass
class Browser:
    """A person who logs in on the real pages and is sent back to the command line."""

    allow: bool = True
    pages: list[httpx.Response] = field(default_factory=list)
    before: Callable[[httpx.AsyncClient, str], Awaitable[None]] | None = None
    running: Any = None

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()

        def opened(url: str) -> bool:
            # The command waits in a thread of its own; the person acts in ours.
            self.running = asyncio.run_coroutine_threadsafe(self._log_in(url), loop)
            return True

        monkeypatch.setattr(webbrowser, "open", opened)

    async def _log_in(self, url: str) -> None:
        async with httpx.AsyncClient() as http:
            back = await sandbox_approve(http, url, "Anouk de Vries", allow=self.allow)
            if self.before:
                await self.before(http, back)
            self.pages.append(await http.get(back))


CONNECT = ("connections", "connect", "--connector", "exact_online", "--tenant", "acme", "--site", "nl", "--open")


class TestHelp:
    async def test_help_names_every_command_and_how_to_begin(self) -> None:
        said = await fieldledger("--help")
        assert said.code == 0
        for word in ("run", "sandbox", "topics", "connections", "sync", "events", "exports", "log", "preview", "doctor"):
            assert word in said.out
        assert "fieldledger connections connect --connector exact_online" in " ".join(said.out.split())

    @pytest.mark.parametrize(
        "command",
        [
            "run", "sandbox", "doctor", "sync", "log", "topics create", "topics list", "connections list",
            "connections show", "connections connect", "connections set", "connections start-exports",
            "connections disconnect", "events publish", "events tail", "exports list", "exports show",
            "exports send-again", "preview import", "preview export", "dead list",
        ],
    )  # fmt: skip
    async def test_every_command_has_help_with_an_example(self, command: str) -> None:
        said = await fieldledger(*command.split(), "--help")
        assert said.code == 0
        assert f"Example: fieldledger {command}" in " ".join(said.out.split())


class TestFailures:
    async def test_an_error_is_one_sentence_on_standard_error_and_exit_code_2(self) -> None:
        said = await fieldledger("connections", "show", "nowhere")
        assert (said.code, said.out) == (2, "")
        assert said.err == "There is no connection 'nowhere'. `fieldledger connections list` shows those there are."

    async def test_a_wrong_setting_is_named_as_its_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIELDLEDGER_SYNC_INTERVAL", "soon")
        said = await fieldledger("connections", "list")
        assert said.code == 2
        assert "FIELDLEDGER_SYNC_INTERVAL: Input should be a valid integer" in said.err

    async def test_kafka_that_is_away_is_said_with_its_address_and_what_to_do(self) -> None:
        said = await fieldledger("topics", "create")
        assert said.code == 2
        assert f"Kafka at {NOBODY} does not answer" in said.err
        assert "set FIELDLEDGER_KAFKA" in said.err

    async def test_tailing_without_kafka_is_a_sentence_too(self) -> None:
        said = await fieldledger("events", "tail", topics.EXPORT_OUTCOMES, "--until-end")
        assert (said.code, said.out) == (2, "")
        assert f"Kafka at {NOBODY} does not answer" in said.err

    async def test_a_bug_shows_where_its_traceback_is_and_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("services.cli.connections.overview", _broken)
        monkeypatch.setattr("services.cli.connections.Hub", object)
        said = failures.report(ValueError("boom access_token=abc123secret"))
        assert said == failures.BUG

    async def test_a_bug_leaves_a_masked_traceback_in_a_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        code = failures.report(ValueError("https://x/?access_token=abc123secret"))
        said = capsys.readouterr().err
        log = Path(said.rsplit(" ", 1)[1].strip().rstrip("."))
        assert code == failures.BUG
        assert "abc123secret" not in said + log.read_text()
        assert "ValueError" in log.read_text()
        log.unlink()

    async def test_debug_prints_the_traceback(self) -> None:
        said = await fieldledger("--debug", "connections", "show", "nowhere")
        assert said.code == 2
        assert "Traceback (most recent call last)" in said.err

    def test_a_blown_fuse_among_other_errors_is_what_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        group = ExceptionGroup("unhandled", [ValueError("x"), ExceptionGroup("inner", [FuseBlown("3 errors in a row.")])])
        assert failures.report(group) == failures.FUSE
        assert capsys.readouterr().err == "3 errors in a row.\n"


async def _broken(*_: Any) -> None:
    raise ValueError("broken")


class TestConnect:
    async def test_a_login_becomes_a_connection_with_exports_on_hold(
        self, sandbox: Sandbox, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = Browser()
        browser.install(monkeypatch)
        said = await fieldledger(*CONNECT, "--administration", "900001", "--set", 'vat_codes={"21": "4"}')
        assert said.code == 0, said.err
        assert "You can close this window" in browser.pages[0].text
        assert "final for the connection" in said.err
        (row,) = (await fieldledger("connections", "list", "--json")).rows
        assert row["id"] == said.out.strip()
        assert (row["tenant"], row["administration"]["code"], row["exports_from"]) == ("acme", "900001", None)
        assert row["settings"]["vat_codes"] == {"21": "4"}
        assert row["access"] == "live, as Anouk de Vries"

    async def test_a_second_login_of_the_tenant_keeps_its_connection_and_administration(
        self, sandbox: Sandbox, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Browser().install(monkeypatch)
        first = await fieldledger(*CONNECT, "--administration", "900002")
        again = await fieldledger(*CONNECT, "--set", "include_blocked=true")
        assert (again.code, again.out) == (0, first.out), again.err
        (row,) = (await fieldledger("connections", "list", "--json")).rows
        assert row["administration"]["code"] == "900002"
        assert row["settings"]["include_blocked"] is True

    async def test_without_a_choice_the_administrations_are_listed_and_nothing_is_connected(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Browser().install(monkeypatch)
        said = await fieldledger(*CONNECT)
        assert said.code == 2
        assert "900001" in said.out
        assert "--administration CODE" in said.err
        assert (await fieldledger("connections", "list", "--json")).out == ""

    async def test_a_user_who_says_no_is_told_so(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        browser = Browser(allow=False)
        browser.install(monkeypatch)
        said = await fieldledger(*CONNECT)
        assert said.code == 2
        assert "Access was not given (access_denied)" in said.err
        assert "No access was given" in browser.pages[0].text

    async def test_a_forged_callback_is_refused_and_the_real_one_still_counts(
        self, sandbox: Sandbox, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def forge(http: httpx.AsyncClient, back: str) -> None:
            forged = f"{back.split('?', maxsplit=1)[0]}?code=stolen&state=guessed"
            browser.pages.append(await http.get(forged))

        browser = Browser(before=forge)
        browser.install(monkeypatch)
        said = await fieldledger(*CONNECT, "--administration", "900001")
        assert [page.status_code for page in browser.pages] == [400, 200]
        assert said.code == 0, said.err

    async def test_a_wrong_setting_is_said_before_the_login(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = Browser()
        browser.install(monkeypatch)
        said = await fieldledger(*CONNECT, "--set", "no_such_setting=1")
        assert said.code == 2
        assert "no_such_setting" in said.err
        assert browser.running is None

    async def test_a_country_the_package_does_not_have_is_said_with_those_it_has(self, sandbox: Sandbox) -> None:
        said = await fieldledger("connections", "connect", "--connector", "exact_online", "--tenant", "a", "--site", "pt")
        assert said.code == 2
        assert "one of nl, be, de, fr, es" in said.err

    async def test_an_app_that_is_not_registered_is_said_with_the_variable_to_set(self) -> None:
        said = await fieldledger(*CONNECT)
        assert said.code == 2
        assert "FIELDLEDGER_CONNECTORS__EXACT_ONLINE__CLIENT_ID is not set" in said.err

    async def test_an_address_that_cannot_answer_here_asks_for_a_terminal(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FIELDLEDGER_CONNECTORS__EXACT_ONLINE__REDIRECT_URI", "https://office.example/back")
        Browser().install(monkeypatch)
        said = await fieldledger(*CONNECT, "--no-browser")
        assert said.code == 2
        assert "run this command in a terminal" in said.err


class TestCallback:
    async def test_a_code_counts_once(self) -> None:
        uri = f"http://127.0.0.1:{free_port()}/back"
        async with listening(uri, "s") as code, httpx.AsyncClient() as http:
            first, second = [await http.get(uri, params={"state": "s", "code": text}) for text in ("one", "two")]
            assert await code == "one"
        assert (first.status_code, second.status_code) == (200, 410)

    async def test_other_paths_are_not_answered(self) -> None:
        port = free_port()
        async with listening(f"http://127.0.0.1:{port}/back", "s"), httpx.AsyncClient() as http:
            assert (await http.get(f"http://127.0.0.1:{port}/favicon.ico")).status_code == 404

    async def test_what_a_stranger_sends_never_becomes_html(self) -> None:
        uri = f"http://127.0.0.1:{free_port()}/back"
        async with listening(uri, "s") as code, httpx.AsyncClient() as http:
            page = await http.get(uri, params={"state": "s", "error": "<script>"})
            with pytest.raises(NeedsOwner):
                await code
        assert "<script>" not in page.text

    def test_a_pasted_address_gives_its_code_only_for_its_own_login(self) -> None:
        address = " https://office.example/back?code=abc&state=s \n"
        assert code_in_address(address, "s") == "abc"
        with pytest.raises(Misconfigured, match="does not belong"):
            code_in_address(address, "other")
        with pytest.raises(Misconfigured, match="no code"):
            code_in_address("https://office.example/back?state=s", "s")

    @pytest.mark.parametrize(
        ("uri", "local"),
        [
            ("http://127.0.0.1:8765/callback", True),
            ("http://localhost:1/", True),
            ("https://localhost:1/", False),
            ("http://office.example/", False),
        ],
    )
    def test_only_a_plain_loopback_address_is_answered_here(self, uri: str, *, local: bool) -> None:
        assert is_local(uri) is local


class TestConnections:
    async def test_show_tells_state_access_and_counts_but_no_token(self, world: World, connection: Connection) -> None:
        await world.publish(completed(make_work_order()))
        said = await fieldledger("connections", "show", connection.id, "--json")
        (row,) = said.rows
        assert row["documents"] == {"ready": 1}
        assert row["rests"] is None
        assert "sealed" not in said.out
        assert world.sandbox.calls[-1].path  # the sandbox handed out real tokens
        table = await fieldledger("connections", "show", connection.id)
        assert "live, as Anouk de Vries" in table.out
        assert "\x1b[" not in table.out

    async def test_a_resting_lane_says_why(self, world: World, connection: Connection) -> None:
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Access expired."))
        (row,) = (await fieldledger("connections", "list", "--json")).rows
        assert row["rests"] == "Access expired."

    async def test_setting_what_documents_wait_for_wakes_them_and_says_so(
        self, world: World, connection: Connection
    ) -> None:
        await world.hub.connections.change_settings(connection.id, {"work_order_document": "sales_invoice"})
        await world.publish(completed(make_work_order(materials=make_work_order().materials[:0])))
        await world.quiet("export")
        (entry,) = await world.hub.entries.list({})
        assert entry.waits_for, entry.reason
        said = await fieldledger("connections", "set", connection.id, f"{entry.waits_for}={_good(entry.waits_for)}")
        assert said.code == 0, said.err
        assert f"1 document(s) that waited for {entry.waits_for} go on now" in said.err

    async def test_a_value_the_connector_refuses_is_said_and_not_saved(self, connection: Connection) -> None:
        said = await fieldledger("connections", "set", connection.id, "rounding_minutes=7")
        assert said.code == 2
        assert "rounding_minutes" in said.err

    async def test_what_is_no_assignment_is_said(self, connection: Connection) -> None:
        said = await fieldledger("connections", "set", connection.id, "journal")
        assert (said.code, said.err) == (2, "'journal' is not NAME=VALUE.")

    async def test_start_exports_says_what_goes_on_and_what_is_left_out(self, world: World) -> None:
        held = await world.connected(exports_from=None)
        await world.publish(completed(make_work_order("WO-1")), completed(make_work_order("WO-2", work_date="2025-12-31")))
        said = await fieldledger("connections", "start-exports", held.id, "--from", "2026-01-01")
        assert "Of the 2 that were on hold, 1 go on and 1 are left out." in said.err
        assert (await world.hub.connections.get(held.id)).exports_from is not None

    async def test_disconnect_asks_and_without_a_terminal_wants_yes(
        self, world: World, connection: Connection, with_kafka: str
    ) -> None:
        asked = await fieldledger("connections", "disconnect", connection.id)
        assert (asked.code, "--yes" in asked.err) == (2, True)
        assert (await world.hub.connections.get(connection.id)).state == "connected"
        done = await fieldledger("connections", "disconnect", connection.id, "--yes")
        assert done.code == 0, done.err
        assert (await world.hub.connections.get(connection.id)).state == "disconnected"
        again = await fieldledger("connections", "start-exports", connection.id, "--from", "2026-01-01")
        assert "was ended" in again.err


def _good(setting: str) -> str:
    return {"journal": '"70"', "vat_codes": '{"21": "4"}', "fallback_item": '"X"'}[setting]


class TestEvents:
    async def test_published_documents_are_read_back_with_tail(self, with_kafka: str, tmp_path: Path) -> None:
        orders = [make_work_order(f"WO-{n}") for n in (1, 2)]
        file = tmp_path / "orders.jsonl"
        file.write_text("\n".join(order.model_dump_json() for order in orders))
        said = await fieldledger("events", "publish", str(file), "--tenant", "acme", "--type", "workorder")
        assert said.code == 0, said.err
        tailed = await fieldledger("events", "tail", topics.WORKORDERS_COMPLETED, "--until-end", "--json")
        found = {row["key"]: row for row in tailed.rows}
        assert {order.id for order in orders} <= found.keys()
        headers = found["row-WO-1"]["headers"]
        assert (headers["ce_type"], headers["ce_tenant"]) == (envelope.WORKORDER_COMPLETED, "acme")
        assert headers["ce_id"] == "row-WO-1@1"
        line = (await fieldledger("events", "tail", topics.WORKORDERS_COMPLETED, "--until-end")).out.splitlines()[0]
        assert envelope.WORKORDER_COMPLETED in line
        assert len(line) < 300

    async def test_one_unreadable_document_keeps_all_back(self, tmp_path: Path) -> None:
        good = json.loads(make_work_order().model_dump_json())
        bad = {**good, "id": "", "materials": [{"code": "X"}]}
        file = tmp_path / "orders.json"
        file.write_text(json.dumps([good, bad]))
        said = await fieldledger("events", "publish", str(file), "--tenant", "acme", "--type", "workorder")
        # Kafka is away in this test: that nothing was tried is part of the claim.
        assert (said.code, said.out) == (2, "")
        assert "number 2: id: " in said.err
        assert "materials.0.quantity: Field required" in said.err

    async def test_an_array_may_mix_types_and_tenants(self, with_kafka: str) -> None:
        relation = {"id": "r-1", "revision": 1, "created_at": "2026-11-20T10:00:00Z", "customer": {"debtor_number": "7", "name": "N"}}
        order = json.loads(make_work_order("WO-9").model_dump_json())
        full = [
            {"type": "relation", "tenant": "one", "data": relation},
            {"type": envelope.WORKORDER_COMPLETED, "data": order},
        ]
        said = await fieldledger("events", "publish", "-", "--tenant", "two", typed=json.dumps(full))
        assert said.code == 0, said.err
        assert [line.split()[:3] for line in said.out.splitlines()] == [
            [topics.RELATIONS_CREATED, "one", "r-1"],
            [topics.WORKORDERS_COMPLETED, "two", "row-WO-9"],
        ]

    @pytest.mark.parametrize(
        ("text", "args", "words"),
        [
            ("{}", ("--type", "workorder"), "has no tenant: add --tenant"),
            ("{}", ("--tenant", "acme"), "has no type: add --type"),
            ("{}", ("--tenant", "acme", "--type", "quote"), "the unknown type 'quote'"),
            ("[1]", ("--tenant", "acme"), "is not a JSON object"),
            ("{]\n{}", (), "Line 1 is not JSON"),
        ],
    )
    async def test_what_is_missing_is_said(self, text: str, args: tuple[str, ...], words: str) -> None:
        said = await fieldledger("events", "publish", "-", *args, typed=text)
        assert said.code == 2
        assert words in said.err

    async def test_an_unknown_topic_is_said_with_those_there_are(self) -> None:
        said = await fieldledger("events", "tail", "exports.outcome", "--until-end")
        assert said.code == 2
        assert topics.EXPORT_OUTCOMES in said.err

    async def test_dead_letters_are_listed_with_their_reason(self, world: World, with_kafka: str) -> None:
        await world.connected()
        await world.publish(completed(make_work_order("WO-DEAD", revision=1)))
        other = completed(make_work_order("WO-DEAD", short_description="changed without a new revision"))
        await world.publish(other)
        async with _bus(with_kafka) as bus:
            await bus.publish(world.bus.of(topics.exports_dead("exact_online")))
        said = await fieldledger("dead", "list", "--connector", "exact_online", "--json")
        assert [row["key"] for row in said.rows] == ["row-WO-DEAD"], said.err
        assert "twice with different content" in said.rows[0]["reason"]


def _bus(bootstrap: str) -> Any:
    from shared.bus import Bus
    from shared.settings import Settings

    return Bus(Settings(kafka=bootstrap), client_id="test")


class TestExports:
    async def _refused(self, world: World, number: str = "WO-R") -> str:
        """A work order the package cannot take: it has no lines."""
        await world.connected()
        await world.publish(completed(make_work_order(number, materials=(), hours=())))
        await world.quiet("export")
        (entry,) = await world.hub.entries.list({"number": number})
        assert entry.state == "refused", entry.reason
        return entry.id

    async def test_a_document_is_shown_with_its_reason_and_steps(self, world: World) -> None:
        entry = await self._refused(world)
        (listed,) = (await fieldledger("exports", "list", "--state", "refused", "--json")).rows
        assert listed["id"] == entry
        assert "body" not in listed
        for name in (entry, "WO-R", "row-WO-R"):
            (row,) = (await fieldledger("exports", "show", name, "--json")).rows
            assert (row["id"], "no lines" in row["reason"]) == (entry, True)
            assert [step["entry"] for step in row["steps"]] == [entry] * len(row["steps"])
            assert row["steps"]
        assert "no lines" in (await fieldledger("exports", "show", "WO-R")).out

    async def test_a_refused_document_is_asked_for_again_through_kafka(self, world: World, with_kafka: str) -> None:
        entry = await self._refused(world)
        said = await fieldledger("exports", "send-again", "WO-R")
        assert said.code == 0, said.err
        tailed = await fieldledger("events", "tail", topics.export_requests("exact_online"), "--until-end", "--json")
        (row,) = tailed.rows
        assert (row["key"], row["body"]["entry"]) == ("row-WO-R", entry)
        assert (row["headers"]["ce_type"], row["headers"]["ce_tenant"]) == (envelope.EXPORT_REQUESTED, "acme")

    async def test_a_document_that_is_still_to_be_sent_is_not_asked_for_again(self, world: World) -> None:
        await world.connected(exports_from=None)
        await world.publish(completed(make_work_order("WO-H")))
        said = await fieldledger("exports", "send-again", "WO-H")
        assert said.code == 2
        assert "on hold" in said.err

    async def test_an_unknown_document_or_state_is_said(self) -> None:
        assert "There is no document 'WO-0'" in (await fieldledger("exports", "show", "WO-0")).err
        assert "There is no state 'lost'" in (await fieldledger("exports", "list", "--state", "lost")).err


class TestSyncAndLog:
    async def test_a_manual_tick_reaches_the_importers_topic(self, connection: Connection, with_kafka: str) -> None:
        said = await fieldledger("sync", "--connection", connection.id, "--kind", "product", "--accept-deletions")
        assert said.code == 0, said.err
        tailed = await fieldledger("events", "tail", topics.ticks("exact_online"), "--until-end", "--json")
        body = tailed.rows[-1]["body"]
        assert (body["connection"], body["kinds"], body["reason"]) == (connection.id, ["product"], "manual")
        assert body["accept_deletions"] is True
        assert body["slot"].startswith("manual-")

    async def test_a_kind_the_package_does_not_have_is_said(self, connection: Connection) -> None:
        said = await fieldledger("sync", "--connection", connection.id, "--kind", "quotation")
        known = "relation, product, hour_type, product_category, employee, payment"
        assert (said.code, said.err) == (2, f"Exact Online has no quotation; it has {known}.")

    async def test_waiting_ends_with_the_run_and_its_counts(self, world: World, connection: Connection) -> None:
        tick = SyncTick(connection=connection.id, slot="manual-1", kinds=("product",), reason="manual")
        await world.tick(connection, slot="manual-1", kinds=["product"], reason="manual")
        await world.quiet("import", patience=0.1)
        run = await finished(world.hub, connection, tick)
        assert run.counts["product"].published > 0

    async def test_waiting_follows_the_run_that_took_the_kinds_along(self, world: World, connection: Connection) -> None:
        await world.tick(connection, slot="slot-1", kinds=["relation"])
        await world.tick(connection, slot="manual-2", kinds=["product"], reason="manual")
        tick = SyncTick(connection=connection.id, slot="manual-2", kinds=("product",), reason="manual")
        waiting = asyncio.create_task(finished(world.hub, connection, tick))
        await asyncio.sleep(0.1)
        await world.quiet("import", patience=0.1)
        assert (await waiting).id.endswith("slot-1")

    async def test_waiting_ends_when_only_the_owner_can_go_on(self, world: World, connection: Connection) -> None:
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Access expired."))
        with pytest.raises(NeedsOwner, match="Access expired"):
            await finished(world.hub, connection, SyncTick(connection=connection.id, slot="x"))

    async def test_waiting_does_not_last_for_ever(self, world: World, connection: Connection) -> None:
        with pytest.raises(TryLater, match="not done"):
            await finished(world.hub, connection, SyncTick(connection=connection.id, slot="x"), seconds=0.01)

    async def test_the_log_is_read_newest_first(self, world: World, connection: Connection) -> None:
        for text in ("first [red]", "second"):
            await world.hub.journal.write(connection.id, "test", text, vendor_says="Fout: code")
        lines = (await fieldledger("log", "--connection", connection.id, "--json", "--limit", "2")).rows
        assert [line["text"] for line in lines] == ["second", "first [red]"]
        table = (await fieldledger("log", "--connection", connection.id)).out
        assert "first [red]" in table
        assert "The package says: Fout: code" in table


class TestPreview:
    async def test_import_shows_records_and_publishes_nothing(self, world: World, connection: Connection) -> None:
        said = await fieldledger("preview", "import", "--connection", connection.id, "--kind", "relation", "--limit", "3")
        assert said.code == 0, said.err
        assert len(said.rows) == 3
        assert {row["kind"] for row in said.rows} == {"relation"}
        assert all(row.get("record") or row["left_out"] for row in said.rows)
        assert await world.store.count("fingerprints", {}) == 0

    async def test_import_says_why_a_record_is_left_out(self, world: World) -> None:
        strict = await world.connected(relation_types=("S",))
        said = await fieldledger("preview", "import", "--connection", strict.id, "--kind", "relation", "--limit", "100")
        assert any(row.get("left_out") for row in said.rows)

    async def test_export_shows_every_request_and_sends_none(self, world: World, tmp_path: Path) -> None:
        good = await world.connected(fallback_item=_item(world), default_hour_type=_item(world), vat_codes={"21": "4"})
        order = make_work_order(customer=make_customer(debtor_number="88123"), hours=())
        file = tmp_path / "order.json"
        file.write_text(order.model_dump_json())
        said = await fieldledger("preview", "export", "--connection", good.id, "--event", str(file))
        assert said.code == 0, said.err
        relation, document = said.rows
        assert (relation["method"], relation["path"]) == ("POST", "/api/v1/900001/crm/Accounts")
        assert document["path"] == "/api/v1/900001/salesorder/SalesOrders"
        assert document["body"]["OrderedBy"] == "<id of the new relation:88123>"
        assert document["headers"]["Authorization"] == "***"
        assert not [call for call in world.sandbox.calls if call.method == "POST" and "/api/v1/" in call.path]

    async def test_what_waits_for_a_setting_is_said_with_the_setting(self, world: World, tmp_path: Path) -> None:
        strict = await world.connected(work_order_document="sales_invoice")
        file = tmp_path / "order.json"
        file.write_text(make_work_order().model_dump_json())
        said = await fieldledger("preview", "export", "--connection", strict.id, "--event", str(file))
        assert said.code == 1
        assert "It waits for the setting" in said.err

    async def test_an_unknown_kind_is_said(self, connection: Connection) -> None:
        said = await fieldledger("preview", "import", "--connection", connection.id, "--kind", "quotation")
        known = "relation, product, hour_type, product_category, employee, payment"
        assert (said.code, said.err) == (2, f"Exact Online has no quotation; it has {known}.")


def _item(world: World) -> str:
    """The code of an article every administration of the sandbox has."""
    books = world.sandbox.division(900001)  # type: ignore[attr-defined]  # Exact's own
    items = books.tables["logistics/Items"].rows.values()
    return str(next(row["Code"] for row in items if row["IsSalesItem"]))


class TestTopics:
    async def test_create_makes_what_is_missing_and_list_says_what_differs(self, with_kafka: str) -> None:
        created = await fieldledger("topics", "create")
        assert created.code == 0, created.err
        listed = await fieldledger("topics", "list", "--json")
        rows = {row["topic"]: row for row in listed.rows}
        assert rows[topics.WORKORDERS_COMPLETED]["owner"] == "platform"
        assert rows[topics.WORKORDERS_COMPLETED]["keeps"] == "396 days"
        assert rows[topics.ticks("exact_online")]["key"] == "connection"


class TestDoctor:
    async def _found(self) -> tuple[int, dict[str, dict[str, str]]]:
        said = await fieldledger("doctor", "--json")
        return said.code, {row["what"]: row for row in said.rows}

    async def test_it_works_with_nothing_there_and_says_what_to_do(self) -> None:
        code, found = await self._found()
        assert code == 1
        assert (found["store"]["level"], found["keys"]["level"]) == ("ok", "ok")
        assert (found["Kafka"]["level"], found["packages"]["level"]) == ("wrong", "wrong")
        assert "FIELDLEDGER_KAFKA" in found["Kafka"]["do"]

    @pytest.mark.parametrize(
        ("variable", "value", "what"),
        [
            ("FIELDLEDGER_STORE", "mysql://x", "store"),
            ("FIELDLEDGER_STORE", "sqlite:////proc/nowhere/x.db", "store"),
            ("FIELDLEDGER_KEYS", "not-a-key", "keys"),
            ("FIELDLEDGER_LANES", "none", "settings"),
            ("FIELDLEDGER_CONNECTORS__EXACT_ONLINE__CLIENT_ID", "app", "Exact Online"),
        ],
    )
    async def test_each_broken_part_is_named(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, what: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        code, found = await self._found()
        assert (code, found[what]["level"]) == (1, "wrong")
        assert found[what]["do"]

    async def test_a_package_that_does_not_answer_is_wrong(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (await self._found())[1]["Exact Online, reached"]["level"] == "ok"
        monkeypatch.setenv("FIELDLEDGER_CONNECTORS__EXACT_ONLINE__BASE_URL", f"http://{NOBODY}")
        assert (await self._found())[1]["Exact Online, reached"]["level"] == "wrong"

    async def test_missing_topics_are_wrong_until_they_are_created(
        self, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with MemoryKafka() as fresh:
            monkeypatch.setenv("FIELDLEDGER_KAFKA", fresh.bootstrap)
            before = (await self._found())[1]["topics"]
            assert (before["level"], before["do"]) == ("wrong", "fieldledger topics create")
            await fieldledger("topics", "create")
            assert (await self._found())[1]["topics"]["level"] != "wrong"

    async def test_a_connection_that_needs_its_owner_is_wrong(self, world: World, connection: Connection) -> None:
        name = f"acme, {connection.administration.name}"
        assert (await self._found())[1][name]["level"] == "ok"
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Licence ended."))
        found = (await self._found())[1][name]
        assert (found["level"], found["says"]) == ("wrong", "rests: Licence ended.")
        await world.store.update("grants", connection.grant, set={"state": "dead", "reason": "Expired."})
        found = (await self._found())[1][name]
        assert "expired: Expired." in found["says"]
        assert "connections connect" in found["do"]

    async def test_exports_on_hold_are_a_note(self, world: World) -> None:
        held = await world.connected(exports_from=None)
        found = (await self._found())[1][f"acme, {held.administration.name}"]
        assert (found["level"], "start-exports" in found["do"]) == ("note", True)


@dataclass
class Endless:
    """A service that works until it is told to stop, and remembers that it was."""

    name: str = "endless"
    ended: bool = False
    error: Exception | None = None

    async def run(self) -> None:
        if self.error:
            raise self.error
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    async def health(self) -> bool:
        return True


class TestRun:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_a_signal_ends_every_service_cleanly(self, world: World, number: signal.Signals) -> None:
        parts = [Endless("a"), Endless("b")]
        running = asyncio.create_task(run_until_told(world.hub, parts))
        await asyncio.sleep(0.05)
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await running
        assert all(part.ended for part in parts)

    async def test_a_blown_fuse_ends_the_others_too(self, world: World) -> None:
        healthy = Endless("a")
        with pytest.raises(ExceptionGroup) as caught:
            await run_until_told(world.hub, [healthy, Endless("b", error=FuseBlown("the bug is ours"))])
        assert failures.report(caught.value) == failures.FUSE

    async def test_a_process_of_all_services_is_healthy_and_ends_with_0(self, with_kafka: str, tmp_path: Path) -> None:
        port = free_port()
        await fieldledger("topics", "create")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from services.cli import main; main()", "run", "all",
            env={**os.environ, "FIELDLEDGER_HEALTH_PORT": str(port), "PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            health = await _answer(f"http://127.0.0.1:{port}/health")
            assert health["services"] == ["scheduler", "importer.exact_online", "exporter.exact_online"]
            assert (health["store"], health["kafka"]) == (True, True)
            process.terminate()
            _, log = await asyncio.wait_for(process.communicate(), 30)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, log.decode()
        assert b"Traceback" not in log

    async def test_an_unknown_connector_is_said(self) -> None:
        said = await fieldledger("run", "importer", "--connector", "exakt")
        assert said.code == 2
        assert "There is no connector 'exakt'" in said.err


async def _answer(url: str) -> dict[str, Any]:
    async with asyncio.timeout(30), httpx.AsyncClient() as http:
        while True:
            try:
                answer = await http.get(url)
                if answer.status_code == 200:
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
