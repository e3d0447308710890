"""Why a measure was found: the words of the question that stand in it, and the passage that is nearest.

Tells what is there for what is shown; scores nothing and orders nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from index import lexicon
from index.e5_file import Floats
from index.hybrid import HybridIndex
from index.normal_form import HAN, normalise
from index.passages import Entry, documented

MOST_WORDS = 4
KEPT = 4_096  # texts of measures whose normal form is kept
# A word is told only if it is at least this much as rare as the rarest one found.
_RARE = 0.3
# A passage is near in meaning when it is this many standard deviations nearer than passages are on average.
_NEAR = 1.0

# Runs of Chinese between particles, without what counts a number before them; words of letters and digits.
_PARTICLES = "的了和与及或是吗呢吧我你们"
_TOKENS = re.compile(
    rf"(?:(?<=[0-9])[年月日元人个家名位项次])?(?P<han>(?:(?![{_PARTICLES}])[{HAN}])+)|[a-z0-9][a-z0-9.&]*[a-z0-9]"
)
# Words that say nothing about what is wanted.
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        "申请 申报 办理 可以 怎么 什么 我们 你们 没有 是否 能否 如何 哪些 哪个"
        " 一个 一些 需要 进行 以及 或者 怎样 多少"
        " the of and for to in on at is are do does can could we our my it an or with what how any if us by"
        " les des du de la le et pour un une en",
    )
)

By = Literal["words", "meaning", "both"]


@dataclass(frozen=True)
class Evidence:
    """What speaks for one measure."""

    by: By
    words: tuple[str, ...]  # as the question writes them, the weightiest first
    passage: str | None  # the nearest in meaning, else the one with most of the words


def evidence(
    index: HybridIndex, query: str, vector: Floats | None, entries: Sequence[Entry]
) -> list[Evidence | None]:
    """For each of these entries of the index; None where neither a word nor the meaning speaks for it."""
    if not query.strip():
        return [None] * len(entries)
    question = index.read(query)
    idf = dict(zip(question.names, (question.weights / question.times).tolist(), strict=True))
    usual = None if vector is None else index.usual(vector)
    return [_of(index, query, idf, vector, usual, entry) for entry in entries]


def _of(
    index: HybridIndex,
    query: str,
    idf: Mapping[str, float],
    vector: Floats | None,
    usual: tuple[float, float] | None,
    entry: Entry,
) -> Evidence | None:
    words = found_words(query, idf, entry)
    cosines = _cosines(index, vector, entry)
    near = usual is not None and cosines is not None and cosines.max() > usual[0] + _NEAR * usual[1]
    if not words and not near:
        return None
    by: By = "both" if words and near else ("words" if words else "meaning")
    if near and cosines is not None:
        return Evidence(by, words, documented(entry.passages[int(cosines.argmax())]))
    return Evidence(by, words, _fullest(words, entry.passages))


def _cosines(index: HybridIndex, vector: Floats | None, entry: Entry) -> Floats | None:
    """Of the entry's passages; None while the index knows another revision of it."""
    stored = None if vector is None else index.vectors_of(entry.id)
    if vector is None or stored is None or len(stored) != len(entry.passages):
        return None
    found: Floats = np.einsum("ij,j->i", stored, vector)
    return found


def _fullest(words: Sequence[str], passages: Sequence[str]) -> str | None:
    """The first passage in which most of the words stand."""
    counts = [sum(normalise(word) in _read(passage)[0] for word in words) for passage in passages]
    return documented(passages[int(np.argmax(counts))]) if passages else None


def found_words(query: str, idf: Mapping[str, float], entry: Entry) -> tuple[str, ...]:
    """The longest pieces of the question that stand in the entry, or that mean what stands in it."""
    normal = normalise(query)
    weights: dict[tuple[int, int], float] = {}
    for begin, end in _pieces(normal, entry):
        weights[begin, end] = _weight(normal[begin:end], idf)
    least = _RARE * max(weights.values(), default=0.0)
    kept = [place for place, weight in weights.items() if weight >= least]
    ordered = sorted(kept, key=lambda place: (-weights[place] * (place[1] - place[0]), place))
    written = query if len(query) == len(normal) else normal
    return tuple(dict.fromkeys(written[begin:end] for begin, end in ordered))[:MOST_WORDS]


def _weight(piece: str, idf: Mapping[str, float]) -> float:
    """How rare the rarest term of a piece is."""
    pairs = [piece[at : at + 2] for at in range(len(piece) - 1)]
    concepts = [f"#{concept}" for found in lexicon.mentions(piece) for concept in found.concepts]
    return max((idf.get(name, 0.0) for name in (piece, *pairs, *concepts)), default=0.0)


def _pieces(normal: str, entry: Entry) -> Iterator[tuple[int, int]]:
    """Begin and end of each piece of the normal form, none inside another."""
    text, concepts = _read(entry.words)
    taken = 0
    meant = {found.begin: found.end for found in lexicon.mentions(normal) if found.concepts[0] in concepts}
    for token in _TOKENS.finditer(normal):
        at = max(taken, token.start("han") if token["han"] else token.start())
        while at < token.end():
            end = max(meant.get(at, 0), _longest(normal, at, token, text))
            if end > at and normal[at:end] not in _EMPTY:
                yield at, end
            at = max(at + 1, end)
        taken = max(taken, at)


def _longest(normal: str, begin: int, token: re.Match[str], text: str) -> int:
    """Where the longest piece that begins here ends; `begin` where none does."""
    if token["han"] is None:
        whole = begin == token.start() and token.group() not in _EMPTY
        return token.end() if whole and _stands(token.group(), text) else begin
    end = begin
    while end < token.end() and normal[begin : end + 1] in text:
        end += 1
    return end if end - begin > 1 and normal[begin:end] not in _EMPTY else begin


def _stands(word: str, text: str) -> bool:
    """Whether a word of letters or digits stands in a text, not inside a longer one."""
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


@lru_cache(maxsize=KEPT)
def _read(text: str) -> tuple[str, frozenset[str]]:
    """A text's normal form and its concepts."""
    normal = normalise(text)
    return normal, frozenset(concept for found in lexicon.mentions(normal) for concept in found.concepts)
