"""Decoded values back to JSON text: exact decimals, Chinese as it is, and a canonical form to hash.

The other half of json_reading; whatever it writes, json_reading reads back equal.
"""

import hashlib
from decimal import Decimal

import simplejson


def to_json(value: object) -> str:
    """The value as compact JSON; Decimals are written digit by digit, never through a float."""
    text: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
    return text


def digest_of(value: object) -> str:
    """SHA-256 (hex) of the value's canonical JSON: sorted members, numbers in their shortest form."""
    text = simplejson.dumps(
        _canonical(value), use_decimal=True, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, dict):
        return {name: _canonical(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
