"""How much meaning counts beside words for a question: by the question and the vocabulary alone.

Never looks at a candidate, so that a score is the same inside every mask.
"""

import math
from dataclasses import dataclass

from index.lexical import Question

_CHARACTERS = 1.5  # Chinese characters a word, on average
_OFFICIAL = ("〔", "#")  # how a 文号 and a concept of the lexicon begin among the terms


@dataclass(frozen=True)
class Traits:
    """What of a question says how far its words can be trusted."""

    length: float  # in words
    known: float  # share of its terms' weight that stands anywhere in the index, in [0, 1]
    official: float  # share of its weight in document numbers and in names that the lexicon knows, in [0, 1]


@dataclass(frozen=True)
class Scale:
    """The weight of meaning: `even`; up to `unseen` more as less than `blind` of the question is known;
    `longer` less for each doubling beyond `short` words; less by `official`; in `least`…`most`."""

    even: float = 0.40
    unseen: float = 0.40
    blind: float = 0.20
    longer: float = 0.06
    short: float = 20.0
    official: float = 0.30
    least: float = 0.10
    most: float = 0.90


SCALE = Scale()


def traits_of(question: Question) -> Traits:
    """Of a question as the words of an index read it."""
    official = [name.startswith(_OFFICIAL) for name in question.names]
    mass = float(question.weights.sum()) or 1.0
    return Traits(
        length=sum(map(_words_of, question.names, question.times.tolist())),
        known=float(question.weights[question.known].sum()) / mass,
        official=float(question.weights[official].sum()) / mass,
    )


def meaning_weight(traits: Traits, scale: Scale = SCALE) -> float:
    """In [scale.least, scale.most]."""
    unseen = 1 - min(traits.known / scale.blind, 1)
    doublings = math.log2(max(traits.length / scale.short, 1))
    weight = scale.even + scale.unseen * unseen - scale.longer * doublings - scale.official * traits.official
    return min(max(weight, scale.least), scale.most)


def _words_of(name: str, times: float) -> float:
    """How many words of a text a term stands for: pairs of characters repeat what characters say."""
    if name.startswith(_OFFICIAL) or (len(name) == 2 and not name.isascii()):
        return 0.0
    return times / _CHARACTERS if len(name) == 1 and not name.isascii() else times
