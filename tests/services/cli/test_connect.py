"""From the login page to a connection, with a person in a browser."""

import asyncio
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from shared import connectors
from shared.sandbox import Sandbox, sandbox_approve
from tests.services.cli.support import fieldledger


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

    async def _log_in(self, url: str) -> str:
        async with httpx.AsyncClient() as http:
            back = await sandbox_approve(http, url, "Anouk de Vries", allow=self.allow)
            if self.before:
                await self.before(http, back)
            if back.startswith("http://"):
                self.pages.append(await http.get(back))
            return back


CONNECT = ("connections", "connect", "--connector", "exact_online", "--tenant", "acme", "--site", "nl", "--open")


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
        said = await fieldledger(
            "connections", "connect", "--connector", "exact_online", "--tenant", "a", "--site", "pt"
        )
        assert said.code == 2
        assert "one of nl, be, de, fr, es" in said.err

    async def test_a_package_with_one_site_needs_no_choice_of_country(
        self, sandbox: Sandbox, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: Any = connectors.get("exact_online")
        one_site = replace(made, auth=replace(made.auth, sites={"nl": made.auth.sites["nl"]}))
        monkeypatch.setattr(connectors, "get", lambda _name: one_site)
        Browser().install(monkeypatch)
        said = await fieldledger(
            *(word for word in CONNECT if word not in {"--site", "nl"}), "--administration", "900001"
        )
        assert said.code == 0, said.err
        (row,) = (await fieldledger("connections", "list", "--json")).rows
        assert row["id"] == said.out.strip()

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

    async def test_a_login_nobody_finishes_ends_with_a_sentence(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.cli.connect.LOGIN_TIMEOUT", 0.05)
        said = await fieldledger(*CONNECT, "--no-browser")
        assert said.code == 2
        assert "/api/oauth2/auth?" in said.err
        assert "Nobody logged in" in said.err

    async def test_a_package_that_is_gone_after_the_login_is_a_sentence(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sandbox.fail_next(kind="cut", match="/api/oauth2/token", times=9)
        Browser().install(monkeypatch)
        said = await fieldledger(*CONNECT)
        assert said.code == 2
        assert "The login service of the package did not answer" in said.err

    async def test_at_a_terminal_the_administration_is_asked_for(
        self, sandbox: Sandbox, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.cli.connect.at_a_terminal", lambda: True)
        Browser().install(monkeypatch)
        said = await fieldledger(*CONNECT, typed="900002\n")
        assert said.code == 0, said.err
        assert "The choice is final for this connection" in said.err

    async def test_an_address_that_cannot_answer_here_is_pasted(
        self, sandbox: Sandbox, with_kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FIELDLEDGER_CONNECTORS__EXACT_ONLINE__REDIRECT_URI", "https://office.example/back")
        monkeypatch.setattr("services.cli.connect.at_a_terminal", lambda: True)
        browser = Browser()
        browser.install(monkeypatch)
        monkeypatch.setattr("typer.prompt", lambda _: browser.running.result(10))
        said = await fieldledger(*CONNECT, "--administration", "900001")
        assert said.code == 0, said.err
