"""Reads the plain part of YAML that our files keep to, and nothing else: whatever is unusual is an error here.

Maps and lists by indentation, texts, lists on one line, comments on lines of their own, anchors, aliases and merges.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

LINE = re.compile(r"^(?P<key>[\w.<-]+):(?: (?P<value>\S.*))?$")
ANCHOR = re.compile(r"^&(?P<name>\w+)(?: (?P<value>.+))?$")


class Unusual(ValueError):
    """A line this reader does not know; its text is in the message."""


class Reader:
    def __init__(self, text: str) -> None:
        self._lines = [(len(line) - len(line.lstrip()), line.strip()) for line in _meaningful(text)]
        self._anchors: dict[str, Any] = {}
        self._place = 0

    def document(self) -> Any:
        read = self._block(0)
        if self._place != len(self._lines):
            raise Unusual(f"indentation of {self._lines[self._place][1]!r}")
        return read

    def _at(self, indent: int) -> str | None:
        """The present line, if it stands at this indentation."""
        if self._place < len(self._lines) and self._lines[self._place][0] == indent:
            return self._lines[self._place][1]
        return None

    def _block(self, indent: int) -> Any:
        line = self._at(indent)
        if line is None:
            raise Unusual(f"nothing at {indent} blanks, before {self._lines[self._place :][:1]}")
        return self._list(indent) if line.startswith("- ") else self._map(indent)

    def _list(self, indent: int) -> list[Any]:
        found = []
        while (line := self._at(indent)) is not None and line.startswith("- "):
            self._place += 1
            found.append(self._scalar(line[2:]))
        return found

    def _map(self, indent: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while (line := self._at(indent)) is not None:
            parts = LINE.match(line)
            if parts is None:
                raise Unusual(line)
            self._place += 1
            key, value = parts["key"], self._value(parts["value"], indent)
            if key in found:
                raise Unusual(f"{key} stands twice")
            if key == "<<":
                merged |= value
            else:
                found[key] = value
        return merged | found

    def _value(self, text: str | None, indent: int) -> Any:
        if text is None:
            return self._block(indent + 2)
        if anchor := ANCHOR.match(text):
            value = self._value(anchor["value"], indent)
            self._anchors[anchor["name"]] = value
            return value
        return self._scalar(text)

    def _scalar(self, text: str) -> Any:
        if text.startswith("*"):
            return self._anchors[text[1:]]
        if text[0] in '["':
            return json.loads(text)
        if text[0] in "{}|>&!%@`'?,#-" or ": " in text or " #" in text:
            raise Unusual(text)
        return int(text) if text.isdecimal() else text


def _meaningful(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if "\t" in line:
            raise Unusual(f"a tab in {line!r}")
        if line.strip() and not line.strip().startswith("#"):
            yield line


def read(text: str) -> Any:
    """The document; `Unusual` when it is more than this reader knows."""
    return Reader(text).document()
