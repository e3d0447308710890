"""No smaller set of figures meets a condition on sizes, quotients or sums than the steps that are told.

Figures of years that are over stay as they are where they are known.
Every set of the figures behind it is tried, each with values on both sides of every bound.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.answers import cells_of
from policies.facts import china
from policies.known import FactCell, Known
from policies.mask import RuleBook
from policies.nodes import Leaf, judged_leaves_of
from policies.path_to_eligible import path_to_eligible
from policies.rules import Rule
from policies.spans import Leaves
from policies.values import Interval, Possible
from tests.policies.rule_cases import MEASURE, known, rule

FIGURES: Mapping[str, tuple[int, ...]] = {
    "employees": (0, 5, 10, 20, 100, 300, 1000),
    "revenue": (0, 100, 10**6, 5 * 10**6, 10**8, 4 * 10**8, 10**10),
    "rd_expense": (0, 50, 10**6, 10**8),
    "total_assets": (0, 10**6, 5 * 10**7, 10**9),
    "taxable_income": (-5, 0, 3 * 10**6, 10**8),
    "patents_invention": (0, 1, 3, 10),
    "software_copyrights": (0, 1, 3, 10),
}
INDUSTRIES = ("I6513", "C3911", "F5111")
PATENTS, COPYRIGHTS, REVENUE = (
    {"field": name} for name in ("patents_invention", "software_copyrights", "revenue")
)
SUBJECTS: tuple[tuple[dict[str, Any], tuple[Any, ...]], ...] = (
    ({"field": "rd_ratio"}, (Decimal("0.1"), 1)),
    ({"value": {"add": [PATENTS, COPYRIGHTS]}}, (0, 3)),
    ({"value": {"div": [{"field": "rd_expense"}, REVENUE]}}, (Decimal("0.1"), 1)),
    (PATENTS, (1, 3, COPYRIGHTS)),
    ({"field": "employees"}, (10, 20, 300)),
    (REVENUE, (100, 10**6, 10**8)),
)
SIZES = (["micro"], ["small"], ["micro", "small"], ["medium", "large"], ["micro", "small", "medium"])

compared = st.sampled_from(SUBJECTS).flatmap(
    lambda one: st.builds(
        lambda operator, bound: {**one[0], operator: bound},
        st.sampled_from(["gt", "gte", "lt", "lte"]),
        st.sampled_from(one[1]),
    )
)
leaves = st.one_of(
    st.sampled_from(SIZES).map(lambda words: {"field": "size", "in": words}),
    st.booleans().map(lambda yes: {"field": "small_low_profit", "is": yes}),
    compared,
    compared,
)
conditions = st.one_of(leaves, leaves.map(lambda leaf: {"not": leaf}))
facts = st.fixed_dictionaries(
    {},
    optional={name: st.sampled_from(values) for name, values in FIGURES.items()}
    | {"industry": st.sampled_from((*INDUSTRIES, "J66"))},
)


def _values(cell: FactCell, seen: Known) -> list[Possible]:
    """What may be learned or become of a figure, and what may be learned of the industry."""
    possible, tree = seen.possible(*cell), china().codes.industries
    if isinstance(possible, Interval):
        stays = cell[1] is not None
        return [Interval(n, n) for n in FIGURES[cell[0]] if not stays or possible.nearest(n) == n]
    assert isinstance(possible, Leaves)
    return [one for code in INDUSTRIES if possible.covers(one := tree.leaves([code]))]


def _smaller(read: Rule, seen: Known, most: int) -> Mapping[FactCell, Possible] | None:
    """A set of at most so many facts with values that meet the rule, None where there is none."""
    book = RuleBook([(MEASURE, read)])
    found = [leaf for leaf in judged_leaves_of(read.root) if isinstance(leaf, Leaf)]
    cells = sorted(cells_of(found, china()), key=str)
    for size in range(1, most + 1):
        for some in combinations(cells, size):
            for values in product(*(_values(cell, seen) for cell in some)):
                supposed = dict(zip(some, values, strict=True))
                if book.parts(seen.supposing(supposed))[0] == 0:
                    return supposed
    return None


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(conditions, facts)
def test_no_smaller_set_of_figures_meets_a_condition(written: Any, said: Any) -> None:
    read, seen = rule(written), known(said)
    steps = path_to_eligible(read, seen, MEASURE).steps
    assert _smaller(read, seen, 2 if steps is None else len(steps) - 1) is None
