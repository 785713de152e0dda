"""What a browser sends when somebody presses the button of a form and has touched nothing. Buttons send nothing."""

from html.parser import HTMLParser
from urllib.parse import urlencode

Pairs = list[tuple[str, str]]


class _Form(HTMLParser):
    """Reads one form of a page, by its action."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.pairs: Pairs = []
        self.found = False
        self._action = action
        self._inside = False
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A field begins."""
        have = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = have.get("action") == self._action
            self.found |= self._inside
        if not self._inside or "disabled" in have:
            return
        if tag == "input" and have.get("name"):
            self._input(have)
        elif tag == "select":
            self._select, self._options = have["name"], []
        elif tag == "option" and self._select:
            self._options.append((have.get("value", ""), "selected" in have))
        elif tag == "textarea":
            self._area, self._text = have["name"], ""

    def _input(self, have: dict[str, str]) -> None:
        if have.get("type") != "checkbox" or "checked" in have:
            self.pairs.append((have["name"], have.get("value", "on")))

    def handle_data(self, data: str) -> None:
        """Text, perhaps of a text area."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """A field ends."""
        if tag == "select" and self._select and self._options:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.pairs.append((self._select, chosen[-1]))
        if tag == "select":
            self._select = None
        if tag == "textarea" and self._area:
            self.pairs.append((self._area, self._text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = None
        self._inside &= tag != "form"


def untouched(page: str, action: str) -> Pairs:
    """What the form with that action sends as it stands."""
    form = _Form(action)
    form.feed(page)
    assert form.found, f"no form goes to {action}"
    return form.pairs


def changed(pairs: Pairs, **changes: str | list[str] | None) -> Pairs:
    """The same, with other values under some names: several, one, or none at all."""
    kept = [pair for pair in pairs if pair[0] not in changes]
    for name, value in changes.items():
        values = [] if value is None else [value] if isinstance(value, str) else value
        kept += [(name, one) for one in values]
    return kept


def body(pairs: Pairs) -> bytes:
    """As a browser encodes it."""
    return urlencode(pairs).encode()


ENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
