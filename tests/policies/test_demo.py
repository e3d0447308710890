"""The demo enterprises are valid, plainly invented, and the same for the same seed.

Judges no measure and stores nothing.
"""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from policies.codes import UnknownCode
from policies.credit_code import credit_code_is_right
from policies.demo import demo_enterprises
from policies.facts import china
from policies.profiles import read_profile

TODAY = date(2026, 11, 24)
Enterprises = list[dict[str, Any]]


@pytest.fixture(scope="module")
def enterprises() -> Enterprises:
    return demo_enterprises(china())


def test_there_are_sixty_with_ids_in_order(enterprises: Enterprises) -> None:
    assert [e["id"] for e in enterprises] == [f"demo-{n:03d}" for n in range(1, 61)]


def test_each_is_a_valid_profile(enterprises: Enterprises) -> None:
    for enterprise in enterprises:
        body = {name: value for name, value in enterprise.items() if name != "id"}
        read_profile(body, china(), today=TODAY, name_required=True)


def test_each_name_says_that_it_is_a_demo(enterprises: Enterprises) -> None:
    assert all(e["name"].startswith("示例") and e["name"].endswith("（演示）") for e in enterprises)
    assert len({e["name"] for e in enterprises}) == 60


def test_credit_codes_check_but_name_no_region(enterprises: Enterprises) -> None:
    regions = china().codes.regions
    for enterprise in enterprises:
        assert credit_code_is_right(enterprise["credit_code"])
        with pytest.raises(UnknownCode):
            regions.resolve(enterprise["credit_code"][2:8])


def test_the_same_seed_gives_the_same_enterprises(enterprises: Enterprises) -> None:
    assert demo_enterprises(china()) == enterprises
    assert demo_enterprises(china(), seed=1) != enterprises


def test_they_are_as_mixed_as_real_ones(enterprises: Enterprises) -> None:
    forms = Counter(e["facts"]["legal_form"] for e in enterprises)
    sections = {e["facts"]["industry"][0] for e in enterprises}
    provinces = {e["facts"]["region"][:2] for e in enterprises}
    assert len(forms) >= 5
    assert len(sections) >= 12
    assert provinces == {"11", "33", "44"}


def test_some_of_what_matters_is_unknown(enterprises: Enterprises) -> None:
    for name in ("taxable_income", "total_assets", "credit_dishonest"):
        known = sum(name in e["facts"] for e in enterprises)
        assert 20 <= known <= 55, name
