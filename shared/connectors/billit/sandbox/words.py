"""Billit's login in its own words (Billit fact sheet, section 1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.sandbox.login import Dialect, TokenError
from shared.sandbox.oauth import Issued, TokenRules

RULES = TokenRules(
    access_life=timedelta(seconds=3600),
    refresh_life=timedelta(days=36_500),  # they never expire
    code_life=timedelta(minutes=10),
)


def _answer(issued: Issued) -> Mapping[str, Any]:
    return {
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "access_token": issued.access_token,
        "refresh_token": issued.refresh_token,
    }


def _refusal(code: str, description: str | None) -> Mapping[str, Any]:
    error = {"Code": code} if description is None else {"Code": code, "Description": description}
    return {"errors": [error]}


_DEAD = TokenError(400, "InvalidGrant", "The token is not valid.")

DIALECT = Dialect(
    title="Billit",
    authorize="/Account/Logon",
    token="/OAuth2/token",  # noqa: S106  # a path
    sees=("customers and suppliers", "products", "invoices, credit notes and offers"),
    answer=_answer,
    send="json",
    response_type=False,
    refuse=_refusal,
    errors={
        "wrong_client": TokenError(401, "InvalidClient", "The client is not known."),
        "malformed": TokenError(400, "InvalidRequest", "The request is not valid."),
        "bad_code": _DEAD,
        "unknown": _DEAD,
        "reused": _DEAD,
        "broken": _DEAD,
        "expired": _DEAD,
    },
)
