"""A benefit's formula is told in words, in three languages, so that nobody has to read JSON."""

from decimal import Decimal
from typing import Any

import pytest

from policies.expressions import ARITHMETIC
from policies.facts import LANGUAGES, china
from policies.formula_words import say_formula
from policies.rules import formula_reader
from policies.wording import traditional

INCOME, STAFF = {"field": "taxable_income"}, {"field": "employees"}
INCOME_EN = "taxable income in the last full year"
FIFTH = {"mul": [Decimal("0.2"), {"min": [3_000_000, {"max": [0, INCOME]}]}]}


def said(formula: Any, lang: str) -> str:
    read = formula_reader(china()).read(formula, "", [])
    return say_formula(read.number, china(), lang)


@pytest.mark.parametrize(
    ("formula", "hans", "english"),
    [
        (FIFTH, "20% × （300万元和（0元和上一年度应纳税所得额中的最大者）中的最小者）",
         f"20% × (the smallest of 3,000,000 yuan and (the largest of 0 yuan and {INCOME_EN}))"),
        ({"mul": [1_500, STAFF]}, "1,500 × 上一年度职工人数", "1,500 × employees in the last full year"),
        ({"sub": [{"mul": [Decimal("0.1"), INCOME]}, 1_500]}, "（10% × 上一年度应纳税所得额） − 1,500元",
         "(10% × taxable income in the last full year) − 1,500 yuan"),
        ({"mul": [1, {"div": [INCOME, 3]}]}, "1 × （上一年度应纳税所得额 ÷ 3）",
         "1 × (taxable income in the last full year ÷ 3)"),
        ({"sum": {"field": "rd_expense", "years": [-2, -1]}}, "近2个年度研发费用合计",
         "Total R&D expense over the last 2 full years"),
    ],
)  # fmt: skip
def test_a_formula_is_told_with_its_units_and_brackets(formula: Any, hans: str, english: str) -> None:
    assert said(formula, "zh-Hans") == hans
    assert said(formula, "zh-Hant") == traditional(hans)
    assert said(formula, "en") == english


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", ARITHMETIC)
def test_every_form_has_words_in_every_language(form: str, lang: str) -> None:
    told = said({form: [INCOME, {form: [STAFF, 7]}]}, lang)
    assert "7" in told
    assert "{" not in told
