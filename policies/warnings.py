"""What looks odd in a document without being wrong, each with its place, in words, and what to do about it.

Warnings never refuse anything; a rule too large to be looked through gets none. Words: tables/warnings.yaml.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from operator import not_
from pathlib import Path
from typing import Any, cast

from policies.cells import BOTH, MET, Cells, TooManyCells, axes_of, axis_of, combined, is_in, regions_of
from policies.documents import Document, Measure
from policies.expressions import FactAt
from policies.facts import LANGUAGES, Registry
from policies.faults import pointer
from policies.leaf_words import LeafWords, traditional
from policies.nodes import Area, Attest, Group, Leaf, Node, judged_leaves_of, leaves_of
from policies.odd_amounts import OddAmount, odd_in_benefit, odd_in_rule
from policies.odd_shares import odd_rates, odd_shares
from policies.plain_text import plain
from policies.spans import Leaves
from policies.text_bounds import condition_of
from policies.values import plain_number
from policies.wording import say
from policies.yaml_reading import read_yaml

CODES = ("contradiction", "tautology", "wider_than_region", "doubtful_amount", "fact_decides")
MOST_WARNINGS = 50  # of one document
MOST_COMPARED = 40  # conditions of one `all`, each with each
LONGEST_WORDS, LONGEST_ATTEST = 200, 100
Params = Mapping[str, Mapping[str, str]]
_TABLE = Path(__file__).parent / "tables" / "warnings.yaml"


@dataclass(frozen=True)
class Doubt:
    """One warning: where (a pointer into the document), which form of words, and what fills it in."""

    pointer: str
    form: str
    params: Params

    @property
    def code(self) -> str:
        """Its code: several forms may have one."""
        return code_of(self.form)

    def told(self, lang: str = "zh-Hans", file: str | None = None) -> dict[str, str]:
        """The warning as it is answered; `file` is the document's where there are several."""
        words = {name: by_language[lang] for name, by_language in self.params.items()}
        form = forms()[self.form]
        told = {part: form[part][lang].format_map(words) for part in ("detail", "suggestion")}
        place = {} if file is None else {"file": file}
        return {"pointer": self.pointer, **place, "code": self.code, **told}

    def line(self, lang: str = "zh-Hans") -> str:
        """The warning in one line: where, which code, what it is and what to do."""
        told = self.told(lang)
        return f"{self.pointer}: {self.code}: {told['detail']} {told['suggestion']}"


def warnings_of(document: Document, registry: Registry, at: str = "") -> list[Doubt]:
    """The warnings of a document in its order, at most MOST_WARNINGS; pointers begin with `at`."""
    found = (
        each
        for i, measure in enumerate(document.measures)
        for each in _of_measure(measure, document, registry, pointer(at, "measures", i))
    )
    return list(islice(found, MOST_WARNINGS))


@cache
def forms() -> Mapping[str, Mapping[str, Any]]:
    """By form, `detail` and `suggestion` in each language; {…} stand for what was found."""
    return cast(Mapping[str, Any], read_yaml(_TABLE.read_bytes()).value)


def code_of(form: str) -> str:
    """The code that warnings of a form of words have."""
    return str(forms()[form].get("code", form))


def _of_measure(measure: Measure, document: Document, registry: Registry, at: str) -> Iterator[Doubt]:
    root, rule = measure.rule.root, pointer(at, "rule")
    codes = sorted(registry.codes.regions.resolve(document.region))
    try:
        cells = Cells(root, registry, registry.codes.regions.leaves(codes))
    except TooManyCells:
        cells = None
    if cells is not None:
        yield from _wider(root, cells, codes, registry, rule)
    by_path: dict[str, list[Callable[[], Doubt]]] = {}
    for path, doubt in (*_idle(root, cells, registry, rule), *_leaves(root, registry, rule)):
        by_path.setdefault(path, []).append(doubt)
    for path in dict.fromkeys(node.path for node in _nodes(root)):
        yield from (doubt() for doubt in by_path.get(path, ()))
    for i, benefit in enumerate(measure.benefits):
        here = pointer(at, "benefits", i)
        yield from (_amount(odd, here, registry) for odd in odd_in_benefit(benefit, registry))
        yield from (_share(odd, here, registry) for odd in odd_rates(benefit, registry))


