"""What every command has in common: help with an example, and errors that are sentences."""

from pathlib import Path

import pytest

from services.cli import failures
from shared import topics
from shared.errors import Misconfigured
from shared.turns import FuseBlown
from tests.services.cli.support import NOBODY, fieldledger


class TestHelp:
    async def test_help_names_every_command_and_how_to_begin(self) -> None:
        said = await fieldledger("--help")
        assert said.code == 0
        for word in (
            "run",
            "sandbox",
            "topics",
            "connections",
            "sync",
            "events",
            "exports",
            "keys",
            "mappings",
            "replay",
            "log",
            "preview",
            "doctor",
        ):
            assert word in said.out
        assert "fieldledger connections connect --connector exact_online" in " ".join(said.out.split())

    @pytest.mark.parametrize(
        "command",
        [
            "run", "sandbox", "doctor", "sync", "log", "topics create", "topics list", "connections list",
            "connections show", "connections connect", "connections set", "connections start-exports",
            "connections disconnect", "events publish", "events tail", "exports list", "exports show",
            "exports send-again", "exports send", "mappings list", "mappings set", "preview import",
            "preview export", "dead list", "keys rotate",
        ],
    )  # fmt: skip
    async def test_every_command_has_help_with_an_example(self, command: str) -> None:
        said = await fieldledger(*command.split(), "--help")
        assert said.code == 0
        assert f"Example: fieldledger {command}" in " ".join(said.out.split())

    async def test_replay_has_help_with_an_example_for_each_way(self) -> None:
        said = " ".join((await fieldledger("replay", "--help")).out.split())
        for way in ("--from 2026-01-01", "--dead", "--document WO-2026-0001"):
            assert f"fieldledger replay --connector exact_online {way}" in said.replace("--tenant acme ", "")


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

    async def test_a_setting_that_is_no_json_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIELDLEDGER_CONNECTORS", "exact")
        said = await fieldledger("connections", "list")
        assert said.code == 2
        assert "connectors" in said.err

    def test_brackets_in_a_sentence_are_no_markup(self, capsys: pytest.CaptureFixture[str]) -> None:
        failures.report(Misconfigured("Item [red] is :unknown:."))
        assert capsys.readouterr().err == "Item [red] is :unknown:.\n"

    async def test_kafka_that_is_away_is_said_with_its_address_and_what_to_do(self) -> None:
        said = await fieldledger("topics", "create")
        assert said.code == 2
        assert f"Kafka at {NOBODY} does not answer" in said.err
        assert "set FIELDLEDGER_KAFKA" in said.err

    async def test_tailing_without_kafka_is_a_sentence_too(self) -> None:
        said = await fieldledger("events", "tail", topics.EXPORT_OUTCOMES, "--until-end")
        assert (said.code, said.out) == (2, "")
        assert f"Kafka at {NOBODY} does not answer" in said.err

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
        group = ExceptionGroup(
            "unhandled", [ValueError("x"), ExceptionGroup("inner", [FuseBlown("3 errors in a row.")])]
        )
        assert failures.report(group) == failures.FUSE
        assert capsys.readouterr().err == "3 errors in a row.\n"
