"""One rule and one profile: the verdict, a reason for every condition, and what is still worth learning.

Three-valued throughout: what is not known is never counted as yes, as no or as zero.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from policies.distance import distance_of
from policies.expressions import FactAt
from policies.known import Known
from policies.nodes import Attest, Group, Leaf, Node, Place, Rule, bounds_of, leaves_of
from policies.operators import Verdict, verdict_of
from policies.values import Interval, shown_number
from policies.wording import condition_text

Part = Literal["certain", "checkable", "undecided", "excluded"]
PARTS: tuple[Part, ...] = ("certain", "checkable", "undecided", "excluded")
LeafWord = Literal["met", "not_met", "unknown"]
RuleWord = Literal["eligible", "ineligible", "unknown"]
_LEAF_WORDS: Mapping[Verdict, LeafWord] = {True: "met", False: "not_met", None: "unknown"}
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
    leaves = [leaf for leaf, _ in leaves_of(rule.root)]
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
        tuple(_condition(leaf, one, known, lang) for leaf, one in zip(leaves, verdicts, strict=True)),
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
    if not isinstance(node, Group):
        return _leaf_standing(node, turned, next(verdicts))
    turned = turned != (node.kind == "not")
    below = [_standing(child, turned, verdicts) for child in node.children]
    now = _together(node, [child.now for child in below])
    if now is not None:
        return _Standing(now, now)
    favourable = _together(node, [child.favourable for child in below])
    return _Standing(None, favourable, tuple(leaf for child in below for leaf in child.open))


def _leaf_standing(leaf: Leaf | Attest, turned: bool, verdict: Verdict) -> _Standing:
    if verdict is not None:
        return _Standing(verdict, verdict)
    return _Standing(None, None if isinstance(leaf, Leaf) else not turned, (leaf,))


def _together(group: Group, verdicts: Sequence[Verdict]) -> Verdict:
    if group.kind == "not":
        return None if verdicts[0] is None else not verdicts[0]
    met = verdicts.count(True)
    if met >= group.n:
        return True
    return False if met + verdicts.count(None) < group.n else None


def _settled(node: Node, turned: bool, known: Known, measure_id: str) -> _Standing:
    if not isinstance(node, Group):
        return _leaf_standing(node, turned, _verdict(node, known, measure_id))
    turned = turned != (node.kind == "not")
    now: list[Verdict] = []
    favourable: list[Verdict] = []
    spare = len(node.children) - node.n
    for child in node.children:
        below = _settled(child, turned, known, measure_id)
        now.append(below.now)
        favourable.append(below.favourable)
        if node.kind != "not" and (now.count(True) >= node.n or now.count(False) > spare):
            break
    settled = _together(node, now + [None] * (len(node.children) - len(now)))
    return _Standing(settled, settled if settled is not None else _together(node, favourable))


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
