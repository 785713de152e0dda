"""Numbers as people write them: `12,50` in Dutch, `12.50` in English. Pure; what is shown is read back the same."""

import re

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_EITHER = re.compile(r"-?\d+[.,](\d{1,2}|\d{4,})")
"""A single separator that cannot stand between thousands."""


def shown(number: str, locale: Locale) -> str:
    """A stored number as it is written in a field: no thousands are marked."""
    return number.replace(".", get_decimal_symbol(locale)) if _PLAIN.fullmatch(number) else number


def plain(written: str, locale: Locale) -> str | None:
    """What was written, as it is stored; None when that is no number, or could be two."""
    text = re.sub(r"[\s\u00a0\u202f]", "", written)
    point, group = get_decimal_symbol(locale), get_group_symbol(locale).strip("\u00a0\u202f ")
    grouped = rf"\d{{1,3}}({re.escape(group)}\d{{3}})+" if group else r"\d+"
    if re.fullmatch(rf"-?(\d+|{grouped})({re.escape(point)}\d+)?", text):
        return text.replace(group, "").replace(point, ".") if group else text.replace(point, ".")
    return text.replace(",", ".") if _EITHER.fullmatch(text) else None
