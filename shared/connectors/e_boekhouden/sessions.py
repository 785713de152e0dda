"""Sessions, and how each call carries them (e-Boekhouden fact sheet, section 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from xml.sax.saxutils import escape

import httpx

from shared.access import Answer, CredentialField, Credentials, Refused, Token, TokenRefusal

from . import errors, soap

SITE = "nl"
LIFE = timedelta(minutes=20)
"""Not documented; clients assume 5 or 20 minutes. A session that ended earlier is reopened on E002."""

_FIELDS = {"username": "Username", "code1": "SecurityCode1", "code2": "SecurityCode2"}
_SOURCE = "Fieldledger"
_PLACES = re.compile(rf"(<(?:\w+:)?({'|'.join(soap.SECRETS)})>){re.escape(soap.SECRET)}(?=</)")


async def open_session(http: httpx.AsyncClient, credentials: Mapping[str, str]) -> Token:
    """Open a session. `Refused` when the package does not let us in, `ValueError` for an answer that makes no sense."""
    typed = {name: credentials[ours] for ours, name in _FIELDS.items()}
    content, headers = soap.envelope("OpenSession", {**typed, "Source": _SOURCE})
    response = await http.post(soap.PATH, content=content.encode(), headers=headers)
    answer = Answer.of(response)
    if problem := errors.said(answer):
        raise Refused(_refusal(problem))
    if response.status_code != httpx.codes.OK:
        raise ValueError("the package did not open a session")
    opened = soap.result("OpenSession", answer.text)
    if opened is None or not opened.SessionID:
        raise ValueError("the package opened a session without a name")
    return {"access_token": json.dumps({**typed, "SessionID": opened.SessionID})}


def _refusal(problem: errors.Said) -> TokenRefusal:
    """E001 is about what the user typed; anything else may be over in a while."""
    kind = "dead" if problem.code.startswith("E001") else "later"
    return TokenRefusal(kind, f"{errors.meaning(problem.code)} ({problem.code})")  # type: ignore[arg-type]  # both known


def carry(request: httpx.Request, token: str) -> httpx.Request:
    """The call with session and codes in their places, which are empty until then.

    A place is a whole element, so no text of a document can be taken for one.
    """
    secrets: Mapping[str, str] = json.loads(token)
    content = _PLACES.sub(lambda place: place[1] + escape(secrets[place[2]]), request.content.decode())
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return httpx.Request(
        request.method, request.url, headers=headers, content=content.encode(), extensions=request.extensions
    )


def stale(answer: Answer) -> bool:
    """E002.1 to E002.4: the session is unknown, over or closed. Nothing was executed."""
    problem = errors.said(answer)
    return problem is not None and problem.plain in errors.CLOSED_SESSIONS


def administration_code(guid: str) -> str:
    """How an administration is known to us. Its GUID is its second security code, so only a trace of it is shown."""
    return sha256(guid.strip("{} ").upper().encode()).hexdigest()[:12]


def whose(credentials: Mapping[str, str]) -> str:
    """User name and administration: one user may have codes for several, and their sessions must not be mixed up."""
    return f"{credentials['username']}@{administration_code(credentials['code2'])}"


AUTH = Credentials(
    sites={SITE: "https://soap.e-boekhouden.nl"},
    refresh_window=timedelta(0),
    refresh_token_life=None,
    access_life=LIFE,
    carry=carry,
    stale=stale,
    fields=(
        CredentialField("username", "Username", secret=False),
        CredentialField("code1", "Security Code 1"),
        CredentialField("code2", "Security Code 2"),
    ),
    open=open_session,
    whose=whose,
)
