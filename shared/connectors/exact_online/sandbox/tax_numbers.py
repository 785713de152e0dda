"""VAT numbers whose check digits are right, drawn at random; whoever they belong to is not meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random


def vat_number(random: Random, country: str) -> str:
    """A number of that country, prefix included."""
    return _DRAW[country](random)


def _dutch(random: Random) -> str:
    while True:
        digits = [random.randrange(10) for _ in range(8)]
        check = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
        if check < 10 and any(digits):  # noqa: PLR2004  # eleven-test: a remainder of ten has no digit
            return f"NL{''.join(map(str, digits))}{check}B{random.randint(1, 9):02}"


def _belgian(random: Random) -> str:
    number = random.randrange(2_000_000, 9_999_999)
    return f"BE0{number:07}{97 - number % 97:02}"


def _german(random: Random) -> str:
    # ISO 7064, mod 11,10.
    digits, product = [random.randint(1, 9), *(random.randrange(10) for _ in range(7))], 10
    for digit in digits:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return f"DE{''.join(map(str, digits))}{(11 - product) % 10}"


def _french(random: Random) -> str:
    body = [random.randint(3, 8), *(random.randrange(10) for _ in range(7))]
    siren = int("".join(map(str, [*body, _luhn(body)])))
    return f"FR{(12 + 3 * (siren % 97)) % 97:02}{siren:09}"


def _spanish(random: Random) -> str:
    body = [random.randrange(10) for _ in range(7)]
    return f"ESB{''.join(map(str, body))}{_luhn(body)}"


def _luhn(body: list[int]) -> int:
    """The check digit that follows these digits."""
    doubled = (digit * 2 if place % 2 == 0 else digit for place, digit in enumerate(reversed(body)))
    return -sum(digit // 10 + digit % 10 for digit in doubled) % 10


_DRAW: Mapping[str, Callable[[Random], str]] = {
    "NL": _dutch, "BE": _belgian, "DE": _german, "FR": _french, "ES": _spanish
}  # fmt: skip
