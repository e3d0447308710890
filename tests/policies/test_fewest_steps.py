"""No smaller set of things learned or changed today makes a measure eligible than the steps that are told.

Every set of a small registry's facts and answers is tried, with every value that the rule tells apart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.facts import china
from policies.faults import Fault
from policies.given import answer_key
from policies.known import FactCell, Known
from policies.mask import RuleBook
from policies.nodes import Ago, Attest, judged_leaves_of
from policies.operators import counted_back
from policies.path_to_eligible import path_to_eligible
from policies.profiles import read_profile
from policies.rules import Rule, read_rule
from policies.values import Holding, Interval, Possible, Stay
from tests.policies.rule_cases import MEASURE, TODAY

CHANGES: Mapping[str, Any] = {
    "patents_invention": "free",
    "patents_utility": "never",
    "employees": "free",
    "legal_form": "move",
    "tax_credit_grade": "never",
    "qualifications": "free",
    "registered_on": "wait",
}
_WHOLE = china()
SMALL = replace(
    _WHOLE,
    facts={name: replace(_WHOLE.facts[name], change=change) for name, change in CHANGES.items()}
    | {"age_months": _WHOLE.facts["age_months"]},
    derive={"age_months": _WHOLE.derive["age_months"]},
)
CODES, FORMS, GRADES = ("high_tech", "tech_sme"), ("company", "partnership"), ("A", "B", "M", "C", "D")
NUMBERS = ("patents_invention", "patents_utility", "employees")

small = st.integers(0, 4)
leaves = st.one_of(
    st.builds(
        lambda name, operator, n: {"field": name, operator: n},
        st.sampled_from(NUMBERS),
        st.sampled_from(["gt", "gte", "lt", "lte"]),
        small,
    ),
    st.builds(
        lambda name, a, b: {"field": name, "between": sorted((a, b))}, st.sampled_from(NUMBERS), small, small
    ),
    st.builds(lambda word: {"field": "legal_form", "is": word}, st.sampled_from(FORMS)),
    st.builds(lambda word: {"field": "tax_credit_grade", "in": [word, "A"]}, st.sampled_from(GRADES[1:])),
    st.builds(
        lambda operator, codes: {"field": "qualifications", operator: codes},
        st.sampled_from(["has_any", "has_all", "has_none"]),
        st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True),
    ),
    st.builds(
        lambda operator, n: {"field": "age_months", operator: n},
        st.sampled_from(["gte", "lt"]),
        st.sampled_from([12, 36]),
    ),
    st.builds(lambda key: {"attest": key, "text": key}, st.sampled_from("pq")),
)


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    entries = st.lists(
        st.builds(lambda node, n: {"when": node, "points": n}, inner, st.integers(-2, 3)),
        min_size=1,
        max_size=3,
    )
    tiers = st.lists(st.builds(lambda a, b: {"when": a, "then": b}, inner, inner), min_size=1, max_size=2)
    return st.one_of(
        some.map(lambda nodes: {"all": nodes}),
        some.map(lambda nodes: {"all": nodes}),
        some.map(lambda nodes: {"any": nodes}),
        inner.map(lambda node: {"not": node}),
        some.map(lambda nodes: {"at_least": (len(nodes) + 1) // 2, "of": nodes}),
        st.builds(lambda found, n: {"points": found, "gte": n}, entries, st.integers(0, 4)),
        tiers.map(lambda found: {"tiers": found}),
    )


rules = st.recursive(leaves, _groups, max_leaves=6)
bands = st.one_of(small, st.builds(lambda a, n: {"min": a, "max": a + n}, small, small))
facts = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NUMBERS, bands),
        "legal_form": st.sampled_from(FORMS),
        "tax_credit_grade": st.sampled_from(GRADES),
        "qualifications": st.sampled_from(
            [["high_tech"], {"not_held": ["high_tech"]}, {"held": ["tech_sme"], "complete": True}]
        ),
        "registered_on": st.sampled_from(["2021-03-01", "2025-03-01", "2026-06-01"]),
    },
)
answers = st.dictionaries(st.sampled_from("pq"), st.booleans())
Change = tuple[Mapping[FactCell, Possible], Mapping[str, bool]]


def _read(written: Any, said: Any, answered: Any) -> tuple[Rule, Known]:
    faults: list[Fault] = []
    rule = read_rule(written, SMALL, "", faults)
    assert isinstance(rule, Rule), faults
    content = {"facts": said, "answers": {answer_key(MEASURE, key): yes for key, yes in answered.items()}}
    return rule, Known(read_profile(content, SMALL, today=TODAY), SMALL, TODAY)


def _changes(rule: Rule, known: Known) -> dict[str, list[Change]]:
    """By fact or attestation, what may be learned of it or become of it."""
    found: dict[str, list[Change]] = {}
    for leaf in judged_leaves_of(rule.root):
        if isinstance(leaf, Attest):
            key = answer_key(MEASURE, leaf.key)
            found[key] = [({}, {key: yes}) for yes in (True, False)]
        else:
            for fact, year in leaf.subject.facts():
                name = "registered_on" if fact == "age_months" else fact
                found[name] = [({(name, year): one}, {}) for one in _values(name, year, known)]
    return found


def _values(name: str, year: int | None, known: Known) -> Iterator[Possible]:
    possible, change = known.possible(name, year), SMALL.facts[name].change
    if isinstance(possible, Holding):
        yield from _sets(possible)
    elif isinstance(possible, Interval) and name == "registered_on":
        ends = [counted_back(TODAY, Ago("months", n)).toordinal() for n in (6, 12, 13, 36, 37, 48)]
        yield from (Interval(day, day) for day in ends if possible.nearest(day) == day)
    elif isinstance(possible, Interval):
        stays = change == "never" or year is not None  # figures of a year that is over
        for n in range(7):
            if possible.nearest(n) == n or not stays:
                yield Interval(n, n)
    else:
        every = SMALL.facts[name].values or ()
        yield from (frozenset((word,)) for word in every if word in possible or change != "never")


def _sets(possible: Holding) -> Iterator[Holding]:
    """Titles may be gained and never given up."""
    for held in product((False, True), repeat=len(CODES)):
        gained = {code: (Stay(),) for code, yes in zip(CODES, held, strict=True) if yes}
        if all(code in gained for code in possible.held):
            yield Holding(gained, complete=True)


def _smaller(rule: Rule, known: Known, most: int) -> Any:
    """A set of at most so many changes after which the measure is eligible, None where there is none."""
    book, changes = RuleBook([(MEASURE, rule)]), _changes(rule, known)
    for size in range(1, most + 1):
        for names in combinations(sorted(changes), size):
            for some in product(*(changes[name] for name in names)):
                cells = {cell: one for each, _ in some for cell, one in each.items()}
                said = {key: yes for _, each in some for key, yes in each.items()}
                if book.parts(known.supposing(cells, said))[0] == 0:
                    return cells, said
    return None


@pytest.mark.slow
@settings(deadline=None, max_examples=1_000)
@given(rules, facts, answers)
def test_no_smaller_set_of_changes_makes_a_measure_eligible(written: Any, said: Any, answered: Any) -> None:
    rule, known = _read(written, said, answered)
    steps = path_to_eligible(rule, known, MEASURE).steps
    assert _smaller(rule, known, 3 if steps is None else len(steps) - 1) is None


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(rules, facts, answers)
def test_what_cannot_be_changed_is_learned_or_left(written: Any, said: Any, answered: Any) -> None:
    rule, known = _read(written, said, answered)
    for step in path_to_eligible(rule, known, MEASURE).steps or ():
        if step.fact is not None and SMALL.facts[step.fact].change == "never":
            assert step.do == "learn"
