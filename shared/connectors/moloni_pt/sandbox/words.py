"""How Moloni's login service speaks (Moloni PT fact sheet, sections 1 and 1.1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.sandbox.login import Dialect, TokenError
from shared.sandbox.oauth import Issued, TokenRules

RULES = TokenRules(
    access_life=timedelta(hours=1),
    refresh_life=timedelta(days=14),
    code_life=timedelta(minutes=10),  # not documented (section 6)
    ends_old_access=True,
)


def _answer(issued: Issued) -> Mapping[str, Any]:
    return {
        "access_token": issued.access_token,
        "expires_in": issued.expires_in,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": issued.refresh_token,
    }


_WRONG_CODE = TokenError(400, "invalid_grant", "Authorization code doesn't exist or is invalid for the client")
_WRONG_TOKEN = TokenError(400, "invalid_grant", "Invalid refresh token")

DIALECT = Dialect(
    title="Moloni",
    authorize="/ac/root/oauth/",
    token="/v1/grant/",  # noqa: S106  # a path
    sees=("customers and products", "documents of the company"),
    answer=_answer,
    send="query",
    errors={
        "wrong_client": TokenError(400, "invalid_client", "The client credentials are invalid"),
        "malformed": TokenError(400, "unsupported_grant_type", "Grant type not supported"),
        "bad_code": _WRONG_CODE,
        "unknown": _WRONG_TOKEN,
        "reused": _WRONG_TOKEN,
        "broken": _WRONG_TOKEN,
        "expired": TokenError(400, "invalid_grant", "Refresh token has expired"),
    },
)
