"""Exact's login in its own words (Exact fact sheet, section 2)."""

from datetime import timedelta

from shared.sandbox.login import Dialect, TokenError
from shared.sandbox.oauth import Issued, TokenRules

TOO_EARLY = "Rate limit exceeded: access_token not expired"


def rules(*, gate: bool) -> TokenRules:
    """600 seconds, renewed at 570 at the earliest, 30 days unused, 200 token calls a day, a code for three minutes."""
    return TokenRules(
        access_life=timedelta(seconds=600),
        refresh_life=timedelta(days=30),
        code_life=timedelta(minutes=3),
        gate=timedelta(seconds=570) if gate else None,
        calls_per_day=200,
        prefix="stampNL001.",
    )


def _answer(issued: Issued) -> dict[str, str]:
    return {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": str(issued.expires_in),  # a string, as Exact sends it
        "refresh_token": issued.refresh_token,
    }


DIALECT = Dialect(
    title="Exact Online",
    authorize="/api/oauth2/auth",
    token="/api/oauth2/token",  # noqa: S106  # a path
    sees=(
        "relations and contacts",
        "articles, article groups and prices",
        "employees",
        "sales orders",
        "sales invoices",
        "sales entries, receivables and the ledger",
        "documents and their attachments",
        "VAT codes, cost centres, ledger accounts, journals and warehouses",
    ),
    invalid_redirect=401,
    answer=_answer,
    errors={
        "wrong_client": TokenError(400, "invalid_request"),
        "malformed": TokenError(400, "invalid_request"),
        "bad_code": TokenError(400, "invalid_grant"),
        "unknown": TokenError(400, "invalid_request"),
        "reused": TokenError(401, "unauthorized_client", "Old refresh token used."),
        "broken": TokenError(400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId"),
        "expired": TokenError(
            400,
            "invalid_request",
            "The refresh token expired at {at:%m/%d/%Y %I:%M:%S %p} and it is now {now:%m/%d/%Y %I:%M:%S %p}.",
        ),
        "early": TokenError(400, "access_denied", TOO_EARLY, {"Reason": f"TooEarlyToRefreshTokens: {TOO_EARLY}"}),
        # The sheet names the limit of 200 a day but not the answer; this one is ours.
        "too_many": TokenError(429, "access_denied", "Rate limit exceeded: too many token requests today"),
    },
)
