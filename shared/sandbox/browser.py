"""Logs in and agrees as a user with a browser would, so that tests walk the real pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx


@dataclass
class _Form(HTMLParser):
    """The first form of a page: where it goes, its fields, and its buttons with the text on them."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    _open: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = have["action"]
        elif tag == "input" and (have.get("type") != "checkbox" or "checked" in have):
            self.fields.append((have["name"], have["value"]))
        elif tag == "button":
            self.buttons.append((have["name"], have["value"], ""))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in {"button", "small"}

    def handle_data(self, data: str) -> None:
        if self._open:
            name, value, text = self.buttons[-1]
            self.buttons[-1] = (name, value, text + data)

    def press(self, wanted: str) -> tuple[str, str]:
        """The button whose value or text says `wanted`; `LookupError` when there is none."""
        for name, value, text in self.buttons:
            if wanted in {value, text} or text.startswith(wanted):
                return name, value
        raise LookupError(f"there is no button {wanted!r} on the page; there are {[b[2] for b in self.buttons]}")


async def sandbox_approve(
    http: httpx.AsyncClient, authorize_url: str, user: str, *, allow: bool = True, only: Collection[str] | None = None
) -> str:
    """Open `authorize_url`, log in as `user` (id or shown name), agree; the callback URL with code and state.

    `allow=False` presses Cancel; `only` keeps just these scopes (for Exact: divisions) ticked. The callback itself is
    not called. `httpx.HTTPStatusError` when a page refuses.
    """
    page = await http.get(authorize_url, follow_redirects=False)
    page = await _submit(http, page, user, only)
    page = await _submit(http, page, "allow" if allow else "deny", only)
    return page.headers["Location"]


async def _submit(
    http: httpx.AsyncClient, page: httpx.Response, button: str, only: Collection[str] | None
) -> httpx.Response:
    page.raise_for_status()
    form = _Form()
    form.feed(page.text)
    kept = [(k, v) for k, v in form.fields if k != "scope" or only is None or v in only]
    data: dict[str, list[str]] = {}
    for name, value in [*kept, form.press(button)]:
        data.setdefault(name, []).append(value)
    answer = await http.post(urljoin(str(page.url), form.action), data=data, follow_redirects=False)
    return answer if answer.is_redirect else answer.raise_for_status()
