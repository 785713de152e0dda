"""The platform's sign-in, pretended: one click per person. Only the demo runs it; whoever reaches it is let in."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from time import time
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shared import connectors

HOURS = 12
"""How long a sign-in holds."""


@dataclass(frozen=True)
class Person:
    """Somebody who works at a tenant."""

    name: str
    tenant: str
    role: str
    about: str


def people() -> list[Person]:
    """An office worker of each company in the demo's story, one of a company without any connection, an operator."""
    offices = [
        Person("Olivia", f"demo-{how.name}", "office", f"office worker of the company that uses {how.title}")
        for how in connectors.all_connectors()
    ]
    new = Person("Nora", "demo-new", "office", "office worker of a new company: nothing is connected yet")
    operator = Person("Oscar", "demo-new", "operator", "operator of this installation")
    return [new, *offices, operator]


class Issuer:
    """The ASGI app: `/login` for people, `/jwks` for the console. Its key lives as long as it does."""

    def __init__(self, url: str, console: str, audience: str) -> None:
        """Tokens say that they come from `url` and are meant for `audience`, the console at `console`."""
        self._url = url
        self._console = console
        self._audience = audience
        # A name of its own at each start: a console that knew the key of before looks for this one.
        self._key = ECKey.generate_key("P-256", {"kid": uuid4().hex, "alg": "ES256", "use": "sig"}, auto_kid=False)
        routes = [Route("/login", self._login), Route("/jwks", self._jwks)]
        self.app = Starlette(routes=routes)

    def token(self, person: Person) -> str:
        """Says who somebody is."""
        now = int(time())
        claims = {
            "iss": self._url,
            "aud": self._audience,
            "sub": f"{person.tenant}-{person.role}",
            "name": person.name,
            "tenant": person.tenant,
            "role": person.role,
            "iat": now,
            "exp": now + HOURS * 3600,
        }
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    async def _login(self, request: Request) -> Response:
        after = request.query_params.get("next", "/")
        return HTMLResponse(self._page(people(), after), headers={"Cache-Control": "no-store"})

    def _page(self, who: Sequence[Person], after: str) -> str:
        forms = "".join(
            f'<form method="post" action="{escape(self._console)}/session">'
            f'<input type="hidden" name="token" value="{escape(self.token(person))}">'
            f'<input type="hidden" name="next" value="{escape(after)}">'
            f"<button><b>{escape(person.name)}</b>, {escape(person.about)}</button></form>"
            for person in who
        )
        return _PAGE.replace("FORMS", forms)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The platform of the demo</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem; }
button { font: inherit; width: 100%; text-align: left; padding: .75rem 1rem; margin: .25rem 0; border-radius: 8px; }
</style></head>
<body><main><h1>Who are you?</h1>
<p>This page stands for your field-service platform, which knows who you are. One click signs you in.</p>
FORMS</main></body></html>
"""
