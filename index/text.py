"""The terms by which a text is found by its words: documents and questions have theirs from here alone.

Counts nothing and weighs nothing; never drops what stands in the normal form.
"""

import re

from index import lexicon
from index.normal_form import HAN, normalise

__all__ = ["VERSION", "normalise", "terms"]

VERSION = 4  # raise it when the normal form or the terms change: generations built before are refused

_TERMS = re.compile(
    rf"(?P<han>[{HAN}]+)|(?P<number>[0-9]++\.[0-9]++|[0-9]++(?![a-z]))(?:元(?!素|件)|(?P<share>%))?"
    rf"|[a-z]&[a-z](?![a-z0-9])|(?:(?![{HAN}])[^\W_])+"
)
_NUMBERED = re.compile(r"〔([0-9]{4})〕([0-9]{1,5})号")


def terms(text: str) -> list[str]:
    """Characters and pairs of characters of Chinese runs, words and numbers of the rest; and once more as
    what they are: 文号 (〔2016〕32), shares (15%), and concepts of the lexicon (#high-tech-enterprise)."""
    normal = normalise(text)
    found: list[str] = []
    for match in _TERMS.finditer(normal):
        whole = match.group()
        if match["han"]:
            found += whole
            found += map(str.__add__, whole, whole[1:])
            continue
        found.append(match["number"] or whole)
        if match["share"]:
            found.append(whole)
    found += (f"〔{match[1]}〕{match[2]}" for match in _NUMBERED.finditer(normal))
    found += (f"#{concept}" for match in lexicon.mentions(normal) for concept in match.concepts)
    return found
