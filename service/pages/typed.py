"""Amounts as people type them: 680万, 1.2 亿, 5%, 500万-1000万, 1,200,000.

Reads exact numbers and bands; never guesses a unit that is not there.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_UNITS: Mapping[str, Decimal | int] = {
    "": 1, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "%": Decimal("0.01"),
}  # fmt: skip

_NUMBER = r"(-?[0-9]{1,16}(?:\.[0-9]{1,10})?)\s*([万萬亿億%]?)\s*元?"
_ONE = re.compile(_NUMBER)
_BAND = re.compile(rf"{_NUMBER}\s*[-–—~～至到]\s*{_NUMBER}")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％，－", "0123456789.%,-")


def amount(text: str, *, whole: bool = False) -> Any:
    """A number, a band {min, max}, or None where there is neither; `whole` refuses fractions."""
    plain = text.translate(_FULL_WIDTH).replace(",", "").strip()
    if one := _ONE.fullmatch(plain):
        return _whole(_number(one[1], one[2]), whole)
    if band := _BAND.fullmatch(plain):
        ends = (_whole(_number(band[1], band[2] or band[4]), whole), _whole(_number(band[3], band[4]), whole))
        return None if None in ends else {"min": ends[0], "max": ends[1]}
    return None


def _number(digits: str, unit: str) -> Decimal:
    return Decimal(digits) * _UNITS[unit]


def _whole(number: Decimal, whole: bool) -> Decimal | int | None:
    if number == number.to_integral_value():
        return int(number)
    return None if whole else number.normalize()
