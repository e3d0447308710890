"""Verdicts and parts agree with DuckDB, which judges the rule as written by its own three-valued logic.

The oracle shows that it can fail: each of several wrong evaluators is caught.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import combining
from policies.eligibility import PARTS, judge, part_of
from policies.mask import RuleBook
from policies.nodes import Group, Points, Tiers
from policies.operators import OPERATORS
from tests.policies.oracle.engine import Pair, Verdict, judged_by_duckdb
from tests.policies.oracle.pairs import GRID, pairs
from tests.policies.rule_cases import MEASURE, TODAY, known, rule
from tests.policies.test_operators import CASES

LEAF_WORDS = {"met": True, "not_met": False, "unknown": None}
RULE_WORDS = {"eligible": True, "ineligible": False, "unknown": None}
FLOOR = 0.15  # of all verdicts, each of the three
TOO_LONG = 0.01  # products past DuckDB's largest whole number, left out
batches = st.lists(pairs(), min_size=10, max_size=10)


def differing(drawn: Sequence[Pair], oracle: Sequence[Verdict | None]) -> Iterator[tuple[Pair, Any, Any]]:
    """The pairs on which judge, part_of, RuleBook and the oracle are not of one mind, with what each says."""
    for pair, verdict in zip(drawn, oracle, strict=True):
        if verdict is not None and (got := by_policies(pair)) != (told := as_told(verdict)):
            yield pair, got, told


def by_policies(pair: Pair) -> tuple[Any, ...]:
    written, facts, answers, as_of = pair
    read, profile = rule(written), known(facts, answers, as_of)
    judgement = judge(read, profile, MEASURE)
    verdicts = {c.path: LEAF_WORDS[c.verdict] for c in judgement.conditions if not _in_years(written, c.path)}
    (in_book,) = RuleBook([(MEASURE, read)]).parts(profile)
    parts = {judgement.part, part_of(read, profile, MEASURE), PARTS[in_book]}
    return RULE_WORDS[judgement.verdict], parts, verdicts


def as_told(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.now, {verdict.part}, verdict.leaves


def _in_years(written: Any, path: str) -> bool:
    for step in path.split("/")[1:]:
        if isinstance(written, dict) and "for_years" in written:
            return True
        written = written[int(step)] if isinstance(written, list) else written[step]
    return False


@pytest.mark.slow
def test_every_verdict_agrees_and_each_of_the_three_is_common() -> None:
    """20,000 pairs: `pytest -k each_of_the_three --hypothesis-profile=hunt --timeout=0` on this file."""
    seen: Counter[bool | str | None] = Counter()

    @given(batches)
    def agrees(drawn: list[Pair]) -> None:
        oracle = judged_by_duckdb(drawn)
        assert list(differing(drawn, oracle)) == []
        seen.update("too long" if one is None else one.now for one in oracle)

    agrees()
    total = seen.total()
    assert all(seen[verdict] >= FLOOR * total for verdict in (True, False, None)), seen
    assert seen["too long"] <= TOO_LONG * total, seen


def test_the_oracle_reads_the_table_of_operators_as_it_stands() -> None:
    told = judged_by_duckdb([(leaf, facts, {}, TODAY) for leaf, facts, _ in CASES])
    assert [one and one.now for one in told] == [LEAF_WORDS[word] for _, _, word in CASES]


@pytest.fixture(scope="module")
def grid() -> tuple[list[Pair], list[Verdict | None]]:
    return GRID, judged_by_duckdb(GRID)


def test_every_operator_and_form_agrees_around_its_edge(grid: Any) -> None:
    assert list(differing(*grid)) == []


READ_AS = [
    ("gte", "gt"),
    ("gt", "gte"),
    ("lte", "lt"),
    ("lt", "lte"),
    ("on_or_before", "before"),
    ("before", "on_or_before"),
    ("after", "on_or_after"),
    ("on_or_after", "after"),
    ("within_last", "at_least_ago"),
    ("has_all", "has_any"),
    ("has_any", "has_all"),
    ("has_none", "has_any"),
]


@pytest.mark.parametrize(("operator", "other"), READ_AS, ids=str)
def test_an_operator_read_as_another_is_caught(
    grid: Any, monkeypatch: pytest.MonkeyPatch, operator: str, other: str
) -> None:
    wrong = replace(OPERATORS[operator], test=OPERATORS[other].test)
    monkeypatch.setitem(OPERATORS, operator, wrong)
    assert any(differing(*grid))


@pytest.mark.parametrize("form", [Group, Points, Tiers])
def test_the_unknown_taken_for_no_is_caught(grid: Any, monkeypatch: pytest.MonkeyPatch, form: type) -> None:
    right, pivotal = combining._FORMS[form]

    def wrong(node: Any, verdicts: Any) -> Any:
        return right(node, [bool(verdict) for verdict in verdicts])

    monkeypatch.setitem(combining._FORMS, form, (wrong, pivotal))
    assert any(differing(*grid))