Told = Iterator[tuple[str, Callable[[], Doubt]]]  # paths of nodes, and what puts the warning into words


def _idle(root: Node, cells: Cells | None, registry: Registry, rule: str) -> Told:
    """Nodes that nobody or everybody meets by what stands in themselves, not by a child alone.

    What stands under `not` is told with it: everybody meets the child, so nobody meets what is asked.
    """
    if cells is None:
        return
    bits: dict[int, int] = {}
    told: set[str] = set()
    nots = {
        id(child): node
        for node in _nodes(root)
        if isinstance(node, Group) and node.kind == "not"
        for child in node.children
    }
    for node in reversed(list(_nodes(root))):
        bits[id(node)] = mine = _bits(cells, node)
        if mine == BOTH or node.path in told or _is_explained(node, mine, bits, told):
            continue
        told.add(node.path)
        turned, denied = node, mine
        while (above := nots.get(id(turned))) is not None:
            turned, denied = above, BOTH ^ denied
            told.add(turned.path)
        if turned is node and mine != MET and (pair := _clash(cells, node)) is not None:
            yield pair[1].path, partial(_clashing, *pair, registry, rule)
        else:
            form = "tautology" if denied == MET else "contradiction"
            yield turned.path, partial(_node, turned, form, registry, rule)


def _clash(cells: Cells, node: Node) -> tuple[Node, Node] | None:
    """The two conditions of an `all` that exclude each other, where it takes no more to explain it."""
    if not isinstance(node, Group) or node.kind != "all" or len(node.children) > MOST_COMPARED:
        return None
    try:
        return cells.clash(node)
    except TooManyCells:
        return None


def _bits(cells: Cells, node: Node) -> int:
    try:
        return cells.of(node)
    except TooManyCells:
        return BOTH


def _is_explained(node: Node, mine: int, bits: Mapping[int, int], told: Set[str]) -> bool:
    """Whether a child that is told makes the node what it is, or the node asks for nothing on purpose."""
    if isinstance(node, Leaf | Attest):
        return False
    below = [bits[id(child)] for child in node.children]
    if combined(node, below) == BOTH or (below and combined(node, [BOTH] * len(below)) != BOTH):
        return False
    idle = [child for child in node.children if bits[id(child)] != BOTH]
    if any(each.path in told for child in idle for each in _nodes(child)):
        return True
    return mine == MET and BOTH not in below


def _nodes(node: Node) -> Iterator[Node]:
    """The nodes as they are judged, a node before what stands in it."""
    yield node
    if not isinstance(node, Leaf | Attest):
        for child in node.children:
            yield from _nodes(child)


def _node(node: Node, code: str, registry: Registry, rule: str) -> Doubt:
    words = {lang: _short(say(node, registry, lang)) for lang in LANGUAGES}
    return Doubt(rule + node.path, code, {"words": words})


def _clashing(earlier: Node, later: Node, registry: Registry, rule: str) -> Doubt:
    params = {
        "words": {lang: _short(say(later, registry, lang)) for lang in LANGUAGES},
        "other": dict.fromkeys(LANGUAGES, rule + earlier.path),
        "other_words": {lang: _short(say(earlier, registry, lang)) for lang in LANGUAGES},
    }
    return Doubt(rule + later.path, "clash", params)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS] + "…"


def _leaves(root: Node, registry: Registry, rule: str) -> Told:
    for odd in odd_in_rule(root, registry):
        yield odd.at, partial(_amount, odd, rule + odd.at, registry)
    for odd in odd_shares(root, registry):
        yield odd.at, partial(_share, odd, rule + odd.at, registry)
    for leaf, _ in leaves_of(root):
        if isinstance(leaf, Attest) and (found := _fact_for(leaf.text, registry)) is not None:
            yield leaf.path, partial(_attest, leaf, *found, registry, rule)


def _amount(odd: OddAmount, at: str, registry: Registry) -> Doubt:
    return _doubtful("doubtful_amount", "money", odd, at, registry)


def _share(odd: OddAmount, at: str, registry: Registry) -> Doubt:
    return _doubtful("doubtful_share", "ratio", odd, at, registry)


