"""What others wrote is shown as text: nothing of it runs, nothing of it leads anywhere. And nothing of ours is inline."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

import services.console
from services.console.assets import asset
from services.console.context import Office
from services.console.identity import User
from services.console.log.live import events, feed_of
from services.console.log.views import Filter
from services.console.rendering import PAGES, page
from services.console.texts import texts
from shared.lanes import Rest
from shared.paging import Place
from shared.store.collections import CONNECTIONS
from tests.console.desk import Desk, routes
from tests.console.security.conftest import Town
from tests.console.security.ground import STREAMS, Ground, ground, operated

EVIL = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{7*'7'}}javascript:alert(3)"
STATIC = Path(services.console.__file__).parent / "static"
ADDRESSES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "sse-connect", "xlink:href"}


class Shown(HTMLParser):
    """What a browser would make of a page: what may not be there is collected in `wrong`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        have = {name: value or "" for name, value in attrs}
        self._in = tag
        bad = [name for name in have if name == "style" or name.startswith(("on", "hx-on", "hx-vals", "data-hx-on"))]
        bad += [name for name in ADDRESSES & have.keys() if not _leads_well(have[name])]
        if tag == "style" or (tag == "script" and not have.get("src", "").startswith("/static/")):
            bad.append("inline")
        if tag in {"iframe", "object", "embed", "base", "img", "applet"}:
            bad.append("nothing of ours")
        if bad:
            self.wrong.append(f"<{tag} {have}>: {bad}")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self._in = ""

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._in in {"script", "style"} and data.strip():
            self.wrong.append(f"<{self._in}>: {data[:80]}")


def _leads_well(address: str) -> bool:
    """To us, or to a page of the web."""
    return bool(re.match(r"(/(?!/)|#|\?|https?://|mailto:|$)", address))


def wrong_with(answer: httpx.Response) -> list[str]:
    """What a page has that it may not have."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    return Shown(answer.text).wrong


@pytest.fixture
async def evil(desk: Desk) -> Town:
    """A company whose every text is a script, and the operator who looks at it."""
    made = await ground(desk, "acme", EVIL)
    await _everywhere(made)
    oscar = await operated(made)
    return Town(desk, made, made, oscar)


async def _everywhere(made: Ground) -> None:
    """In its settings, in the package's tables, in why it rests, and in the name of whom it has logged in."""
    hub, id = made.desk.hub, made.connection.id
    settings = {**made.connection.settings, "journal": EVIL, "vat_codes": {"21": EVIL}}
    await hub.store.update(CONNECTIONS, id, set={"settings": settings})
    await hub.store.update("grants", made.connection.grant, set={"user_name": EVIL})
    await hub.lanes.rest(id, Rest(kind="owner", reason=EVIL), await hub.store.now() + timedelta(hours=1))
    await made.desk.world.tick(made.connection, kinds=["product"])


def of_whom(town: Town, path: str) -> httpx.AsyncClient:
    return town.oscar if "/operate" in path else town.acme.office


async def test_what_others_wrote_is_text_on_every_page(evil: Town) -> None:
    """Whole pages and the parts that htmx asks for."""
    wrong: dict[str, list[str]] = {}
    seen = 0
    for method, path in routes():
        if method != "GET" or path.startswith("/api/") or path in STREAMS:
            continue
        for headers in ({}, {"HX-Request": "true"}):
            address = evil.acme.path(path) + ("?connector=exact_online" if "/dead/" in path else "")
            answer = await of_whom(evil, path).get(address, headers=headers)
            assert answer.status_code < 500, f"{path}: {answer.text}"
            seen += "&lt;script&gt;alert" in answer.text
            if found := wrong_with(answer):
                wrong[path] = found
            if "<script>alert" in answer.text or "7777777" in answer.text:
                wrong[path] = ["as it was written"]
    assert wrong == {}
    assert seen > 30, "the script is really there, as text"


EACH_FORM = ("site", "administration", "username", "first", "last", "what", "tenant", "documents", "number", "from",
             "journal", "vat_codes.key", "vat_codes.code", "act", "document", "kind", "connector", "token")  # fmt: skip


async def test_what_is_typed_comes_back_as_text(evil: Town) -> None:
    """From every form, whatever is wrong with it."""
    wrong: dict[str, list[str]] = {}
    typed: dict[str, Any] = {**dict.fromkeys(EACH_FORM, EVIL), "shown": "journal:x"}
    for method, path in routes():
        if method == "GET" or path.startswith("/api/") or path == "/session/end":
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answer = await of_whom(evil, path).post(evil.acme.path(path), data=typed, headers=headers)
            assert answer.status_code < 500, f"{path}: {answer.text}"
            assert EVIL not in answer.text
            assert EVIL not in str(answer.headers)
            if found := wrong_with(answer):
                wrong[path] = found
    assert wrong == {}


