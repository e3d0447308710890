"""What must not change a verdict, what may change it one way only, and each completion of what is missing.

Rules are rewritten as written, so nothing here knows how they are read.
"""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.facts import china
from tests.policies.rule_cases import attests, judged, leaves, plain_rules, rules, whole_answers, whole_facts

WORTH = {"ineligible": 0, "unknown": 1, "eligible": 2}
LEAF_WORTH = {"not_met": 0, "unknown": 1, "met": 2}
OPPOSITE = {"gte": "lt", "lt": "gte", "gt": "lte", "lte": "gt"}


def turned(written: Any) -> Any:
    """A plain rule that says the opposite, with `not` pushed inwards by De Morgan."""
    if "not" in written:
        return rewritten(written["not"])
    if "all" in written:
        nodes = [turned(node) for node in written["all"]]
        return {"any": nodes} if nodes else {"not": {"all": []}}
    if "any" in written:
        return {"all": [turned(node) for node in written["any"]]}
    if "of" in written:
        needed = len(written["of"]) - written["at_least"] + 1
        return {"at_least": needed, "of": [turned(node) for node in written["of"]]}
    for operator in OPPOSITE.keys() & written.keys():
        kept = {key: value for key, value in written.items() if key != operator}
        return {**kept, OPPOSITE[operator]: written[operator]}
    return {"not": written}


def rewritten(written: Any) -> Any:
    """The same rule by other forms: points for at_least, tiers for all, at_least for any; others reversed."""
    if "not" in written:
        return turned(written["not"])
    if "all" in written and len(written["all"]) == 2:
        when, then = map(rewritten, written["all"])
        return {"tiers": [{"when": when, "then": then}]}
    if "any" in written:
        return {"at_least": 1, "of": [rewritten(node) for node in reversed(written["any"])]}
    if "all" in written:
        return {"all": [rewritten(node) for node in reversed(written["all"])]}
    if "of" in written:
        entries = [{"when": rewritten(node), "points": 3} for node in written["of"]]
        return {"points": entries, "gte": 3 * written["at_least"]}
    return in_other_words(written)


def in_other_words(leaf: Any) -> Any:
    """A leaf as a group of others, where the language has two ways to say it."""
    subject = {key: value for key, value in leaf.items() if key in ("field", "value", "year")}
    if "between" in leaf:
        first, last = leaf["between"]
        return {"all": [{**subject, "gte": first}, {**subject, "lte": last}]}
    if "is" in leaf:
        return {**subject, "in": [leaf["is"]]}
    if "has_none" in leaf:
        return {"not": {**subject, "has_any": leaf["has_none"]}}
    if "has_all" in leaf:
        return {"all": [{**subject, "has_any": [code]} for code in leaf["has_all"]]}
    return {"not": turned(leaf)} if OPPOSITE.keys() & leaf.keys() else leaf


@given(plain_rules, whole_facts, whole_answers)
def test_the_same_rule_in_other_words_has_the_same_verdict_and_part(
    written: Any, facts: Any, answers: Any
) -> None:
    one, other = judged(written, facts, answers), judged(rewritten(written), facts, answers)
    assert (one.verdict, one.part) == (other.verdict, other.part)


@given(plain_rules, whole_facts, whole_answers)
def test_not_is_pushed_inwards_by_de_morgan(written: Any, facts: Any, answers: Any) -> None:
    one, other = judged({"not": written}, facts, answers), judged(turned(written), facts, answers)
    assert (one.verdict, one.part) == (other.verdict, other.part)


@pytest.mark.slow
@given(st.lists(rules, min_size=1, max_size=4), whole_facts, st.randoms(), st.integers(1, 4))
def test_the_order_inside_any_at_least_and_points_does_not_matter(
    nodes: Any, facts: Any, random: Any, n: int
) -> None:
    shuffled = random.sample(nodes, len(nodes))

    def forms(some: list[Any]) -> list[Any]:
        points = [{"when": node, "points": 2} for node in some]
        return [{"any": some}, {"at_least": min(n, len(some)), "of": some}, {"points": points, "gte": n}]

    for one, other in zip(forms(nodes), forms(shuffled), strict=True):
        a, b = judged(one, facts), judged(other, facts)
        assert (a.verdict, a.part, a.missing) == (b.verdict, b.part, b.missing)


def parents(field: str, codes: list[str]) -> list[str]:
    """The codes directly above; a code at the top stays."""
    codes_of = china().codes
    tree = codes_of.regions if field == "region" else codes_of.industries
    above = {child: code for code in tree.in_force() for child in tree.children(code)}
    return sorted({above.get(code, code) for written in codes for code in tree.resolve(written)})


