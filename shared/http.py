"""The way to a package: one httpx client with time-outs, rate budget, masking, and answers turned into errors.

What may have been executed and what surely was not is decided here for the transport (httpx's own error tree) and by
the connector's `classify` for answers. See docs/exactly-once.md, "Classify answers".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import copy
from datetime import datetime
from typing import Any, Protocol

import httpx

from shared import metrics
from shared.access import Answer
from shared.connector import WindowState
from shared.errors import RateLimited, Rejected, TryLater, Uncertain, WorkError
from shared.mapping import Request
from shared.schemas.money import JsonFraction

_SURELY_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Budget(Protocol):
    """The rate budget as the HTTP layer sees it (`shared/budgets.py`)."""

    def spend(self, endpoint: str = "") -> None:
        """Account for one call to this path; raises `RateLimited` when nothing is left for this kind of work."""

    def feed(self, windows: Mapping[str, WindowState]) -> None:
        """Take over what the vendor's headers say."""

    def pause(self, until: datetime) -> None:
        """The vendor asked for a pause."""

    def answered(self, endpoint: str, status: int) -> None:
        """An answer came from this path."""


class Unlimited:
    """No budget: for the two calls of a login."""

    def spend(self, endpoint: str = "") -> None:
        """Anything goes."""

    def feed(self, windows: Mapping[str, WindowState]) -> None:
        """Nothing to learn."""

    def pause(self, until: datetime) -> None:
        """Whoever logs in reads the error."""

    def answered(self, endpoint: str, status: int) -> None:
        """Nothing is counted."""


class VendorHttp:
    """Reads and writes of one connection. Every error leaves as a `WorkError`; no httpx error escapes.

    `whose` is the vendor user of the login, where the package itself cannot be asked (`Credentials.whose`).
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        auth: httpx.Auth,
        classify: Callable[[Answer, bool], WorkError | None],
        budget: Budget,
        windows: Callable[[Mapping[str, str]], Mapping[str, WindowState]],
        name: str,
        whose: str = "",
    ) -> None:
        self.whose = whose
        self._client = client
        self._auth = auth
        self._name = name
        self._classify = classify
        self._budget = budget
        self._windows = windows
        self._headers: Mapping[str, str] = {}

    async def read(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """GET; the decoded JSON body. `path` may be a full URL of the same host (a next-page link)."""
        self._same_host(path)
        answer = await self._call(self._build("GET", path, params=params), write=False)
        return self._json(answer, write=False)

    async def search(self, path: str, body: Mapping[str, Any]) -> Any:
        """A read that the package wants as a POST with a JSON body; the decoded JSON body of the answer."""
        self._same_host(path)
        answer = await self._call(self._build("POST", path, json=body), write=False)
        return self._json(answer, write=False)

    async def write(self, request: Request) -> Any:
        """Send one `Request`, without a body if that is empty; the decoded JSON body, None when it is empty."""
        built = self._build(request.method, request.path, json=request.body or None, headers=request.headers)
        answer = await self._call(built, write=True)
        return self._json(answer, write=True) if answer.text.strip() else None

    async def exchange(self, path: str, content: str, headers: Mapping[str, str], *, write: bool) -> Answer:
        """POST a body that is not JSON (SOAP); the answer as text. `write` tells whether it may change something."""
        built = self._build("POST", path, content=content.encode(), headers=headers)
        return await self._call(built, write=write)

    def with_headers(self, headers: Mapping[str, str]) -> VendorHttp:
        """The same way to the package, with these headers on every call (which administration, say)."""
        changed = copy(self)
        changed._headers = {**self._headers, **headers}  # noqa: SLF001  # a copy of our own
        return changed

    def _build(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any) -> httpx.Request:
        return self._client.build_request(method, path, headers={**self._headers, **(headers or {})}, **how)

    def _same_host(self, path: str) -> None:
        if "://" in path and httpx.URL(path).netloc != self._client.base_url.netloc:
            # A next-page link to elsewhere would carry our bearer token there.
            raise Rejected(f"the package pointed to another host ({httpx.URL(path).host}); not followed")

    async def _call(self, request: httpx.Request, *, write: bool) -> Answer:
        self._budget.spend(request.url.path)
        try:
            with metrics.LATENCY.labels(self._name).time():
                response = await self._client.send(request, auth=self._auth)
        except _SURELY_NOT_SENT as error:
            metrics.CALLS.labels(self._name, "unreachable").inc()
            raise TryLater(f"the package cannot be reached ({type(error).__name__})") from error
        except httpx.RequestError as error:
            metrics.CALLS.labels(self._name, "lost").inc()
            raise _lost(write, f"the connection broke ({type(error).__name__})") from error
        metrics.CALLS.labels(self._name, str(response.status_code)).inc()
        answer = Answer.of(response)
        self._budget.feed(self._windows(answer.headers))
        self._budget.answered(request.url.path, answer.status)
        problem = self._classify(answer, write)
        if isinstance(problem, RateLimited):
            self._budget.pause(problem.until)
        if problem is not None:
            raise problem
        return answer

    @staticmethod
    def _json(answer: Answer, *, write: bool) -> Any:
        try:
            return json.loads(answer.text, parse_float=JsonFraction)
        except ValueError as error:
            raise _lost(write, "the package answered with something that is not JSON") from error


def _lost(write: bool, reason: str) -> WorkError:  # noqa: FBT001  # a word at both call sites
    return Uncertain(reason) if write else TryLater(reason)
