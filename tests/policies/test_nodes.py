"""The rule language as values: which nodes are the same, in what order leaves stand, and what a year changes.

Every node is read from a rule as an officer writes it.
"""

from typing import Any

import pytest

from policies.expressions import FactAt, Formula
from policies.nodes import (
    Attest,
    bounds_of,
    facts_of,
    judged_leaves_of,
    leaves_in_years,
    leaves_of,
    node_in_year,
)
from tests.policies.rule_cases import rule

STAFF = {"field": "employees", "gte": 10}
INCOME = {"field": "revenue", "between": [5, {"field": "rd_expense"}]}
BRANCH = {"field": "legal_form", "in": ["branch"]}
TITLED = {"field": "qualifications", "has_any": ["srdi"]}
SAID = {"attest": "p", "text": "情况"}
EACH = {"for_years": [-3, -2], "every": {"all": [STAFF, INCOME, SAID, BRANCH]}}
FORMS: list[dict[str, Any]] = [
    STAFF,
    SAID,
    {"all": [STAFF, SAID]},
    {"any": [STAFF, SAID]},
    {"at_least": 1, "of": [STAFF, SAID]},
    {"not": STAFF},
    EACH,
    {"points": [{"when": STAFF, "points": 5}], "gte": 5},
    {"tiers": [{"when": STAFF, "then": SAID}]},
]


def _root(written: object) -> Any:
    return rule(written).root


@pytest.mark.parametrize("written", FORMS, ids=lambda value: str(value)[:30])
def test_what_means_the_same_is_the_same_wherever_it_stands_and_whatever_it_is_called(written: Any) -> None:
    told = {**written, "text": written.get("text", "另一种说法"), "place": {"page": 3}}
    assert _root({"all": [BRANCH, told]}).children[1] == _root(written)


@pytest.mark.parametrize("written", FORMS, ids=lambda value: str(value)[:30])
def test_a_node_keeps_its_pointer_text_and_place(written: Any) -> None:
    told = {**written, "text": "另一种说法", "place": {"page": 3}}
    below = _root({"all": [BRANCH, told]}).children[1]
    assert (below.path, below.text, below.place) == ("/all/1", "另一种说法", {"page": 3})


@pytest.mark.parametrize("written", FORMS[2:], ids=lambda value: str(value)[:30])
def test_a_node_without_text_and_place_has_none(written: Any) -> None:
    node = _root(written)
    assert (node.path, node.text, node.place) == ("", None, None)


@pytest.mark.parametrize(
    ("written", "kind", "n"),
    [
        ({"all": [STAFF, SAID, BRANCH]}, "all", 3),
        ({"any": [STAFF, SAID, BRANCH]}, "any", 1),
        ({"at_least": 2, "of": [STAFF, SAID, BRANCH]}, "at_least", 2),
        ({"not": STAFF}, "not", 1),
        ({"for_years": [-3, -1], "every": STAFF}, "every", 3),
        ({"for_years": [-3, -1], "some": STAFF}, "some", 1),
    ],
)
def test_a_group_knows_its_kind_and_how_many_must_be_met(written: Any, kind: str, n: int) -> None:
    node = _root(written)
    assert (node.kind, node.n) == (kind, n)


def test_points_and_tiers_keep_what_was_written_in_order() -> None:
    points = _root({"points": [{"when": STAFF, "points": 5}, {"when": SAID, "points": -2}], "gte": 3})
    tiers = _root({"tiers": [{"when": STAFF, "then": SAID}, {"when": BRANCH, "then": TITLED}]})
    staff, said, branch, titled = (_root(written) for written in (STAFF, SAID, BRANCH, TITLED))
    assert (points.children, points.points, points.least) == ((staff, said), (5, -2), 3)
    assert (tiers.whens, tiers.thens) == ((staff, branch), (said, titled))


