"""Multivers' login in its own words (Multivers fact sheet, section 2)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from shared.sandbox.login import Dialect, LoginPages, TokenError
from shared.sandbox.oauth import Issued, OAuthServer, TokenRules

SCOPE = "http://UNIT4.Multivers.API/Web/WebApi/*"
"""The only scope there is, to the letter (section 2, Scope)."""


def rules(*, strict: bool) -> TokenRules:
    """Older refresh tokens stay valid, as clients in production rely on; `strict` ends them (section 2, Rotation)."""
    return TokenRules(
        access_life=timedelta(seconds=3600),
        refresh_life=timedelta(days=14),  # unknown (section 7): short, so that whoever forgets to keep it alive notices
        code_life=timedelta(minutes=10),
        reusable=not strict,
    )


def _answer(issued: Issued) -> Mapping[str, Any]:
    return {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
        "scope": SCOPE,
    }


_DEAD = TokenError(400, "invalid_grant")

DIALECT = Dialect(
    title="Multivers",
    authorize="/OAuth/Authorize",
    token="/OAuth/Token",  # noqa: S106  # a path
    sees=("customers", "products and hour types", "orders and invoices"),
    answer=_answer,
    errors={
        "wrong_client": TokenError(400, "invalid_client"),
        "malformed": TokenError(400, "invalid_request"),
        "bad_code": _DEAD,
        "unknown": _DEAD,
        "reused": _DEAD,
        "broken": _DEAD,
        "expired": _DEAD,
    },
)


def login_routes(server: OAuthServer) -> list[BaseRoute]:
    """The pages and the token endpoint; the page refuses any other scope."""
    pages = LoginPages(server, DIALECT).routes
    first = pages[0]
    assert isinstance(first, Route)

    async def ask(request: Request) -> Response:
        if request.query_params.get("scope") != SCOPE:
            return HTMLResponse("invalid_scope", 400)
        answer: Response = await first.endpoint(request)
        return answer

    return [Route(DIALECT.authorize, ask, methods=["GET"]), *pages[1:]]
