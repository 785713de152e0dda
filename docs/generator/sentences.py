"""The sentences that the core and the connectors write for people, found in their code: what the catalogs must have.

A sentence made with values is a pattern: `f"Port {port} is taken."` becomes `Port {port} is taken.`
"""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

_ENDS = re.compile(r"[.!?:…][)\"'`]?$")
_WORD = re.compile(r"[A-Za-z]{2,}")
_CODE = re.compile(r"\b(?:eq|ge|gt|lt)\b|[|\\<>=]|^(?:fieldledger|python|CE_|#|-)|charset|^\W*$")
MOST_VARIANTS = 16
LEAST_LETTERS = 4
"""Of a pattern without its values: less than that would be found in anything."""

_ELSEWHERE = {"_", "texts", "words", "ngettext"}
"""Strings given to these are in the console's own catalogs already."""

_OF_SETTINGS = {"title", "description", "pattern"}
"""What people read of a setting is taken from the finished model."""


def sentences(files: Iterable[Path]) -> set[str]:
    """Every sentence of these modules."""
    return {found for file in files for found in of_module(file.read_text())}


def of_module(text: str) -> set[str]:
    """Every sentence of one module, and every part of one that is put together elsewhere."""
    visitor = _Visitor()
    visitor.visit(ast.parse(text))
    return {found.strip() for found in visitor.found if is_said(found.strip())}


def is_said(text: str) -> bool:
    """Whether a string reads like something that people are told: words with a space between, and no code."""
    bare = re.sub(r"\{\w+\}", "", text)
    words = _WORD.findall(bare)
    if " " not in text or sum(map(len, words)) < LEAST_LETTERS or (len(words) == 1 and bare == text):
        return False
    return bool(_ENDS.search(text) and len(words) > 2) or not _CODE.search(text)  # noqa: PLR2004


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        """A string that stands alone is a docstring, and for developers."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _called(node) in _ELSEWHERE or _is_log(node):
            return
        for part in [node.func, *node.args, *(one.value for one in node.keywords if one.arg not in _OF_SETTINGS)]:
            self.visit(part)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Our own mistakes are for developers."""

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "{" not in node.value:
            self.found.append(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.found += variants(node)
        for part in node.values:  # a value may be a sentence itself
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_log(node: ast.Call) -> bool:
    """The process's own log is for operators, in English."""
    return isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("_log", "log")


def variants(node: ast.JoinedStr) -> list[str]:
    """The patterns of an f-string: where it chooses between two words, one pattern for each."""
    names: list[str] = []
    parts = [_part(value, names) for value in node.values]
    made = product(*parts)
    return ["".join(pieces) for pieces, _ in zip(made, range(MOST_VARIANTS), strict=False)]


def _part(value: ast.expr, names: list[str]) -> list[str]:
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    assert isinstance(value, ast.FormattedValue), "the two parts of an f-string"
    if (either := list(_either(value.value))) and value.format_spec is None:
        return either
    name = _named(value.value)
    number = sum(known.rpartition("_")[0] == name or known == name for known in names)
    names.append(f"{name}_{number + 1}" if number else name)
    return [f"{{{names[-1]}}}"]


def _either(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.IfExp(body=ast.Constant(value=str(yes)), orelse=ast.Constant(value=str(no))):
            yield from (yes, no)


def _named(value: ast.expr) -> str:
    """What the value is called, so that a translator knows what stands there."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower() or "value"
        case ast.Call(func=func, args=args):
            inner = _named(args[0]) if args else ""
            return inner if inner not in ("", "value") else _named(func)
        case ast.Subscript(value=inner_value) | ast.Await(value=inner_value):
            return _named(inner_value)
        case ast.IfExp(body=body):
            return _named(body)
    return "value"
