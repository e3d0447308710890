"""How large a rule may be: nodes, levels and digits, counted alike in every form that has something below it.

A rule on the limit is read, one past it is refused whole.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from policies.facts import china
from policies.faults import Fault
from policies.rules import formula_reader
from tests.policies.rule_cases import faults_of, rule

Wrap = Callable[[Any], Any]
STAFF: dict[str, Any] = {"field": "employees", "gte": 10}
EVERYBODY: dict[str, Any] = {"all": []}
REVENUE = {"field": "revenue"}
TOO_LARGE = [("/rule", "rule_too_large")]

NODES: dict[str, Wrap] = {
    "all": lambda node: {"all": [STAFF, node]},
    "any": lambda node: {"any": [STAFF, node]},
    "of": lambda node: {"at_least": 1, "of": [STAFF, node]},
    "not": lambda node: {"not": node},
    "points": lambda node: {"points": [{"when": node, "points": 1}], "gte": 1},
    "when": lambda node: {"tiers": [{"when": node, "then": STAFF}]},
    "then": lambda node: {"tiers": [{"when": STAFF, "then": node}]},
}


def _arithmetic(form: str) -> Wrap:
    return lambda one: {form: [1, one]}


def _bound(form: str) -> Wrap:
    return lambda one: {**REVENUE, form: one}


NUMBERS = {form: _arithmetic(form) for form in ("add", "mul", "min", "max", "sub", "div")}
PLACES: dict[str, Wrap] = {
    "value": lambda one: {"value": one, "gte": 1},
    **{form: _bound(form) for form in ("gt", "gte", "lt", "lte")},
    "between": lambda one: {**REVENUE, "between": [1, one]},
    "from": lambda one: {**REVENUE, "between": [one, 10]},
}


def _tower(below: Any, wrap: Wrap, levels: int) -> Any:
    for _ in range(levels):
        below = wrap(below)
    return below


@pytest.mark.parametrize("form", NODES)
def test_levels_are_counted_below_every_node(form: str) -> None:
    assert faults_of(_tower(STAFF, NODES[form], 31), "/rule") == []
    assert faults_of(_tower(STAFF, NODES[form], 32), "/rule") == TOO_LARGE


@pytest.mark.parametrize("kind", ["every", "some"])
def test_levels_are_counted_below_the_years(kind: str) -> None:
    def years(height: int) -> Any:
        return {"for_years": [-2, -1], kind: _tower(STAFF, NODES["not"], height)}

    assert faults_of(years(30), "/rule") == []
    assert faults_of(years(31), "/rule") == TOO_LARGE


@pytest.mark.parametrize("form", NUMBERS)
@pytest.mark.parametrize("place", PLACES)
def test_levels_are_counted_below_every_number(place: str, form: str) -> None:
    assert faults_of(PLACES[place](_tower(REVENUE, NUMBERS[form], 30)), "/rule") == []
    assert faults_of(PLACES[place](_tower(REVENUE, NUMBERS[form], 31)), "/rule") == TOO_LARGE


@pytest.mark.parametrize("form", ["points", "when"])
def test_nodes_are_counted_in_points_and_tiers(form: str) -> None:
    key = "points" if form == "points" else "tiers"
    other = {"points": 1} if key == "points" else {"then": STAFF}
    per_entry, rest = (1, {"gte": 1}) if key == "points" else (2, {})

    def weighing(entries: int) -> Any:
        return {key: [{"when": STAFF, **other}] * entries, **rest}

    most = 1_999 // per_entry
    assert faults_of(weighing(most), "/rule") == []
    assert faults_of(weighing(most + 1), "/rule") == TOO_LARGE


def test_numbers_as_written_are_no_nodes_as_bounds_but_are_inside_numbers() -> None:
    assert faults_of({"all": [{**REVENUE, "between": [1, 2]}] * 1_999}, "/rule") == []
    assert faults_of({"value": {"add": [1] * 1_998}, "gte": 1}, "/rule") == []
    assert faults_of({"value": {"add": [1] * 1_999}, "gte": 1}, "/rule") == TOO_LARGE


def _of_digits(n: int) -> Any:
    """A product that counts as so many digits: eight for each million, one for each one."""
    return {"mul": [*[10**6] * (n // 8), *[1] * (n % 8)]}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "wrap",
    [*NODES.values(), lambda node: {"for_years": [-1, -1], "every": node}],
    ids=[*NODES, "for_years"],
)
def test_digits_of_exact_numbers_are_counted_wherever_they_stand(place: str, wrap: Wrap) -> None:
    assert faults_of(wrap(PLACES[place](_of_digits(4_000))), "/rule") == []
    assert faults_of(wrap(PLACES[place](_of_digits(4_001))), "/rule") == TOO_LARGE


def test_a_number_on_its_own_has_the_limits_of_a_rule() -> None:
    for number, code in ((_of_digits(4_000), []), (_of_digits(4_001), ["rule_too_large"])):
        faults: list[Fault] = []
        formula_reader(china()).read(number, "/formula", faults)
        assert [fault.code for fault in faults] == code
        assert all(fault.pointer == "/formula" for fault in faults)


PAST = [0, -1, 3, 10**30, -(10**30), Decimal("1E+999999"), Decimal("-1E+999999"), Decimal("Infinity")]


@pytest.mark.parametrize("n", PAST, ids=lambda n: str(n)[:12])
def test_how_many_are_needed_is_one_to_all(n: Any) -> None:
    assert faults_of({"at_least": n, "of": [STAFF, EVERYBODY]}) == [("", "bad_rule")]


@pytest.mark.parametrize("n", [1, 2, Decimal("2.0"), Decimal("1e0")])
def test_a_whole_number_may_be_written_with_a_point(n: Any) -> None:
    root: Any = rule({"at_least": n, "of": [STAFF, EVERYBODY]}).root
    assert (root.n, type(root.n)) == (n, int)


@pytest.mark.parametrize("n", [Decimal("0.5"), "1", None, [1], False])
def test_what_is_no_whole_number_is_told_alone(n: Any) -> None:
    assert faults_of({"at_least": n, "of": [STAFF, EVERYBODY]}) == [("/at_least", "wrong_type")]
