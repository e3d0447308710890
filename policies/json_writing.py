"""Decoded values back to JSON text: exact decimals, Chinese as it is, and a canonical form to hash.

The other half of json_reading; whatever it writes, json_reading reads back equal.
"""

import hashlib
import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

import simplejson


def to_json(value: object) -> str:
    """The value as compact JSON; Decimals are written digit by digit, never through a float.

    A lone surrogate (in the pointer of a fault) is escaped, since UTF-8 has no other way to write it.
    """
    text: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
    return _escaped(text)


def digest_of(value: object) -> str:
    """SHA-256 (hex) of the value's canonical JSON: sorted members, numbers in their shortest form."""
    text = simplejson.dumps(
        _canonical(value), use_decimal=True, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(_escaped(text).encode()).hexdigest()


_LONE = re.compile("[\ud800-\udfff]")
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_LONGEST = 60  # digits of a whole number that is written out; 1E+999999999 would fill the memory


def _escaped(text: str) -> str:
    return _LONE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _canonical(value: object) -> object:
    if isinstance(value, Decimal):
        if value.is_infinite():
            return str(value)
        is_whole = value.adjusted() < _LONGEST and value == value.to_integral_value()
        return int(value) if is_whole else value.normalize(_EXACT)
    if isinstance(value, dict):
        return {name: _canonical(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value
