"""How much meaning counts beside words for a question: by the question and the vocabulary alone.

Never looks at a candidate, so that a score is the same inside every mask.
"""

import math
from dataclasses import dataclass

from index.lexical import Question

_CHARACTERS = 1.5  # Chinese characters a word, on average
_ONCE_MORE = ("〔", "#")  # terms that say again what others say begin so: 文号 and concepts of the lexicon


@dataclass(frozen=True)
class Scale:
    """The weight of meaning: `even`, less by `longer` for each doubling beyond `short` words, never below
    `least`. The best of the grid of `python -m benchmarks fusion`.

    Tried there as well and left out: a weight that rises with what the index does not know (BM25 ÷ its bound
    falls by itself), and one that falls with document numbers and names that the lexicon knows.
    """

    even: float = 0.45
    longer: float = 0.09
    short: float = 20.0
    least: float = 0.10


SCALE = Scale()


def meaning_weight(length: float, scale: Scale = SCALE) -> float:
    """For a question of so many words; in [scale.least, scale.even]."""
    doublings = math.log2(max(length / scale.short, 1))
    return max(scale.even - scale.longer * doublings, scale.least)


def length_of(question: Question) -> float:
    """How many words a question has."""
    return sum(map(_words_of, question.names, question.times.tolist()))


def _words_of(name: str, times: float) -> float:
    """How many words of a text a term stands for: pairs of characters repeat what characters say."""
    if name.startswith(_ONCE_MORE) or (len(name) == 2 and not name.isascii()):
        return 0.0
    return times / _CHARACTERS if len(name) == 1 and not name.isascii() else times