async def test_what_stands_in_an_address_comes_back_as_text(evil: Town) -> None:
    """In a path, in a query, in a language that nobody has."""
    for address in (
        f"/connections/{evil.acme.connection.id}/log",
        f"/connections/{evil.acme.connection.id}/documents",
        f"/connections/{evil.acme.connection.id}/settings/choices/journals",
        f"/connections/{evil.acme.connection.id}/preview",
        "/operate/connections", "/operate/replays", "/operate/reconciliations", "/connect/callback", "/session", "/",
    ):  # fmt: skip
        for name in ("document", "number", "text", "after", "before", "error", "next", "asked", "saved", "q", "from"):
            for method_path in (address, f"/none/{'%3Cscript%3Ealert(1)%3C/script%3E'}"):
                answer = await of_whom(evil, address).get(method_path, params={name: EVIL})
                assert answer.status_code < 500, f"{address}?{name}: {answer.text}"
                assert wrong_with(answer) == []


async def test_a_line_that_comes_live_is_text(evil: Town) -> None:
    """It is put into the page as it arrives."""
    hub, connection = evil.desk.hub, evil.acme.connection
    user = User(tenant="acme", subject="user-1", name=EVIL, role="office", expires=hub.now() + timedelta(hours=1))
    here = Office(hub, user, texts("en"))
    request: Any = _Asked(evil.desk.app)

    def shown(line: Any) -> str:
        return page(request, here.texts, "log/line.html", here=here, connection=connection, line=line)

    stream = events(feed_of(request), here, connection, Filter(), Place("1970-01-01T00:00:00.000000Z", "-"), shown)
    while (event := await anext(stream)).startswith("retry") or "alert" not in event:
        pass
    assert Shown("\n".join(line.removeprefix("data: ") for line in event.splitlines())).wrong == []
    assert "<script>alert" not in event
    await stream.aclose()


class _Asked:
    """As much of a request as a template looks at."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.url = httpx.URL("https://console.test/connections/x/log/stream")


async def test_what_the_api_says_is_read_by_no_browser_as_a_page(evil: Town) -> None:
    for method, path in routes():
        if method == "GET" and path.startswith("/api/") and path not in STREAMS:
            answer = await of_whom(evil, path).get(evil.acme.path(path))
            assert answer.headers["content-type"] == "application/json", path
            assert answer.headers["x-content-type-options"] == "nosniff", path


async def test_every_answer_tells_the_browser_what_it_may_not_do(town: Town) -> None:
    """Whatever was asked for, by whom, and whether it went well."""
    clients = [town.desk.visitor(), town.desk.program(tenant="third"), town.oscar, town.acme.office]
    for method, path in routes():
        if path in STREAMS:
            continue
        for client in clients:
            headers = (await client.request(method, town.acme.path(path))).headers
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert "*" not in policy
            assert "data:" not in policy
            for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
                assert part in policy
            assert headers["x-frame-options"] == "DENY"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
            assert headers["cache-control"] == "no-store", path
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert "server" not in headers


TEMPLATES = sorted(PAGES.rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(PAGES)))
def test_no_template_has_anything_inline(template: Path) -> None:
    """Nor does any of them say that a text is safe."""
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|hx-vals|javascript:|\|\s*safe\b|autoescape", text)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert not any(script.strip() for script in scripts)
    assert not re.search(r"(src|href)=\"(https?:)?//", text), "nothing is fetched from elsewhere"
    assert not re.search(r"\s[\w-]+={{", text), "a value without quotes may hold a second attribute"


def test_no_script_of_ours_makes_a_page_of_a_text() -> None:
    ours = [path for path in STATIC.glob("*.js") if not path.name.startswith("htmx")]
    assert ours
    for path in ours:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", path.read_text()
        )


def test_nothing_of_ours_is_taken_for_markup_but_the_field_of_the_token() -> None:
    folder = Path(services.console.__file__).parent
    found = [path.name for path in folder.rglob("*.py") if re.search(r"\bMarkup\(", path.read_text())]
    assert found == ["rendering.py"]


async def test_what_is_fetched_is_ours(office: httpx.AsyncClient) -> None:
    assert (await office.get(asset("htmx.js"))).status_code == 200
    for path in STATIC.glob("*.css"):
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", path.read_text())


ELSEWHERE = ["https://evil.test", "//evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "javascript:alert(1)",
             "data:text/html,x", " //evil.test", "/%0d%0aSet-Cookie:a=b\r\nX: y", "http:evil.test", "///evil.test",
             "\x00//evil.test", "https:/evil.test"]  # fmt: skip


async def test_nothing_leads_out_of_the_console(desk: Desk) -> None:
    """Wherever a page is told where to go on."""
    visitor = desk.visitor()
    for there in ELSEWHERE:
        for path, given in (("/session", {"token": desk.token()}), ("/preferences", {"theme": "dark"})):
            answer = await visitor.post(path, data={**given, "next": there})
            assert answer.headers["location"] == "/", there
    desk.hub.settings = desk.hub.settings.model_copy(update={"platform_login": "https://platform.test/login"})
    for there in ELSEWHERE:
        asked = await visitor.get("/session", params={"next": there})
        assert asked.headers["location"] == "https://platform.test/login?next=%2F"


async def test_an_address_that_looks_like_another_site_is_not_gone_on_to(desk: Desk) -> None:
    answer = await desk.visitor().get("//evil.test/%2e%2e")
    assert answer.status_code in {303, 404}
    there = answer.headers.get("location", "/session?next=%2F")
    assert there.startswith("/session")
    follows = await desk.visitor().post("/session", data={"token": desk.token(), "next": "//evil.test/.."})
    assert follows.headers["location"] == "/"
