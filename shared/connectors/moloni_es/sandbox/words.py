"""The login of the pretend Moloni Spain in its own words (Moloni Spain fact sheet, section 1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.sandbox.login import Dialect, TokenError
from shared.sandbox.oauth import Issued, Problem, TokenRules

RULES = TokenRules(
    # Those of Moloni ON; what the Spanish plugins assume is shorter.
    access_life=timedelta(hours=1),
    refresh_life=timedelta(days=14),
    code_life=timedelta(minutes=1),
    bound_codes=False,
)


def _answer(issued: Issued) -> Mapping[str, Any]:
    """Two keys are known, and none that tells how long they live."""
    return {"accessToken": issued.access_token, "refreshToken": issued.refresh_token}


def dialect(refusal_status: int) -> Dialect:
    """The login; with which status a refusal comes is not known, only that its body has the key `error`."""
    kinds: tuple[Problem, ...] = ("wrong_client", "malformed", "bad_code", "unknown", "reused", "broken", "expired")
    return Dialect(
        title="Moloni",
        authorize="/v1/auth/authorize",
        token="/v1/auth/grant",  # noqa: S106  # a path
        sees=("customers", "products", "documents"),
        answer=_answer,
        response_type=False,
        names={
            "apiClientId": "client_id",
            "clientSecret": "client_secret",
            "redirectUri": "redirect_uri",
            "grantType": "grant_type",
            "refreshToken": "refresh_token",
        },
        errors={
            kind: TokenError(refusal_status, "invalid_client" if kind == "wrong_client" else "invalid_grant")
            for kind in kinds
        },
    )
