"""One normal form of a text for finding it by its words, and the terms it is found by.

Serves documents and questions alike; never used for encoding, where case and script carry meaning.
"""

import importlib.util
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

VERSION = 1  # raise it when the normal form or the terms change: generations built before are refused

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TERMS = re.compile(rf"(?P<han>[{_HAN}]+)|[0-9]+\.[0-9]+|(?:(?![{_HAN}])[^\W_])+")
_DOCUMENT_NUMBER = re.compile(r"[〔\[(【{]\s*((?:19|20)[0-9]{2})\s*[〕\])】}]\s*第?\s*([0-9]{1,5})\s*号")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(百万|千万|万|亿)")
_FACTORS: Mapping[str, int] = {"万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}


def normalise(text: str) -> str:
    """Half width, lower case, Simplified characters, plain digits: 5,000,000 and 500万 are one number."""
    text = unicodedata.normalize("NFKC", text).lower().translate(simplified_characters())
    return _AMOUNT.sub(_in_full, _THOUSANDS.sub("", text))


def terms(text: str) -> list[str]:
    """Characters and pairs of characters of Chinese runs, words and numbers of the rest, 文号 as one more."""
    return list(_terms(normalise(text)))


def _terms(text: str) -> Iterator[str]:
    for match in _TERMS.finditer(text):
        found = match.group()
        if match.lastgroup != "han":
            yield found
            continue
        yield from found
        yield from (found[at : at + 2] for at in range(len(found) - 1))
    for match in _DOCUMENT_NUMBER.finditer(text):
        yield f"〔{match[1]}〕{int(match[2])}"


def _in_full(match: re.Match[str]) -> str:
    amount = Decimal(match[1]) * _FACTORS[match[2]]
    return str(int(amount)) if amount == int(amount) else match[0]


@cache
def simplified_characters() -> Mapping[int, str]:
    """Traditional to Simplified, one character to one, from OpenCC's TSCharacters (Apache-2.0), read once."""
    spec = importlib.util.find_spec("opencc")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package opencc-python-reimplemented is not installed")
    table = Path(spec.origin).parent / "dictionary" / "TSCharacters.txt"
    pairs = (line.split() for line in table.read_text(encoding="utf-8").splitlines() if line)
    return {ord(fields[0]): fields[1] for fields in pairs if len(fields) > 1 and len(fields[0]) == 1}
