"""JSON in and out with exact numbers: a sandbox must never be the one that turns 0.1 into 0.1000000000000000055."""

from decimal import Decimal
from typing import Any

import msgspec

_numbers = msgspec.json.Encoder(decimal_format="number")
_text = msgspec.json.Encoder(decimal_format="string")
_reader = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """JSON with `Decimal` as JSON numbers, digit for digit: what a package answers."""
    return _numbers.encode(value)


def encode_exact(value: Any) -> bytes:
    """JSON with `Decimal` as text and moments in ISO 8601: what tests read back."""
    return _text.encode(value)


def decode(data: bytes) -> Any:
    """Parsed JSON, fractions as `Decimal`. `ValueError` when it is not JSON."""
    return _reader.decode(data)