def widened(written: Any) -> Any:
    """The rule with every region and industry taken one level higher."""
    if isinstance(written, list):
        return [widened(one) for one in written]
    if not isinstance(written, dict):
        return written
    if "within" in written:
        return {**written, "within": parents(written["field"], written["within"])}
    return {key: widened(value) for key, value in written.items()}


def monotone(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda nodes: {"all": nodes}, some),
        st.builds(lambda nodes: {"any": nodes}, some),
        st.builds(lambda nodes: {"at_least": len(nodes), "of": nodes}, some),
    )


places = st.builds(
    lambda field_codes: {"field": field_codes[0], "within": field_codes[1]},
    st.one_of(
        st.tuples(
            st.just("region"), st.lists(st.sampled_from(["330106", "330100", "330200", "110105"]), min_size=1)
        ),
        st.tuples(st.just("industry"), st.lists(st.sampled_from(["6513", "I65", "C39", "F51"]), min_size=1)),
    ),
)
affirming = st.recursive(st.one_of(places, places, leaves, attests), monotone, max_leaves=6)


@given(affirming, whole_facts, whole_answers)
def test_a_wider_place_never_loses_a_match(written: Any, facts: Any, answers: Any) -> None:
    """Without `not`: eligible stays eligible, unknown is not excluded; each leaf likewise."""
    one, wider = judged(written, facts, answers), judged(widened(written), facts, answers)
    assert WORTH[wider.verdict] >= WORTH[one.verdict]
    for before, after in zip(one.conditions, wider.conditions, strict=True):
        assert LEAF_WORTH[after.verdict] >= LEAF_WORTH[before.verdict]


@given(rules, whole_facts, whole_answers, st.sampled_from(["region", "industry"]))
def test_a_coarser_place_of_the_enterprise_turns_no_decided_verdict(
    written: Any, facts: Any, answers: Any, field: str
) -> None:
    if field not in facts:
        return
    above = parents(field, [facts[field]])
    exact, coarse = judged(written, facts, answers), judged(written, {**facts, field: above[0]}, answers)
    assert coarse.verdict in ("unknown", exact.verdict)


# Every way in which what is missing may turn out: ends and edges of bands, each word, each set, each child.
BANDS = [{"min": 9, "max": 11}, {"min": 10}, {"max": 10}, {"min": 10, "max": 10}, None]
STAFF = (0, 8, 9, 10, 11, 12, 10**9)
DAYS = [{"min": "2025-11-23", "max": "2025-11-25"}, {"min": "2025-11-24"}, {"max": "2025-11-24"}, None]
AROUND = ("2000-01-01", "2025-11-23", "2025-11-24", "2025-11-25", "2026-11-24", "2026-11-25")
HELD = [{"held": ["srdi"]}, {"not_held": ["srdi"]}, {"held": ["srdi"], "not_held": ["high_tech"]}, None]
numbers_around = st.integers(9, 11)
single_leaves = st.one_of(
    st.builds(lambda op, n: {"field": "employees", op: n}, st.sampled_from(sorted(OPPOSITE)), numbers_around),
    st.builds(lambda a, b: {"field": "employees", "between": sorted((a, b))}, numbers_around, numbers_around),
    st.builds(
        lambda op, day: {"field": "registered_on", op: day},
        st.sampled_from(["before", "after", "on_or_before", "on_or_after"]),
        st.sampled_from(AROUND[1:4]),
    ),
    st.builds(
        lambda op, ago: {"field": "registered_on", op: ago},
        st.sampled_from(["within_last", "at_least_ago"]),
        st.sampled_from([{"years": 1}, {"months": 12}, {"days": 366}]),
    ),
    st.builds(lambda yes: {"field": "in_operation", "is": yes}, st.booleans()),
    st.builds(
        lambda op, codes: {"field": "qualifications", op: codes},
        st.sampled_from(["has_any", "has_all", "has_none"]),
        st.lists(st.sampled_from(["srdi", "high_tech"]), min_size=1, unique=True),
    ),
    st.builds(
        lambda codes: {"field": "region", "within": codes},
        st.lists(st.sampled_from(["330100", "330106", "330200", "330000"]), min_size=1, max_size=2),
    ),
)
profiles = st.fixed_dictionaries(
    {
        "employees": st.sampled_from(BANDS),
        "registered_on": st.sampled_from(DAYS),
        "qualifications": st.sampled_from(HELD),
        "region": st.sampled_from(["330100", "330106", "330000", None]),
        "in_operation": st.sampled_from([True, False, None]),
    }
)


