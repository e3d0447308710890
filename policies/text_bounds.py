"""What a short text asks of one number: which number, and whether it is the least or the most.

Reads 不低于300万元, 5年以上 or at most 300 as written; where the text leaves a choice it says nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from policies.values import MOST_COUNT, MOST_MONEY, Exact, plain_number

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_SCALES = {"百": 100, "千": 1_000, "万": 10_000, "亿": 10**8}
_SCALES_EN = {"thousand": 1_000, "million": 10**6, "billion": 10**9}
_WORDS = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "twelve": 12}
_ARABIC = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_ONE, _TWO = "[一二三四五六七八九]", "[一二两三四五六七八九]"
_HAN = re.compile(rf"(?:({_TWO})千)?(?:({_TWO})百)?(?:({_ONE}?)十)?({_TWO})?")
_NUMBER = r"([0-9][0-9,.]*|[一二两三四五六七八九十百千]+)([百千]?)([万亿]?)"
_UNITS = {"money": "(元)", "count": "(人|名|件|项|个)", "ratio": "(%)", "date": "(个月|周年|年)"}
_IN_ENGLISH = re.compile(
    rf"\b([0-9][0-9,.]*|{'|'.join(_WORDS)})\b(?: (thousand|million|billion))?()"
    r"(?: ?(%|per ?cent|year|month))?"
)
_STRETCHES = {"年": "years", "周年": "years", "year": "years", "个月": "months", "month": "months"}
_SHARES = ("%", "percent", "per cent")
_LIMITS = {"money": (MOST_MONEY, 100), "count": (MOST_COUNT, 1), "ratio": (1, 10**20)}
MOST_YEARS = 100  # a larger number is a calendar year


@dataclass(frozen=True)
class BoundWords:
    """By operator how texts of one language say it, and beside which words nothing is read."""

    operators: Mapping[str, re.Pattern[str]]
    unsure: re.Pattern[str]

    def of(self, text: str) -> str | None:
        """The operator that the text gives its number; None where it gives none, or several."""
        found = [operator for operator, words in self.operators.items() if words.search(text)]
        return found[0] if len(found) == 1 and not self.unsure.search(text) else None


def condition_of(text: str, fact: str, kind: str, words: BoundWords) -> str | None:
    """The condition that a plain text puts on a fact of this type, as JSON; None where it leaves a choice."""
    operator, told = words.of(text), _number(text, kind)
    if operator is None or told is None:
        return None
    number, unit = told
    if kind == "date":
        return _stretch(fact, operator, number, _STRETCHES.get(unit, ""))
    if (unit in _SHARES) != (kind == "ratio"):
        return None
    value = number / 100 if kind == "ratio" else number
    most, parts = _LIMITS[kind]
    if value > most or (value * parts).denominator != 1:
        return None
    return f'{{"field": "{fact}", "{operator}": {_shown(value)}}}'


def _stretch(fact: str, operator: str, number: Fraction, unit: str) -> str | None:
    """A time since a day: at least it, at most it, or less than it; no operator says more than it."""
    if not unit or number.denominator != 1 or not 0 < number <= MOST_YEARS:
        return None
    ago = f'{{"field": "{fact}", "%s": {{"{unit}": {number.numerator}}}}}'
    forms = {"gte": ago % "at_least_ago", "lte": ago % "within_last"}
    return {**forms, "lt": f'{{"not": {forms["gte"]}}}'}.get(operator)


def _number(text: str, kind: str) -> tuple[Fraction, str] | None:
    """The one number of a text in the units of such facts, and that unit; None where it is not one."""
    if kind not in _UNITS:
        return None
    found = [*re.finditer(_NUMBER + _UNITS[kind], text)] or [*_IN_ENGLISH.finditer(text)]
    if len(found) != 1:
        return None
    digits, small, large, unit = found[0].groups()
    number = _read(digits)
    scales = {**_SCALES, **_SCALES_EN}
    return None if number is None else (number * scales.get(small, 1) * scales.get(large, 1), unit or "")


def _read(digits: str) -> Fraction | None:
    """The number in Arabic or Chinese digits; colloquial forms (三百二) are not guessed at."""
    if digits in _WORDS:
        return Fraction(_WORDS[digits])
    if _ARABIC.fullmatch(digits):
        return Fraction(Decimal(digits.replace(",", "")))
    parts = _HAN.fullmatch(digits)
    if parts is None or (parts[4] and parts[3] is None and (parts[1] or parts[2])):
        return None
    thousands, hundreds, ones = (_DIGITS[parts[i] or "零"] for i in (1, 2, 4))
    tens = 0 if parts[3] is None else _DIGITS[parts[3] or "一"]
    return Fraction(thousands * 1_000 + hundreds * 100 + tens * 10 + ones)


def _shown(value: Exact) -> str:
    return f"{plain_number(value):f}" if Fraction(value).denominator > 1 else f"{int(value)}"