def _doubtful(form: str, kind: str, odd: OddAmount, at: str, registry: Registry) -> Doubt:
    words = {lang: LeafWords(registry, lang) for lang in LANGUAGES}
    params = {
        "amount": dict.fromkeys(LANGUAGES, f"{plain_number(odd.amount)}"),
        "words": {lang: each.number(odd.amount, kind) for lang, each in words.items()},
        "meant": dict.fromkeys(LANGUAGES, f"{plain_number(odd.meant)}"),
        "meant_words": {lang: each.number(odd.meant, kind) for lang, each in words.items()},
    }
    return Doubt(at + odd.step, form, params)


def _fact_for(text: str, registry: Registry) -> tuple[str, str] | None:
    """The fact that could decide what an attestation says, and the condition on it that says so."""
    if len(text) > LONGEST_ATTEST:
        return None
    told = plain(text)
    read = {"zh": told.replace(" ", ""), "en": told}
    for fact, hint in registry.hints().attests.items():
        if fact in registry.facts:
            for lang, words in hint.words.items():
                if words.fullmatch(read[lang]):
                    bounds, kind = registry.hints().bounds[lang], registry.facts[fact].type
                    return fact, condition_of(read[lang], fact, kind, bounds) or hint.write
    return None


def _attest(attest: Attest, fact: str, write: str, registry: Registry, rule: str) -> Doubt:
    params = {
        "text": {lang: traditional(attest.text) if lang == "zh-Hant" else attest.text for lang in LANGUAGES},
        "label": registry.facts[fact].label,
        "fact": dict.fromkeys(LANGUAGES, fact),
        "write": dict.fromkeys(LANGUAGES, write),
    }
    return Doubt(rule + attest.path, "fact_decides", params)


def _wider(root: Node, cells: Cells, codes: list[str], registry: Registry, rule: str) -> Iterator[Doubt]:
    tree = registry.codes.regions
    own = tree.leaves(codes)
    if own.covers(tree.everything()) or not _reaches_outside(root, cells, codes, registry):
        return
    names = "、".join("".join(map(tree.name, tree.path(code))) for code in codes)
    leaf = json.dumps({"field": regions_of(registry)[0], "within": codes})
    params = {
        "place": {lang: traditional(names) if lang == "zh-Hant" else names for lang in LANGUAGES},
        "leaf": dict.fromkeys(LANGUAGES, leaf),
    }
    yield Doubt(rule + _sticking_out(root, own, registry), "wider_than_region", params)


def _reaches_outside(root: Node, cells: Cells, codes: list[str], registry: Registry) -> bool:
    """Whether a firm outside can meet the rule, to whom nothing applies that says where it is."""
    tree = registry.codes.regions
    inside, names = is_in(tree.leaves(codes)), [tree.name(code) for code in codes]
    allowed: dict[Hashable, Callable[[Any], bool]] = {}
    for fact in regions_of(registry):
        allowed[fact] = lambda leaf: not inside(leaf)
    for leaf in judged_leaves_of(root):
        if isinstance(leaf, Attest):
            allowed |= {axis_of(leaf): not_} if _is_local(leaf.text, names, registry) else {}
        elif isinstance(leaf.subject, FactAt) and registry.facts[leaf.subject.fact].type == "zones":
            allowed |= dict.fromkeys(axes_of(leaf), not_)
    try:
        return bool(allowed) and cells.can_be_met(allowed)
    except TooManyCells:
        return False


def _is_local(text: str, names: list[str], registry: Registry) -> bool:
    """Whether an attestation speaks of the document's own place."""
    hints, told = registry.hints(), plain(text)
    short = [hints.kind_of_place.sub("", name) for name in names]
    return hints.local.search(told) is not None or any(name in told for name in short)


def _sticking_out(root: Node, own: Leaves, registry: Registry) -> str:
    """The path of the first condition that lets in firms of regions outside, of the whole rule if none."""
    regions = regions_of(registry)
    for leaf, turned in leaves_of(root):
        if turned or not (isinstance(leaf, Leaf) and isinstance(leaf.subject, FactAt)):
            continue
        if leaf.subject.fact in regions and not own.covers(cast(Area, leaf.operand).leaves):
            return leaf.path
    return ""
