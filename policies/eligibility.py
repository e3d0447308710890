"""One rule and one profile: the verdict, a reason for every condition, and what is still worth learning.

Three-valued throughout: what is not known is never counted as yes, as no or as zero.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from policies.combining import pivotal, together
from policies.distance import distance_of
from policies.expressions import FactAt
from policies.known import Known
from policies.nodes import (
    Attest,
    Group,
    Leaf,
    Node,
    Place,
    Rule,
    Years,
    bounds_of,
    judged_leaves_of,
    leaves_in_years,
)
from policies.operators import Verdict, verdict_of
from policies.reading import is_number
from policies.values import Interval, shown_number
from policies.wording import condition_text

Part = Literal["certain", "checkable", "undecided", "excluded"]
PARTS: tuple[Part, ...] = ("certain", "checkable", "undecided", "excluded")
LeafWord = Literal["met", "not_met", "unknown"]
RuleWord = Literal["eligible", "ineligible", "unknown"]
_LEAF_WORDS: Mapping[Verdict, LeafWord] = {True: "met", False: "not_met", None: "unknown"}
_VERDICTS: Mapping[LeafWord, Verdict] = {word: verdict for verdict, word in _LEAF_WORDS.items()}
_RULE_WORDS: Mapping[Verdict, RuleWord] = {True: "eligible", False: "ineligible", None: "unknown"}


@dataclass(frozen=True)
class Condition:
    """A leaf or attestation of the rule: its own verdict, and the value that it was judged by."""

    path: str
    text: str
    verdict: LeafWord
    value: Any
    origin: Any
    missing: tuple[str, ...]
    place: Place | None
    distance: int | Decimal | None
    attest: str | None


@dataclass(frozen=True)
class Judgement:
    """Where a measure stands for a profile, why, and which facts and attestations can still change it."""

    verdict: RuleWord
    part: Part
    conditions: tuple[Condition, ...]
    missing: tuple[str, ...]
    attests: tuple[tuple[str, str], ...]


class _Standing(NamedTuple):
    """A node now, once open attestations are favourable, and its leaves that can still change it."""

    now: Verdict
    favourable: Verdict
    open: tuple[Leaf | Attest, ...] = ()


def judge(rule: Rule, known: Known, measure_id: str, lang: str = "zh-Hans") -> Judgement:
    """The judgement of one rule; `measure_id` is what its attestations are answered under."""
    leaves = list(judged_leaves_of(rule.root))
    verdicts = [_verdict(leaf, known, measure_id) for leaf in leaves]
    standing = _standing(rule.root, False, iter(verdicts))
    part = _part(standing)
    facts = (leaf for leaf in standing.open if isinstance(leaf, Leaf) and part == "undecided")
    attests: dict[str, str] = {}
    for leaf in standing.open:
        if isinstance(leaf, Attest):
            attests.setdefault(leaf.key, leaf.text)
    return Judgement(
        _RULE_WORDS[standing.now],
        part,
        tuple(_conditions(rule, leaves, verdicts, known, lang)),
        _in_order(known, (name for leaf in facts for name in to_learn(leaf, known))),
        tuple(attests.items()),
    )


def part_of(rule: Rule, known: Known, measure_id: str) -> Part:
    """The part alone, without reasons; stops as soon as it is settled."""
    return _part(_settled(rule.root, False, known, measure_id))


def to_learn(leaf: Leaf, known: Known) -> tuple[str, ...]:
    """The given facts behind a leaf that are not exactly known, in the registry's order."""
    used = (at for number in (leaf.subject, *bounds_of(leaf)) for at in number.facts())
    return _in_order(known, (name for fact, year in used for name in known.to_learn(fact, year)))


def _part(standing: _Standing) -> Part:
    if standing.now is not None:
        return "certain" if standing.now else "excluded"
    return "checkable" if standing.favourable else "undecided"


def _in_order(known: Known, names: Iterable[str]) -> tuple[str, ...]:
    found = set(names)
    return tuple(name for name in known.registry.facts if name in found) if found else ()


def _verdict(leaf: Leaf | Attest, known: Known, measure_id: str) -> Verdict:
    return verdict_of(leaf, known) if isinstance(leaf, Leaf) else known.answer(measure_id, leaf.key)


def _standing(node: Node, turned: bool, verdicts: Iterator[Verdict]) -> _Standing:
    """`verdicts` gives those of the leaves below, in written order."""
    if isinstance(node, Leaf | Attest):
        return _leaf_standing(node, turned, next(verdicts))
    turned = turned != (isinstance(node, Group) and node.kind == "not")
    below = [_standing(child, turned, verdicts) for child in node.children]
    now = together(node, verdicts_now := [child.now for child in below])
    if now is not None:
        return _Standing(now, now)
    favourable = together(node, [child.favourable for child in below])
    turning = zip(below, pivotal(node, verdicts_now), strict=True)
    return _Standing(
        None, favourable, tuple(leaf for child, turns in turning if turns for leaf in child.open)
    )


