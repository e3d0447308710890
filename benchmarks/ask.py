"""What one ask costs before anything is ordered: verdict with reasons, mask of a large catalogue, questions.

Processor time of one process, over demo firms; the peer of the mask is judging one rule after the other.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count, cycle, islice
from random import Random
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
from policies.reading import read as read_whole
from policies.rules import Rule, rule_reader

TODAY = date(2026, 11, 24)
MEASURES, SEED = 2_000, 143
MORE_MEASURES, MORE_CONDITIONS = (500, 1_000, 2_000, 4_000, 8_000), (250, 500, 1_000, 2_000, 4_000)
OF_EACH = 8  # conditions of a made measure
Named = list[tuple[str, Rule]]
Grid = list[tuple[int, int]]  # measures, distinct conditions


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`."""
    sizes = [(measures, 500) for measures in MORE_MEASURES]
    sizes += [(MEASURES, conditions) for conditions in MORE_CONDITIONS if conditions != 500]
    found = figures(MEASURES, sizes)
    print(json.dumps(found, indent=1) if "--json" in arguments else table(found))


def figures(measures: int, sizes: Grid, firms: int | None = None) -> dict[str, Any]:
    """Medians over firms: µs a condition, and ms for catalogues of so many measures and of twice as many.

    `sizes` are those of the made catalogues by which the growth of the mask is shown.
    """
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
        "us_a_condition": _reasons(bundled := rules_of(registry, 1), seen, registry),
        "first_questions_ms": _first_questions(bundled, len(seen), registry),
        "one_by_one_ms": _one_by_one(rules, seen, registry),
        "catalogues": {name: _book(named, seen, registry) for name, named in catalogues.items()},
        "growth": _growth(sizes, seen, registry),
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
        begin = time.process_time()
        conditions = sum(len(judge(rule, known, name).conditions) for name, rule in rules)
        each.append(1e6 * (time.process_time() - begin) / conditions)
    return median(each)


def _one_by_one(rules: Named, seen: Iterable[Profile], registry: Registry) -> float:
    each = []
    for profile in seen:
        known = Known(profile, registry, TODAY)
        begin = time.process_time()
        for name, rule in rules:
            part_of(rule, known, name)
        each.append(1e3 * (time.process_time() - begin))
    return median(each)


def _first_questions(rules: Named, times: int, registry: Registry) -> float:
    """ms for the questions to a firm that has said nothing, over the catalogue as it is bundled."""
    book, each = RuleBook(rules), []
    everything = np.ones(len(rules), dtype=np.bool_)
    for _ in range(times):
        marks = book.mark(Known(Profile(), registry, TODAY))
        begin = time.process_time()
        next_questions(book, marks, everything)
        each.append(1e3 * (time.process_time() - begin))
    return median(each)


def made_rules(registry: Registry, measures: int, conditions: int) -> Named:
    """Rules of eight conditions each, which draw on so many distinct ones, each in its turn and by chance."""
    draw, reader = Random(SEED), rule_reader(registry)
    pool = list(islice(_conditions(registry), conditions))
    turn, made = cycle(pool), []
    for n in range(measures):
        first, second, *rest = [next(turn), *draw.sample(pool, OF_EACH - 1)]
        written = {"all": [*rest, {"any": [first, {"not": second}]}]}
        made.append((f"made-{n}", read_whole(reader, written)))
    return made


def _conditions(registry: Registry) -> Iterator[dict[str, Any]]:
    """Distinct conditions without end, over places, numbers, years, quotients and dates by turns."""
    regions, industries = (list(t.in_force()) for t in (registry.codes.regions, registry.codes.industries))
    share = {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}
    for n in count():
        yield {"field": "employees", "gte": n}
        yield {"field": "region", "within": [regions[n]]}
        yield {"field": "revenue", "year": -1 - n % 3, "gte": 10_000 * n}
        yield {"field": "industry", "within": [industries[n]]}
        yield {"value": share, "gte": Decimal(n) / 10_000}
        yield {"field": "registered_on", "on_or_after": date.fromordinal(730_000 + 7 * n).isoformat()}


def _growth(sizes: Grid, seen: Sequence[Profile], registry: Registry) -> list[dict[str, Any]]:
    """The mask of made catalogues; each firm asks all of them in turn."""
    books = [RuleBook(made_rules(registry, *size)) for size in sizes]
    each: list[list[float]] = [[] for _ in books]
    for profile in seen:
        for book, times in zip(books, each, strict=True):
            times.append(_mask_ms(book, profile, registry))
    return [
        {"measures": len(book), "distinct_conditions": len(book.layout.distinct), "mask_ms": median(times)}
        for book, times in zip(books, each, strict=True)
    ]


def _mask_ms(book: RuleBook, profile: Profile, registry: Registry) -> float:
    known = Known(profile, registry, TODAY)
    begin = time.process_time()
    assert len(book.parts(known)) == len(book)
    return 1e3 * (time.process_time() - begin)


def _book(named: Named, seen: Sequence[Profile], registry: Registry) -> dict[str, Any]:
    book = RuleBook(named)
    everything = np.ones(len(named), dtype=np.bool_)
    masks, questions = [], []
    for profile in seen:
        masks.append(_mask_ms(book, profile, registry))
        marks = book.mark(Known(profile, registry, TODAY))
        begin = time.process_time()
        next_questions(book, marks, everything)
        questions.append(1e3 * (time.process_time() - begin))
    return {
        "measures": len(named),
        "distinct_conditions": sum(isinstance(one, Leaf) for one in book.layout.distinct),
        "attestations": len(book.layout.attests),
        "mask_ms": median(masks),
        "questions_ms": median(questions),
    }


def table(found: Mapping[str, Any]) -> str:
    """One line a figure, then one line a catalogue, then the growth of the mask."""
    lines = [
        f"medians over {found['firms']} firms",
        f"verdict with reasons     {found['us_a_condition']:8.1f} µs a condition",
        f"first questions, bundled {found['first_questions_ms']:8.2f} ms",
        f"one rule after the other {found['one_by_one_ms']:8.1f} ms",
        f"{'catalogue':24} {'measures':>9} {'distinct':>9} {'attests':>9} {'mask ms':>9} questions ms",
    ]
    for name, one in found["catalogues"].items():
        lines.append(
            f"{name:24} {one['measures']:9} {one['distinct_conditions']:9} {one['attestations']:9}"
            f" {one['mask_ms']:9.2f} {one['questions_ms']:12.2f}"
        )
    lines.append(f"{'made, eight conditions each':34} {'distinct':>9} {'':9} {'mask ms':>9}")
    for one in found["growth"]:
        lines.append(
            f"{'':24} {one['measures']:9} {one['distinct_conditions']:9} {'':9} {one['mask_ms']:9.2f}"
        )
    return "\n".join([*lines, _fitted(found["growth"])])


def _fitted(growth: Sequence[Mapping[str, Any]]) -> str:
    """What one more distinct condition and one more measure cost, by least squares."""
    terms = np.array([[one["distinct_conditions"], one["measures"], 1] for one in growth], np.float64)
    times = np.array([one["mask_ms"] for one in growth])
    condition, measure, _ = 1e3 * np.linalg.lstsq(terms, times, rcond=None)[0]
    return f"by least squares {condition:.2f} µs a distinct condition and {measure:.2f} µs a measure"
