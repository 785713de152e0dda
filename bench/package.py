"""A pretend Exact Online that is never the bottleneck: the sandbox's own bytes, kept, from a process of its own.

The first call of each kind is answered by the sandbox; what it said is said again to the next one. Relations are
rendered by the sandbox once and cut into pages of any size; one that is read by its id has always just been changed. A
new document gets an id of its own, and is counted.
"""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import msgspec

from bench.wire import Call, Reply, listen
from shared.connectors.exact_online.models import Account
from shared.sandbox import create

DIVISION = "900001"
"""The administration of the sandbox that stands in for all."""
CONTROL = "/_bench/"
_ACCOUNTS = "sync/CRM/Accounts"
_SINGLE, _BY_ID = "/crm/Accounts", "ID eq guid"
_NAME = re.compile(rb'"Name":\s*"[^"]*"')
_FROM_THE_START = "Timestamp gt 1L"
_PATH = re.compile(r"/api/v1/(\d+)/")
_NO_LIMIT = 10**9


class _Listing(msgspec.Struct):
    results: list[msgspec.Raw]
    next: str | None = msgspec.field(name="__next", default=None)


class _Page(msgspec.Struct):
    d: _Listing


@dataclass
class Pace:
    """How long an answer takes, in seconds; `hangs` is the administration that gets none for `hanging` seconds."""

    low: float = 0.0
    high: float = 0.0
    hangs: str | None = None
    hanging: float = 30.0


class Package:
    """Answers calls. `documents` lists what was made: our reference, the administration, and when (monotonic clock)."""

    def __init__(self, accounts: int, page: int) -> None:
        self._sandbox = create("exact_online", accounts=accounts, minutely_limit=_NO_LIMIT, daily_limit=_NO_LIMIT)
        self._page = page
        self._accounts: list[bytes] = []
        self._page_headers = b""
        self._changes = 0
        self._kept: dict[tuple[str, str], Reply] = {}
        self._random = Random(7)  # noqa: S311  # the same days, good or bad, for both sides
        self._pace = Pace()
        self._released = asyncio.Event()
        self.url = ""
        self.documents: list[tuple[str, str, float]] = []

    async def open(self) -> None:
        """Log in to the sandbox and let it render all relations."""
        token = self._sandbox.log_in().access_token  # type: ignore[attr-defined]  # Exact's own sandbox has it
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Prefer": "return=representation"}
        self._http = httpx.AsyncClient(
            transport=self._sandbox.transport(), base_url=self._sandbox.base_url, headers=headers
        )
        await self._render_accounts()

    async def answer(self, call: Call) -> Reply:
        """The answer to one call, after as long as the pace says."""
        if call.target.startswith(CONTROL):
            return self._control(call)
        found = _PATH.match(call.target)
        if found is None:
            return Reply(404, b"", b"")
        await self._wait(found[1])
        return await (self._read(call) if call.method == "GET" else self._write(call, found[1]))

    async def _wait(self, division: str) -> None:
        if division == self._pace.hangs:
            await self._hang()
        elif self._pace.high:
            await asyncio.sleep(self._random.uniform(self._pace.low, self._pace.high))

    async def _hang(self) -> None:
        try:
            async with asyncio.timeout(self._pace.hanging):
                await self._released.wait()
        except TimeoutError:
            return

    def _control(self, call: Call) -> Reply:
        """`GET /_bench/documents` tells what was made, `PUT /_bench/pace` sets the pace and begins anew."""
        if call.method == "PUT":
            self._pace = Pace(**json.loads(call.body))
            self._released.set()
            self._released = asyncio.Event()
            self.documents.clear()
        return Reply(200, b"content-type: application/json\r\n", json.dumps(self.documents).encode())

    async def _read(self, call: Call) -> Reply:
        url = urlsplit(call.target)
        query = parse_qs(url.query)
        if url.path.endswith(_ACCOUNTS) and query.get("$filter") == [_FROM_THE_START]:
            return self._cut(call.target, int(query.get("$skiptoken", ["0"])[0]))
        if url.path.endswith(_SINGLE) and query.get("$filter", [""])[0].startswith(_BY_ID):
            return self._renamed(await self._ask(call))
        return await self._ask(call)

    def _renamed(self, kept: Reply) -> Reply:
        """A record that was changed since it was last read."""
        self._changes += 1
        name = f'"Name":"Changed {self._changes} times"'.encode()
        return Reply(kept.status, kept.headers, _NAME.sub(name, kept.body))

    async def _render_accounts(self) -> None:
        query = {"$filter": _FROM_THE_START, "$select": f"{Account.select()},Timestamp"}
        answer = await self._http.get(f"/api/v1/{DIVISION}/{_ACCOUNTS}", params=query)
        self._page_headers = _reply(answer).headers
        page = msgspec.json.decode(answer.content, type=_Page).d
        self._accounts += map(bytes, page.results)
        while page.next:
            page = msgspec.json.decode((await self._http.get(page.next)).content, type=_Page).d
            self._accounts += map(bytes, page.results)

    def _cut(self, target: str, start: int) -> Reply:
        """One page of relations, from the place that our own `$skiptoken` says."""
        end = start + self._page
        onward = f',"__next":"{self.url}{_onward(target, end)}"' if end < len(self._accounts) else ""
        rows = b",".join(self._accounts[start:end])
        return Reply(200, self._page_headers, b"".join((b'{"d":{"results":[', rows, f"]{onward}}}}}".encode())))

    async def _write(self, call: Call, division: str) -> Reply:
        """A new document. What the sandbox said of the first one, under an id of its own."""
        kept = await self._ask(Call(call.method, call.target, call.body))
        self.documents.append((json.loads(call.body).get("YourRef", ""), division, monotonic()))
        old = _first_key(kept.body)
        return Reply(kept.status, kept.headers, kept.body.replace(old.encode(), str(uuid4()).encode()))

    async def _ask(self, call: Call) -> Reply:
        target = _PATH.sub(f"/api/v1/{DIVISION}/", call.target)
        key = (call.method, target)
        if key not in self._kept:
            self._kept[key] = _reply(await self._http.request(call.method, target, content=call.body or None))
        return self._kept[key]


def _onward(target: str, place: int) -> str:
    plain = re.sub(r"&(\$|%24)skiptoken=\d+", "", target)
    return f"{plain}&$skiptoken={place}"


def _first_key(body: bytes) -> str:
    """The id in the record's own address: `.../SalesOrders(guid'...')`."""
    found = re.search(rb"\(guid'([^']+)'\)", body)
    assert found is not None, body
    return found[1].decode()


def _reply(response: httpx.Response) -> Reply:
    lines = [f"{name}: {value}\r\n" for name, value in response.headers.items() if name != "content-length"]
    return Reply(response.status_code, "".join(lines).encode(), response.content)


async def _serve(accounts: int, page: int) -> None:
    package = Package(accounts, page)
    await package.open()
    server, package.url = await listen(package.answer)
    sys.stdout.write(package.url + "\n")
    sys.stdout.flush()
    # It ends with whoever started it: that one's end closes the pipe.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    """`python -m bench.package '{"accounts": 200000, "page": 1000}'`: prints its URL, ends with standard input."""
    options: dict[str, Any] = json.loads(sys.argv[1])
    asyncio.run(_serve(**options))


if __name__ == "__main__":
    main()