def _leaf_standing(leaf: Leaf | Attest, turned: bool, verdict: Verdict) -> _Standing:
    if verdict is not None:
        return _Standing(verdict, verdict)
    return _Standing(None, None if isinstance(leaf, Leaf) else not turned, (leaf,))


def _settled(node: Node, turned: bool, known: Known, measure_id: str) -> _Standing:
    if isinstance(node, Leaf | Attest):
        return _leaf_standing(node, turned, _verdict(node, known, measure_id))
    is_not = isinstance(node, Group) and node.kind == "not"
    turned = turned != is_not
    needed = spare = len(node.children) + 1  # nothing is settled before all are seen
    if isinstance(node, Group) and not is_not:
        needed, spare = node.n, len(node.children) - node.n
    now: list[Verdict] = []
    favourable: list[Verdict] = []
    for child in node.children:
        below = _settled(child, turned, known, measure_id)
        now.append(below.now)
        favourable.append(below.favourable)
        if now.count(True) >= needed or now.count(False) > spare:
            break
    settled = together(node, now + [None] * (len(node.children) - len(now)))
    return _Standing(settled, settled if settled is not None else together(node, favourable))


def _conditions(
    rule: Rule, leaves: Sequence[Leaf | Attest], verdicts: Sequence[Verdict], known: Known, lang: str
) -> Iterator[Condition]:
    """One for each leaf as written: what stands in for_years is told once for all its years."""
    judged: dict[str, list[tuple[Leaf | Attest, Verdict]]] = {}
    for leaf, verdict in zip(leaves, verdicts, strict=True):
        judged.setdefault(leaf.path, []).append((leaf, verdict))
    for leaf, years in leaves_in_years(rule.root):
        told = [_condition(one, verdict, known, lang) for one, verdict in judged[leaf.path]]
        yield told[0] if years is None else _over_years(leaf, years, told, known, lang)


def _over_years(
    leaf: Leaf | Attest, years: Years, told: Sequence[Condition], known: Known, lang: str
) -> Condition:
    verdict = together(years, [_VERDICTS[one.verdict] for one in told])
    missing = _in_order(known, (name for one in told for name in one.missing)) if verdict is None else ()
    gaps = [one.distance for one in told if one.distance is not None] if verdict is False else []
    return replace(
        told[0],
        text=condition_text(leaf, known.registry, lang, years),
        verdict=_LEAF_WORDS[verdict],
        value=_spanned([one.value for one in told]),
        missing=missing,
        distance=None if not gaps else max(gaps) if years.kind == "every" else min(gaps),
    )


def _spanned(values: Sequence[Any]) -> Any:
    """One value for those of several years: the same one, or a band from the least to the most of numbers."""
    if all(value == values[0] for value in values):
        return values[0]
    bands = [value if isinstance(value, dict) else {"min": value, "max": value} for value in values]
    lows, highs = [band["min"] for band in bands], [band["max"] for band in bands]
    if not all(end is None or is_number(end) for end in (*lows, *highs)):
        return None
    least, most = None if None in lows else min(lows), None if None in highs else max(highs)
    return None if (least, most) == (None, None) else {"min": least, "max": most}


def _condition(leaf: Leaf | Attest, verdict: Verdict, known: Known, lang: str) -> Condition:
    text = condition_text(leaf, known.registry, lang)
    word = _LEAF_WORDS[verdict]
    if isinstance(leaf, Attest):
        return Condition(leaf.path, text, word, verdict, None, (), leaf.place, None, leaf.key)
    missing = to_learn(leaf, known) if verdict is None else ()
    value, origin = _shown(leaf, known)
    distance = distance_of(leaf, known) if verdict is False else None
    return Condition(leaf.path, text, word, value, origin, missing, leaf.place, distance, None)


def _shown(leaf: Leaf, known: Known) -> tuple[Any, Any]:
    subject = leaf.subject
    if isinstance(subject, FactAt):
        return known.shown(subject.fact, subject.year), known.origin(subject.fact, subject.year)
    used = tuple(dict.fromkeys(subject.facts()))
    if used and all(known.shown(*at) is None for at in used):
        return None, None
    return _shown_interval(subject.possible(known)), known.origin(*used[0]) if len(used) == 1 else None


def _shown_interval(worth: Interval) -> Any:
    lo, hi = (None if end is None else shown_number(end) for end in (worth.lo, worth.hi))
    return lo if worth.exact else {"min": lo, "max": hi} if (lo, hi) != (None, None) else None
