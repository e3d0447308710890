"""Amounts of bundled measures beside examples worked out by hand from the articles that grant them."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from policies.benefits import for_profile
from policies.documents import Document, read_document
from policies.facts import china
from policies.profiles import Known, read_profile
from policies.yaml_reading import read_yaml

AS_OF = date(2026, 11, 24)
FOLDER = Path(__file__).parents[2] / "policies" / "catalogue"
LOSS, NOTHING_KNOWN = -500_000, None


@cache
def bundled(name: str) -> Document:
    return read_document(read_yaml((FOLDER / f"{name}.yaml").read_bytes()).value, china())


def saved(measure_id: str, taxable_income: Any) -> tuple[Any, Any]:
    name, key = measure_id.split(".")
    (measure,) = (one for one in bundled(name).measures if one.key == key)
    profile = read_profile({"facts": {"taxable_income": taxable_income}}, china(), today=AS_OF)
    benefit = for_profile(measure.benefits, Known(profile, china(), AS_OF))
    assert benefit is not None
    return benefit.min, benefit.max


@pytest.mark.parametrize(
    ("income", "low", "high"),
    [
        (1_200_000, 240_000, 240_000),  # 25 %: 300,000; 25 % of the income at 20 %: 60,000
        (3_000_000, 600_000, 600_000),  # 750,000 less 150,000
        (Decimal("123456.78"), Decimal("24691.36"), Decimal("24691.36")),  # 24,691.356
        ({"min": 1_000_000, "max": 2_000_000}, 200_000, 400_000),
        (LOSS, 0, 0),
        (NOTHING_KNOWN, 0, 600_000),
    ],
)
def test_a_small_low_profit_firm_saves_a_fifth_of_its_income(income, low, high) -> None:
    assert saved("cn-2023-12-small-firms.small-low-profit", income) == (low, high)


@pytest.mark.parametrize(
    ("income", "low", "high"),
    [
        (8_000_000, 800_000, 800_000),  # 25 %: 2,000,000; 15 %: 1,200,000
        ({"min": -1, "max": 100}, 0, 10),
        ({"min": 1_000_000}, 100_000, None),
        (LOSS, 0, 0),
        (NOTHING_KNOWN, 0, None),
    ],
)
def test_a_high_tech_firm_saves_ten_per_cent_of_its_income(income, low, high) -> None:
    assert saved("cn-2016-high-tech.rate-15", income) == (low, high)


@pytest.mark.parametrize(
    ("income", "low", "high"),
    [
        (30_000, 750, 750),  # 5 %: 1,500
        (90_000, 3_750, 3_750),  # 10 % less 1,500: 7,500
        (100_000, 4_750, 4_750),  # 20 % less 10,500: 9,500
        (400_000, 39_750, 39_750),  # 30 % less 40,500: 79,500
        (2_000_000, 317_250, 317_250),  # 35 % less 65,500: 634,500
        (5_000_000, 317_250, 317_250),  # only what is below two million is halved
        ({"min": 30_000, "max": 100_000}, 750, 4_750),
        (LOSS, 0, 0),
        (NOTHING_KNOWN, 0, 317_250),
    ],
)
def test_an_individual_business_saves_half_of_the_tax_below_two_million(income, low, high) -> None:
    assert saved("cn-2023-12-small-firms.individual-business-half", income) == (low, high)
