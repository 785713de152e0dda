"""How fast the console's pages answer over a large installation, beside the barest FastAPI and Jinja page.

The real app under uvicorn in a process of its own, asked over loopback for one page after the other: what one
person waits for, not how many people fit.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.types import ASGIApp

from bench.crowd import TENANT, Crowd, gather
from bench.installation import settings
from bench.results import percentile
from bench.sides import Measured, SideFailed
from services.console.app import create_app
from services.console.operate.beside import beside
from shared import log
from shared.runtime import open_hub
from shared.serving import Impatient, serving
from shared.settings import Settings

ISSUER, AUDIENCE = "https://bench.example", "bench"
LONGEST_LOG = "/connections/connection-0"
OFFICE = {
    "integrations": "/",
    "connection": LONGEST_LOG,
    "settings": f"{LONGEST_LOG}/settings",
    "log": f"{LONGEST_LOG}/log",
    "log, errors only": f"{LONGEST_LOG}/log?result=error",
    "log, one document": f"{LONGEST_LOG}/log?document=WB-40",
    "log, a document that is not there": f"{LONGEST_LOG}/log?document=never",
    "log, a kind of records": f"{LONGEST_LOG}/log?kind=product",
    "documents": f"{LONGEST_LOG}/documents",
    "reconciliation of a connection": f"{LONGEST_LOG}/reconciliation",
}
OPERATOR = {
    "operation": "/operate",
    "one connector": "/operate/connectors/exact_online",
    "all connections": "/operate/connections",
    "a connection by name": "/operate/connections?text=Company%20977",
    "connections that rest": "/operate/connections?rests=1",
    "one connection": "/operate/connections/connection-0",
    "replays": "/operate/replays",
    "reconciliations": "/operate/reconciliations",
}
BARE = "/bare"
_BARE_PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><html><head><title>Bare</title></head><body><table>"
    "{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}"
    "</table></body></html>"
)
_WARM = 2


async def measure(rounds: int, crowd: dict[str, int], pages: Sequence[str] = ()) -> Measured:
    """Ask for every page so often, in turn; `more` says p50 and p95 of each, in milliseconds. `pages`: only these."""
    key = ECKey.generate_key("P-256", {"kid": "bench", "alg": "ES256", "use": "sig"}, auto_kid=False)
    with TemporaryDirectory(prefix="fieldledger-bench-") as folder:
        fields = await _filled(Path(folder), key, Crowd(**crowd))
        async with (
            _server(fields) as url,
            _browser(url, key, "office") as office,
            _browser(url, key, "operator") as operator,
        ):
            asked = [(office, name, path) for name, path in OFFICE.items()]
            asked += [(operator, name, path) for name, path in OPERATOR.items()]
            wanted = [one for one in asked if not pages or one[1] in pages]
            return await _in_turn([*wanted, (office, "bare", BARE)], rounds)


async def _in_turn(asked: Sequence[tuple[httpx.AsyncClient, str, str]], rounds: int) -> Measured:
    begun = perf_counter()
    found: dict[str, list[float]] = {name: [] for _, name, _ in asked}
    for client, name, path in chain.from_iterable(repeat(asked, rounds + _WARM)):
        found[name].append(await _asked(client, path))
    more = {
        f"{name}|p{percent}": 1000 * percentile(seconds[_WARM:], percent)
        for name, seconds in found.items()
        for percent in (50, 95)
    }
    return Measured(rounds * len(asked), perf_counter() - begun, more=more)


async def _asked(client: httpx.AsyncClient, path: str) -> float:
    begun = perf_counter()
    answer = await client.get(path)
    took = perf_counter() - begun
    if answer.status_code != httpx.codes.OK:
        raise SideFailed(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return took


async def _filled(folder: Path, key: ECKey, crowd: Crowd) -> dict[str, Any]:
    """The settings of an installation with all of it in its store."""
    made = settings("127.0.0.1:1", "http://127.0.0.1:9", folder)
    async with open_hub(made, client_id="bench") as hub:
        await gather(hub, crowd)
    assert made.keys is not None
    return {
        "kafka": made.kafka,
        "store": made.store,
        "keys": made.keys.get_secret_value(),
        "console_url": "http://127.0.0.1",
        "console_rate": 100.0,
        "platform_issuer": ISSUER,
        "platform_audience": AUDIENCE,
        "platform_jwks": json.dumps(KeySet([key]).as_dict(private=False)),
    }


@asynccontextmanager
async def _server(fields: dict[str, Any]) -> AsyncIterator[str]:
    """The console in a process of its own; gives its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.pages", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(fields).encode() + b"\n")
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def _browser(url: str, key: ECKey, role: str) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": role, "name": role, "tenant": TENANT, "role": role}
    token = jwt.encode({"alg": "ES256", "kid": "bench"}, {**claims, "iat": now, "exp": now + 3600}, key)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        answer = await client.post("/session", data={"token": token})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise SideFailed(f"nobody could sign in: {answer.status_code} {answer.text[:300]}")
        yield client


def _with_bare(app: FastAPI) -> ASGIApp:
    """Beside the real one in the same process: the same server, none of our parts."""
    bare = FastAPI()
    rows = [[f"cell {n} {m}" for m in range(4)] for n in range(50)]

    @bare.get(BARE, response_class=HTMLResponse)
    async def table() -> str:
        return _BARE_PAGE.render(rows=rows)

    async def either(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") == BARE else app)(scope, receive, send)

    return either


async def _serve(fields: dict[str, Any]) -> None:
    chosen = Settings(_env_file=None, **fields)
    async with open_hub(chosen, client_id="bench") as hub, beside(hub), _served(_with_bare(create_app(hub))) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        # It ends with whoever started it: that one's end closes the pipe.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _served(app: ASGIApp) -> AbstractAsyncContextManager[str]:
    return serving(app, "127.0.0.1", 0, http=Impatient, ws="none")


if __name__ == "__main__":
    log.configure("ERROR")  # standard output is a pipe that nobody empties
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
