"""Traditional characters and words to Simplified ones, by the tables of OpenCC (Apache-2.0), read once.

For finding only: what two scripts write apart may become one; never for a text that people read.
"""

import importlib.util
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# Variants that OpenCC keeps apart, since a name or a region prefers one of them: here they are one.
_VARIANTS = (
    "着著",
    "锺钟",
    "钜巨",
    "麽么",
    "馀余",
    "谘咨",
    "讬托",
    "镟旋",
    "衹只",
    "祇只",
    "麺面",
    "麹曲",
    "𫫇恶",
)


def simplified(text: str) -> str:
    """In Simplified characters, words that change as words (計畫 to 计划) first. Same length.

    A word takes at least one letter that no word brings, so the loop ends.
    """
    characters, words, letters = _tables()
    while letters.search(text):
        changed = words.sub(lambda match: _phrases()[match.group()], text).translate(characters)
        if changed == text:
            return text
        text = changed
    return text.translate(characters)


@cache
def _tables() -> tuple[Mapping[int, str], re.Pattern[str], re.Pattern[str]]:
    """Character to character, the words by longest match, the letters one of which every word has."""
    words = _phrases()
    letters = {old for word, new in words.items() for old, now in zip(word, new, strict=True) if old != now}
    longest = sorted(words, key=len, reverse=True)
    return (
        {ord(old): new for old, new in _characters().items() if old != new},
        re.compile("|".join(map(re.escape, longest))),
        re.compile(f"[{''.join(sorted(letters))}]"),
    )


@cache
def _phrases() -> Mapping[str, str]:
    """Words whose Simplified form is not what their characters give one by one."""
    characters = _characters()
    found = {}
    for word, new in _rows("TSPhrases.txt"):
        by_letter = "".join(characters.get(letter, letter) for letter in word)
        as_word = "".join(characters.get(letter, letter) for letter in new)
        if as_word != by_letter:
            found[word] = as_word
    return found


@cache
def _characters() -> Mapping[str, str]:
    """Traditional to Simplified, one to one and in one step: what comes out is nowhere a key."""
    table = {old: new for old, new in _rows("TSCharacters.txt") if len(old) == 1 and old != new}
    table |= {pair[0]: pair[1] for pair in _VARIANTS}
    return {old: _end(table, old) for old in table}


def _end(table: Mapping[str, str], letter: str) -> str:
    while letter in table:
        letter = table[letter]
    return letter


def _rows(name: str) -> list[tuple[str, str]]:
    """Each entry with the first of its translations."""
    spec = importlib.util.find_spec("opencc")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package opencc-python-reimplemented is not installed")
    table = Path(spec.origin).parent / "dictionary" / name
    pairs = (line.split() for line in table.read_text(encoding="utf-8").splitlines())
    return [(pair[0], pair[1]) for pair in pairs if len(pair) > 1]
