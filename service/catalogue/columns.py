"""What never changes of a catalogue's measures while it stands, as arrays in the order of their ids.

Everything that a ranker reads and that depends on no enterprise and no day. Judges nothing.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from policies.documents import Document, Measure
from policies.expressions import FactAt
from policies.facts import Registry
from policies.nodes import Area, Attest, Group, Node, Points, Tiers, Years
from policies.spans import Leaves
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
    published: Floats
    """The day of publication as an ordinal."""
    region_depth: Floats
    industry_share: Floats
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
        published=_floats([_ordinal(document.published_on) for document in documents]),
        region_depth=depths[region] if len(region) else np.zeros(0),
        industry_share=_floats([industry_share(measure.rule.root, registry) for measure in measures]),
        materials=_floats([len(measure.materials) or None for measure in measures]),
        steps=_floats([len(measure.steps) or None for measure in measures]),
        region=region,
        regions=tuple(tree.leaves(codes) for codes in meant),
        grants=grants[1:],
        titles=tuple(titles),
    )


def industry_share(node: Node, registry: Registry) -> float:
    """The share of all finest industries that a rule lets through, 0 … 1; 1 when it names none.

    Parts of `any` are taken as not overlapping, those of `all` as lying inside each other.
    """
    if isinstance(node, Attest):
        return 1.0
    if isinstance(node, Points):
        return 1.0
    if isinstance(node, Tiers):
        return max(industry_share(then, registry) for then in node.thens)
    if not isinstance(node, Group):
        named = isinstance(node.subject, FactAt) and registry.facts[node.subject.fact].type == "industry"
        if not named or not isinstance(node.operand, Area):
            return 1.0
        return len(node.operand.leaves) / max(1, len(registry.codes.industries.everything()))
    shares = [industry_share(child, registry) for child in node.children]
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
