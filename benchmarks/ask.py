"""What one ask costs before anything is ordered: verdict with reasons, mask of a large catalogue, questions.

In one process on one core, over demo firms; the peer of the mask is judging one rule after the other.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

import numpy as np

from benchmarks.many_measures import varied_documents
from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.eligibility import judge, part_of
from policies.facts import Registry, china
from policies.known import Known
from policies.mask import RuleBook
from policies.nodes import Leaf
from policies.profiles import Profile, read_profile
from policies.questions import next_questions
from policies.rules import Rule

TODAY = date(2026, 11, 24)
MEASURES, SEED = 2_000, 143
HEAD = ("catalogue", "measures", "distinct", "attests", "mask ms", "questions ms")
Named = list[tuple[str, Rule]]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`."""
    found = figures(MEASURES)
    print(json.dumps(found, indent=1) if "--json" in arguments else table(found))


def figures(measures: int, firms: int | None = None) -> dict[str, Any]:
    """Medians over firms: µs a condition, and ms for catalogues of so many measures and of twice as many."""
    registry = china()
    seen = [
        read_profile({"facts": one["facts"], "answers": one["answers"]}, registry, today=TODAY)
        for one in demo_enterprises(registry, SEED)[:firms]
    ]
    seen = [Profile(), *seen]
    rules = rules_of(registry, measures)
    catalogues = {
        "as it is": rules,
        "each measure twice": [*rules, *rules],
        "twice as many, varied": rules_of(registry, 2 * measures),
    }
    return {
        "firms": len(seen),
        "us_a_condition": _reasons(rules_of(registry, 1), seen, registry),
        "one_by_one_ms": _one_by_one(rules, seen, registry),
        "catalogues": {name: _book(named, seen, registry) for name, named in catalogues.items()},
    }


def rules_of(registry: Registry, measures: int) -> Named:
    """The rules of at least so many measures: the bundled ones, varied."""
    documents = (read_document(plain, registry) for plain in varied_documents(registry, measures))
    return [(measure.id, measure.rule) for document in documents for measure in document.measures]


def _reasons(rules: Named, seen: Iterable[Profile], registry: Registry) -> float:
    """µs for each condition of a verdict with its reasons."""
    each = []
    for profile in seen:
        known = Known(profile, registry, TODAY)
        begin = time.perf_counter()
        conditions = sum(len(judge(rule, known, name).conditions) for name, rule in rules)
        each.append(1e6 * (time.perf_counter() - begin) / conditions)
    return median(each)


def _one_by_one(rules: Named, seen: Iterable[Profile], registry: Registry) -> float:
    each = []
    for profile in seen:
        known = Known(profile, registry, TODAY)
        begin = time.perf_counter()
        for name, rule in rules:
            part_of(rule, known, name)
        each.append(1e3 * (time.perf_counter() - begin))
    return median(each)


def _book(named: Named, seen: Sequence[Profile], registry: Registry) -> dict[str, Any]:
    book = RuleBook(named)
    everything = np.ones(len(named), dtype=np.bool_)
    masks, questions = [], []
    for profile in seen:
        known = Known(profile, registry, TODAY)
        begin = time.perf_counter()
        marks = book.mark(known)
        assert len(marks.parts) == len(named)
        masks.append(1e3 * (time.perf_counter() - begin))
        begin = time.perf_counter()
        next_questions(book, marks, everything)
        questions.append(1e3 * (time.perf_counter() - begin))
    return {
        "measures": len(named),
        "distinct_conditions": sum(isinstance(one, Leaf) for one in book.layout.distinct),
        "attestations": len(book.layout.attests),
        "mask_ms": median(masks),
        "questions_ms": median(questions),
    }


def table(found: Mapping[str, Any]) -> str:
    """One line a figure, then one line a catalogue."""
    lines = [
        f"medians over {found['firms']} firms",
        f"verdict with reasons     {found['us_a_condition']:8.1f} µs a condition",
        f"one rule after the other {found['one_by_one_ms']:8.1f} ms",
        f"{'catalogue':24} {'measures':>9} {'distinct':>9} {'attests':>9} {'mask ms':>9} questions ms",
    ]
    for name, one in found["catalogues"].items():
        lines.append(
            f"{name:24} {one['measures']:9} {one['distinct_conditions']:9} {one['attestations']:9}"
            f" {one['mask_ms']:9.2f} {one['questions_ms']:12.2f}"
        )
    return "\n".join(lines)