def completions(field: str, given_value: Any) -> list[Any]:
    """Complete values of one fact that the given one allows."""
    if field == "in_operation":
        return [True, False] if given_value is None else [given_value]
    if field == "region":
        tree = china().codes.regions
        finest = ["330106", "330102", "330203", "110105"]
        return [code for code in finest if given_value is None or given_value in tree.path(code)]
    if field == "qualifications":
        return _sets(given_value or {})
    low, high = (given_value or {}).get("min"), (given_value or {}).get("max")
    around: tuple[Any, ...] = STAFF if field == "employees" else AROUND
    return [one for one in around if (low is None or low <= one) and (high is None or one <= high)]


def _sets(partly: Any) -> list[Any]:
    held, not_held = set(partly.get("held", ())), set(partly.get("not_held", ()))
    ways = product((True, False), repeat=2)
    sets = [{code for code, yes in zip(("srdi", "high_tech"), way, strict=True) if yes} for way in ways]
    fitting = [one for one in sets if held <= one and not one & not_held]
    return [{"held": sorted(one), "complete": True} for one in fitting]


@given(single_leaves, profiles)
def test_a_leaf_is_decided_exactly_when_every_completion_agrees(leaf: Any, profile: Any) -> None:
    field = leaf["field"]
    outcomes = {judged(leaf, {field: one}).verdict for one in completions(field, profile[field])}
    assert "unknown" not in outcomes
    expected = outcomes.pop() if len(outcomes) == 1 else "unknown"
    assert judged(leaf, {field: profile[field]}).verdict == expected


amounts_around_nothing = st.sampled_from([0, 1, 5, 10, 100])
some_amount = st.one_of(
    amounts_around_nothing,
    st.builds(lambda a, b: {"min": min(a, b), "max": max(a, b)}, *[amounts_around_nothing] * 2),
)
quotients = st.builds(
    lambda subject, op, bound: {**subject, op: bound},
    st.sampled_from(
        [{"field": "rd_ratio"}, {"value": {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}}]
    ),
    st.sampled_from(sorted(OPPOSITE)),
    st.sampled_from([0, Decimal("0.05"), Decimal("0.5"), 1, 5]),
)


def _ends_and_between(amount: Any) -> set[Any]:
    """Complete values of a number or band, nothing among them where that is possible."""
    if isinstance(amount, dict):
        return {one for one in (0, 1, 5, 10, 100) if amount["min"] <= one <= amount["max"]}
    return {amount}


@given(quotients, some_amount, some_amount)
def test_a_quotient_is_decided_exactly_when_every_completion_is_decided_alike(
    leaf: Any, spent: Any, revenue: Any
) -> None:
    ways = product(_ends_and_between(spent), _ends_and_between(revenue))
    outcomes = {judged(leaf, {"rd_expense": a, "revenue": b}).verdict for a, b in ways}
    expected = outcomes.pop() if len(outcomes) == 1 else "unknown"
    assert judged(leaf, {"rd_expense": spent, "revenue": revenue}).verdict == expected


@given(
    quotients, st.one_of(st.none(), some_amount), st.sampled_from([None, {"max": 5}, {"min": 0}, {"min": 5}])
)
def test_no_revenue_that_is_still_possible_contradicts_a_quotient(
    leaf: Any, spent: Any, revenue: Any
) -> None:
    verdict = judged(leaf, {"rd_expense": spent, "revenue": revenue}).verdict
    if verdict == "unknown":
        return
    least, most = (revenue or {}).get("min", 0), (revenue or {}).get("max", 10**15)
    spents = (0, 1, 5, 10**15) if spent is None else _ends_and_between(spent)
    for a, b in product(spents, [one for one in (0, 1, 5, 10**15) if least <= one <= most]):
        assert judged(leaf, {"rd_expense": a, "revenue": b}).verdict == verdict


@settings(max_examples=40)
@given(st.recursive(single_leaves, monotone, max_leaves=5), st.booleans(), profiles)
def test_no_completion_contradicts_a_verdict(written: Any, is_turned: bool, profile: Any) -> None:
    asked = {"not": written} if is_turned else written
    verdict = judged(asked, profile).verdict
    if verdict == "unknown":
        return
    used = {condition_field for condition_field in profile if f"'{condition_field}'" in repr(written)}
    ways = product(*(completions(field, profile[field]) for field in sorted(used)))
    assert {judged(asked, dict(zip(sorted(used), way, strict=True))).verdict for way in ways} == {verdict}
