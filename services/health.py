"""The health page of a process: `/health` for probes, `/metrics` for Prometheus, in the process's own event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.errors import FieldledgerError
from shared.log import get

CHECK_TIMEOUT = 6.0
"""Seconds until a part that does not answer counts as away: a probe must get its answer."""
_log = get(__name__)

Check = Callable[[], Awaitable[bool]]
"""Whether one part answers; it may raise a `FieldledgerError` or `OSError` instead of saying False."""


Survey = Callable[[], Awaitable[bytes]]
"""Numbers about the whole installation, read anew; it may raise like a check."""


def health_app(services: Sequence[str], checks: Mapping[str, Check], survey: Survey | None = None) -> Starlette:
    """`/health`: 200 when every check holds, else 503; `/metrics`: the numbers of `shared/metrics.py`.

    Those about the whole installation stand only on the page of a process with a `survey`.
    """

    async def health(_: Request) -> Response:
        held = await asyncio.gather(*(_holds(name, check) for name, check in checks.items()))
        found = dict(zip(checks, held, strict=True))
        ok = all(held)
        return JSONResponse({"services": list(services), "ok": ok, **found}, status_code=200 if ok else 503)

    async def metrics(_: Request) -> Response:
        surveyed = await _surveyed(survey) if survey else b""
        return Response(generate_latest() + surveyed, media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/health", health), Route("/metrics", metrics)])


async def _holds(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await check()
    except (FieldledgerError, OSError) as error:
        _log.warning("health check failed", check=name, why=str(error) or type(error).__name__)
        return False


async def _surveyed(survey: Survey) -> bytes:
    """No number is better than an old one: while the store is away, Prometheus sees that they are missing."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await survey()
    except (FieldledgerError, OSError) as error:
        _log.warning("nothing can be said of the whole installation", why=str(error) or type(error).__name__)
        return b""
