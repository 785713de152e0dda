"""The two pages a user sees on the way to a grant: who are you, and do you agree. Plain HTML, no scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from shared.sandbox.oauth import App, User

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--mute:#5c6b7a;--line:#d5dde5;--paper:#fff;--back:#eef2f5;--brand:#0b6e99}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--mute:#9fb0c0;--line:#38475a;--paper:#1b2530;--back:#11181f;
--brand:#58b4dc}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{width:min(26rem,100%);background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:2rem}
h1{font-size:1.3rem;margin:0 0 .25rem}p{color:var(--mute);margin:.25rem 0 1.25rem}
button{width:100%;padding:.7rem 1rem;margin:.25rem 0;border:1px solid var(--line);border-radius:8px;background:none;
color:inherit;font:inherit;text-align:left;cursor:pointer}
button:hover,button:focus-visible{border-color:var(--brand);outline:2px solid var(--brand);outline-offset:1px}
button.main{background:var(--brand);border-color:var(--brand);color:var(--paper);text-align:center;font-weight:600}
button.plain{text-align:center}small{display:block;color:var(--mute)}label{display:flex;gap:.6rem;padding:.4rem 0}
fieldset{border:1px solid var(--line);border-radius:8px;margin:0 0 1rem;padding:.5rem 1rem}ul{padding-left:1.2rem}
footer{margin-top:1.5rem;font-size:.85rem;color:var(--mute)}
"""


def login_page(title: str, action: str, hidden: Mapping[str, str], users: Iterable[User]) -> str:
    """Choose who you are; the choice comes back as field `user` beside the hidden fields."""
    choices = "".join(
        f'<button name="user" value="{escape(user.id)}">{escape(user.name)}<small>{escape(user.email)}</small></button>'
        for user in users
    )
    return _page(title, f"<p>Choose a user to log in with.</p>{_form(action, hidden, choices)}")


def consent_page(
    title: str, action: str, hidden: Mapping[str, str], *, app: App, user: User, sees: Iterable[str]
) -> str:
    """What the app will see. Comes back with `decision` (`allow` or `deny`) and one `scope` per ticked box."""
    name = escape(app.name)
    listed = "".join(f"<li>{escape(line)}</li>" for line in sees)
    boxes = "".join(
        f'<label><input type="checkbox" name="scope" value="{escape(key)}" checked> {escape(label)}</label>'
        for key, label in user.scopes.items()
    )
    fields = f"<fieldset><legend>For</legend>{boxes}</fieldset>" if boxes else ""
    buttons = (
        f'<button class="main" name="decision" value="allow">Allow {name}</button>'
        '<button class="plain" name="decision" value="deny">Cancel</button>'
    )
    intro = f"<p>Logged in as {escape(user.name)}. <b>{name}</b> asks to see and change:</p><ul>{listed}</ul>"
    return _page(title, intro + _form(action, hidden, fields + buttons))


def error_page(title: str, message: str) -> str:
    """A refusal the user reads."""
    return _page(title, f'<p role="alert">{escape(message)}</p>')


def _form(action: str, hidden: Mapping[str, str], content: str) -> str:
    kept = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in hidden.items())
    return f'<form method="post" action="{escape(action)}">{kept}{content}</form>'


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{content}"
        "<footer>This is a sandbox. Nothing here is real.</footer></main></body></html>"
    )
