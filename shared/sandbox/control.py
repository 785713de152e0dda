"""The same levers over HTTP, for tests that run the sandbox in another process. Paths begin with `/_sandbox/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.faults import Fault
from shared.sandbox.payload import decode, encode_exact

if TYPE_CHECKING:
    from shared.sandbox.base import Sandbox


def control_routes(sandbox: Sandbox) -> list[BaseRoute]:
    """POST fail, heal, lag, clock, edit; GET memory. A senseless instruction is answered 422 with the reason."""
    levers = {
        "fail": lambda order: sandbox.script(Fault.model_validate(order)),
        "heal": lambda _: sandbox.heal(),
        "lag": lambda order: sandbox.lag(seconds=float(order.get("seconds", 0)), queries=order.get("queries", 0)),
        "clock": lambda order: sandbox.clock.advance(timedelta(seconds=float(order["advance_seconds"]))),
        "edit": sandbox.edit,
    }

    async def pull(request: Request) -> Response:
        lever = levers.get(request.path_params["lever"])
        if lever is None:
            return Response(status_code=404)
        try:
            lever(_order(await request.body()))
        except (ValueError, LookupError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse({"now": sandbox.clock.now().isoformat()})

    async def memory(_: Request) -> Response:
        body = encode_exact({**sandbox.memory(), "calls": len(sandbox.calls)})
        return Response(body, media_type="application/json")

    return [Route("/_sandbox/memory", memory), Route("/_sandbox/{lever}", pull, methods=["POST"])]


def _order(body: bytes) -> Mapping[str, Any]:
    order = decode(body) if body else {}
    if not isinstance(order, dict):
        raise TypeError("the instruction must be a JSON object")
    return order