def test_leaves_are_told_with_whether_an_odd_number_of_not_is_above_them() -> None:
    written = {"any": [STAFF, {"not": {"all": [SAID, {"not": BRANCH}, EACH]}}]}
    told = [(leaf.path, turned) for leaf, turned in leaves_of(_root(written))]
    inside = "/any/1/not/all"
    assert told == [
        ("/any/0", False),
        (f"{inside}/0", True),
        (f"{inside}/1/not", False),
        *((f"{inside}/2/every/all/{i}", True) for i in range(4)),
    ]
    assert [turned for _, turned in leaves_of(_root(written), True)] == [True, False, True, *[False] * 4]


def test_leaves_are_told_with_the_years_that_they_stand_in() -> None:
    root = _root({"all": [STAFF, EACH, {"not": SAID}]})
    years = root.children[1]
    assert [found for _, found in leaves_in_years(root)] == [None, *[years] * 4, None]


def test_leaves_are_judged_once_for_each_year() -> None:
    paths = [leaf.path for leaf in judged_leaves_of(_root({"all": [EACH, STAFF]}))]
    assert paths == [*[f"/all/0/every/all/{i}" for i in range(4)] * 2, "/all/1"]


def test_in_a_year_every_fact_by_year_is_that_of_the_year() -> None:
    years = _root(EACH)
    assert years.years == (-3, -2)
    for year, child in zip((-3, -2), years.children, strict=True):
        staff, income, said, branch = child.children
        assert staff.subject == FactAt("employees", year)
        assert (income.subject, income.operand[1]) == (
            FactAt("revenue", year),
            FactAt("rd_expense", year),
        )
        assert (said, branch) == (years.each.children[2], years.each.children[3])


def test_in_a_year_a_node_keeps_all_else() -> None:
    written = {"for_years": [-1, -1], "some": {**STAFF, "text": "人数", "place": {"page": 3}}}
    leaf = _root(written).children[0]
    assert (leaf.operator, leaf.path, leaf.text, leaf.place) == ("gte", "/some", "人数", {"page": 3})
    attest = Attest("p", "情况", "/some")
    assert node_in_year(attest, -1) is attest


def test_bounds_are_the_numbers_that_a_leaf_compares_with() -> None:
    found = {}
    for written in (STAFF, INCOME, BRANCH, TITLED, {"field": "registered_on", "before": "2020-01-01"}):
        leaf = _root(written)
        found[leaf.operator] = len(bounds_of(leaf))
    assert found == {"gte": 1, "between": 2, "in": 0, "has_any": 0, "before": 0}


def test_facts_of_a_rule_are_those_of_its_numbers_and_bounds_inside_years_too() -> None:
    assert facts_of(rule({"all": [EACH, {"not": TITLED}, SAID]})) == {
        "employees",
        "revenue",
        "rd_expense",
        "legal_form",
        "qualifications",
    }


def test_a_fact_without_a_year_is_that_of_the_last_full_one() -> None:
    written = {"value": {"add": [{"field": "revenue"}, {"field": "revenue", "year": -2}]}, "gte": 1}
    patents = {"field": "patents_design"}
    leaf, other = _root(written), _root({"value": {"add": [patents]}, "gte": {"field": "age_months"}})
    assert leaf.subject == Formula("add", (FactAt("revenue", -1), FactAt("revenue", -2)))
    assert other.subject == Formula("add", (FactAt("patents_design", None),))
    assert bounds_of(other) == (FactAt("age_months", None),)


@pytest.mark.parametrize("written", FORMS)
def test_what_is_inside_a_node_stands_where_the_node_stands_unless_it_says_so_itself(written: Any) -> None:
    outer, own = {"article": "第三条"}, {"page": 9}
    root = _root({"all": [{**written, "place": outer}, {"any": [{**STAFF, "place": own}], "place": outer}]})
    inside = [leaf.place for leaf, _ in leaves_of(root)]
    assert inside == [outer] * (len(inside) - 1) + [own]
    assert {str(leaf.place) for leaf in judged_leaves_of(root)} == {str(outer), str(own)}
