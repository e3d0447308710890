"""What never changes of a catalogue's measures while it stands, as arrays in the order of their ids.

Everything that a ranker reads and that depends on no enterprise and no day. Judges nothing.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from policies.documents import Document, Measure
from policies.expressions import FactAt
from policies.facts import Registry
from policies.nodes import Area, Attest, Leaf, Node, Points, Tiers, Years
from policies.spans import Leaves
from policies.windows import Recurring, Window
from ranking.features import Codes, Floats, codes_of

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Columns:
    """One value a measure, each of shape [n]; NaN and -1 are unknown. Fields as in ranking's Candidates."""

    kind: Codes
    mode: Codes
    level: Codes
    provenance: Codes
    in_force: Codes
    recurrence: Codes
    published: Floats
    """The day of publication as an ordinal."""
    region_depth: Floats
    industry_share: Floats
    size_share: Floats
    materials: Floats
    steps: Floats
    region: NDArray[np.int64]
    """Which of `regions` the document's region is."""
    regions: tuple[Leaves, ...]
    grants: NDArray[np.int64]
    """Which of `titles` the measure grants; 0 is none."""
    titles: tuple[tuple[str, ...], ...]


def columns_of(placed: Sequence[tuple[Document, Measure]], registry: Registry) -> Columns:
    """The columns of measures in their order."""
    documents = [document for document, _ in placed]
    measures = [measure for _, measure in placed]
    regions, region = _numbered([document.region for document in documents])
    titles, grants = _numbered([(), *(measure.grants for measure in measures)])
    tree = registry.codes.regions
    meant = [tree.resolve(code) for code in regions]
    depths = np.array([min(tree.level(code) for code in codes) for codes in meant], np.float64)
    return Columns(
        kind=codes_of("kind", [measure.kind for measure in measures]),
        mode=codes_of("mode", [measure.mode for measure in measures]),
        level=codes_of("level", [document.level for document in documents]),
        provenance=codes_of("provenance", [document.provenance for document in documents]),
        in_force=codes_of("in_force", [document.in_force for document in documents]),
        recurrence=codes_of("recurrence", [recurrence(measure.windows) for measure in measures]),
        published=_floats([_ordinal(document.published_on) for document in documents]),
        region_depth=depths[region] if len(region) else np.zeros(0),
        industry_share=_floats([industry_share(measure.rule.root, registry) for measure in measures]),
        size_share=_floats([size_share(measure.rule.root, registry) for measure in measures]),
        materials=_floats([len(measure.materials) or None for measure in measures]),
        steps=_floats([len(measure.steps) or None for measure in measures]),
        region=region,
        regions=tuple(tree.leaves(codes) for codes in meant),
        grants=grants[1:],
        titles=tuple(titles),
    )


def recurrence(windows: Sequence[Window | Recurring] | None) -> str | None:
    """Whether a measure comes once, every year, or at any time; None where nothing is stated."""
    if windows is None:
        return None
    if not windows:
        return "rolling"
    return "yearly" if any(isinstance(window, Recurring) for window in windows) else "once"


def industry_share(node: Node, registry: Registry) -> float:
    """The share of all finest industries that a rule lets through, 0 … 1; 1 when it names none."""
    everything = max(1, len(registry.codes.industries.everything()))

    def of_leaf(leaf: Leaf) -> float | None:
        named = isinstance(leaf.subject, FactAt) and registry.facts[leaf.subject.fact].type == "industry"
        return len(leaf.operand.leaves) / everything if named and isinstance(leaf.operand, Area) else None

    return _let_through(node, of_leaf)


def size_share(node: Node, registry: Registry) -> float:
    """The share of the size classes that a rule lets through, 0 … 1; 1 when it names none."""
    size = registry.facts.get("size")
    classes = 0 if size is None else len(size.values or ())

    def of_leaf(leaf: Leaf) -> float | None:
        named = isinstance(leaf.subject, FactAt) and leaf.subject.fact == "size"
        return len(leaf.operand) / classes if named and isinstance(leaf.operand, frozenset) else None

    return _let_through(node, of_leaf)


def _let_through(node: Node, of_leaf: Callable[[Leaf], float | None]) -> float:
    """Parts of `any` are taken as not overlapping, those of `all` as lying inside each other."""
    if isinstance(node, Attest | Points):
        return 1.0
    if isinstance(node, Tiers):
        return max(_let_through(then, of_leaf) for then in node.thens)
    if isinstance(node, Leaf):
        share = of_leaf(node)
        return 1.0 if share is None else share
    shares = [_let_through(child, of_leaf) for child in node.children]
    if node.kind == "not":
        return 1.0 if shares[0] == 1.0 else 1.0 - shares[0]
    if isinstance(node, Years):
        return shares[0]
    if node.kind == "any" or (node.kind == "at_least" and node.n == 1):
        return min(1.0, sum(shares))
    return min(shares, default=1.0) if node.kind == "all" else max(shares)


def _numbered(values: Sequence[T]) -> tuple[list[T], NDArray[np.int64]]:
    numbers: dict[T, int] = {}
    found = [numbers.setdefault(value, len(numbers)) for value in values]
    return list(numbers), np.array(found, np.int64)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
