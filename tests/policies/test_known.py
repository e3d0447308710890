"""A profile on one day: possible values, what to learn, what is shown and where it is from."""

from datetime import date
from decimal import Decimal

import pytest

from policies.facts import china
from policies.profiles import Known, read_profile
from policies.values import Interval

REGISTRY = china()
AS_OF = date(2026, 11, 24)


def seen(as_of=AS_OF, answers=None, **facts):
    profile = read_profile({"facts": facts, "answers": answers}, REGISTRY, today=AS_OF)
    return Known(profile, REGISTRY, as_of)


def test_an_unknown_fact_may_be_anything_in_its_domain():
    nothing = seen()
    assert nothing.possible("employees", -1) == Interval(0, None)
    assert nothing.possible("profit", -1) == Interval(None, None)
    assert nothing.possible("staff_laid_off_ratio", -1) == Interval(0, 1)
    assert nothing.possible("registered_on", None) == Interval(None, None)
    assert nothing.possible("region", None) == REGISTRY.codes.regions.everything()
    assert nothing.possible("in_operation", None) == {True, False}
    assert nothing.possible("tax_credit_grade", None) == {"A", "B", "M", "C", "D"}
    assert nothing.possible("qualifications", None).on("srdi", AS_OF) is None


def test_an_unknown_fact_is_shown_as_nothing():
    nothing = seen()
    for name, fact in REGISTRY.facts.items():
        assert nothing.shown(name, -1 if fact.by_year else None) is None


def test_years_are_counted_from_the_day():
    known = seen(revenue={"2024": 5, "2025": 6})
    assert known.possible("revenue", -1) == Interval(6, 6)
    assert known.possible("revenue", -2) == Interval(5, 5)
    assert known.possible("revenue", 0) == Interval(0, None)
    assert seen(date(2025, 6, 1), revenue={"2024": 5}).possible("revenue", -1) == Interval(5, 5)


def test_an_open_band_ends_where_the_domain_ends():
    assert seen(employees={"max": 20}).possible("employees", -1) == Interval(0, 20)
    assert seen(profit={"max": 20}).possible("profit", -1) == Interval(None, 20)
    assert seen(staff_laid_off_ratio={"min": Decimal("0.5")}).shown("staff_laid_off_ratio", -1) == {
        "min": Decimal("0.5"),
        "max": 1,
    }


def test_a_divided_region_may_be_any_of_its_successors():
    known = seen(region="330104")
    assert known.possible("region", None) == REGISTRY.codes.regions.leaves(["330102", "330114"])
    assert known.shown("region", None) == ["330102", "330114"]
    assert known.resolved() == {"region": ["330102", "330114"], "industry": []}
    assert known.to_learn("region", None) == ("region",)


def test_an_industry_is_shown_with_its_letter():
    known = seen(industry="651")
    assert known.shown("industry", None) == "I651"
    assert known.resolved()["industry"] == ["I651"]


@pytest.mark.parametrize(
    ("fact", "year", "given", "shown"),
    [
        ("employees", -1, 18, 18),
        ("employees", -1, {"min": 10}, {"min": 10, "max": None}),
        ("revenue", -1, Decimal("5200000.50"), Decimal("5200000.5")),
        ("registered_on", None, "2021-03-01", "2021-03-01"),
        ("registered_on", None, {"max": "2021-03-01"}, {"min": None, "max": "2021-03-01"}),
        ("legal_form", None, "company", "company"),
        ("in_operation", None, False, False),
        ("qualifications", None, ["srdi", {"code": "gazelle", "until": "2020-01-01"}], ["srdi"]),
        ("zones", None, {"not_held": ["abc"]}, []),
    ],
)
def test_a_given_fact_is_shown_as_scalar_band_or_list(fact, year, given, shown):
    assert seen(**{fact: given}).shown(fact, year) == shown


def test_the_origin_is_told_where_the_profile_tells_it():
    known = seen(employees={"value": 5, "source": "registry", "as_of": "2026-10-01"}, revenue=5)
    assert known.origin("employees", -1) == {"source": "registry", "as_of": "2026-10-01"}
    assert known.origin("employees", -2) is None
    assert known.origin("revenue", -1) is None


def test_what_is_known_exactly_need_not_be_learned():
    known = seen(employees=18, region="330106", registered_on="2021-03-01", qualifications={"complete": True})
    for fact, year in [
        ("employees", -1),
        ("region", None),
        ("registered_on", None),
        ("qualifications", None),
    ]:
        assert known.to_learn(fact, year) == ()
    assert known.to_learn("employees", -2) == ("employees",)
    assert seen(region="330100").to_learn("region", None) == ("region",)


def test_answers_are_found_by_measure_and_key():
    known = seen(answers={"hz.rd#key": True, "hz.rd#other": False})
    assert known.answer("hz.rd", "key") is True
    assert known.answer("hz.rd", "other") is False
    assert known.answer("hz", "key") is None


def test_the_example_of_the_contract_has_these_derived_facts():
    known = seen(
        industry="I6513", registered_on="2021-03-01", employees=18,
        revenue={"2024": 5200000, "2025": 6800000}, rd_expense={"2025": 1900000},
    )  # fmt: skip
    assert known.derived() == {
        "size": "small",
        "age_months": 68,
        "rd_ratio": Decimal("0.279412"),
        "small_low_profit": None,
    }


def test_a_given_ratio_is_shown_as_written_and_only_quotients_are_rounded():
    facts = {"staff_laid_off_ratio": Decimal("0.12345678"), "rd_expense": 1, "revenue": 3}
    known = seen(**facts)
    assert known.shown("staff_laid_off_ratio", -1) == Decimal("0.12345678")
    assert known.shown("rd_ratio", -1) == Decimal("0.333333")
