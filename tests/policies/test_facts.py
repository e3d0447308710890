"""The registry of facts: the contract's names, order and words."""

import re
import subprocess
import sys

from policies.facts import LANGUAGES, china

WRITTEN = """
    region industry registered_on legal_form registered_capital qualifications zones
    revenue total_assets profit taxable_income rd_expense tax_paid export_value fixed_investment
    revenue_high_tech revenue_main_product employees rd_staff staff_insured staff_disabled
    staff_laid_off_ratio patents_invention patents_utility patents_design software_copyrights standards_led
    tax_credit_grade credit_dishonest major_violation social_insurance_paid in_operation
    size age_months rd_ratio small_low_profit
"""
CORE = re.findall(r"\w+", WRITTEN)
FIGURES = re.findall(
    r"\w+",
    "total_liabilities costs rd_expense_domestic unemployment_premium equity_raised disability_levy",
)
MORE = [*FIGURES, "ic_layouts", "trademarks", "abnormal_operations"]
REGISTRY = china()


def test_the_facts_of_the_contract_stand_in_its_order_with_derived_ones_last():
    assert [name for name in REGISTRY.facts if name in CORE] == CORE
    assert [name for name in REGISTRY.facts if name not in CORE] == MORE
    assert [name for name, fact in REGISTRY.facts.items() if fact.derived] == CORE[-4:]
    assert set(REGISTRY.derive) == set(CORE[-4:])
    assert set(REGISTRY.given) == {*CORE[:-4], *MORE}


def test_facts_by_year_are_the_figures_of_a_year():
    by_year = [name for name, fact in REGISTRY.facts.items() if fact.by_year]
    assert by_year == [*CORE[7:17], *FIGURES, *CORE[17:22], "rd_ratio"]


def test_only_profit_taxable_income_and_age_may_be_negative():
    signed = {name for name, fact in REGISTRY.facts.items() if fact.signed}
    assert signed == {"profit", "taxable_income", "age_months"}


def test_every_fact_is_named_and_asked_for_in_three_languages():
    for fact in REGISTRY.facts.values():
        for words in (fact.label, fact.question, *fact.value_labels.values()):
            assert set(words) == set(LANGUAGES)
            assert all(words.values())


def test_questions_are_questions():
    for fact in REGISTRY.facts.values():
        assert "？" in fact.question["zh-Hans"], fact.name
        assert "？" in fact.question["zh-Hant"], fact.name
        assert "?" in fact.question["en"], fact.name


def test_numbers_but_ratios_and_flags_have_units_in_three_languages():
    for fact in REGISTRY.facts.values():
        assert (fact.unit is not None) == (fact.type in ("money", "count")), fact.name
        assert fact.unit is None or set(REGISTRY.units[fact.unit]) == set(LANGUAGES)


def test_words_of_enumerations_are_those_of_the_contract():
    assert REGISTRY.facts["size"].values == ("micro", "small", "medium", "large")
    assert REGISTRY.facts["tax_credit_grade"].values == ("A", "B", "M", "C", "D")
    assert REGISTRY.facts["legal_form"].values == (
        "company", "partnership", "sole_proprietorship", "individual_business", "cooperative",
        "branch", "public_institution", "social_organisation", "other",
    )  # fmt: skip
    assert REGISTRY.facts["revenue"].values is None


def test_importing_the_registry_reads_no_table():
    code = (
        "import builtins, io, pathlib\n"
        "def refuse(self, *a, **k): raise SystemExit(f'read {self}')\n"
        "pathlib.Path.open = pathlib.Path.read_bytes = pathlib.Path.read_text = refuse\n"
        "import policies.facts, policies.profiles, policies.known\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_a_firm_can_do_about_a_fact_is_data() -> None:
    changes = {name: fact.change for name, fact in china().facts.items()}
    assert changes["employees"] == "free"
    assert {changes[name] for name in ("region", "legal_form", "industry", "zones")} == {"move"}
    assert {changes[name] for name in ("registered_on", "credit_dishonest", "major_violation")} == {"wait"}
