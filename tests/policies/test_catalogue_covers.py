"""The bundled rules hold every condition of two public lists, and nothing that no condition there asks for.

Each row names a condition in our words, its measure, and what the rule must look at: facts, attestations and
numbers. Both ways: what a rule looks at without a row fails as well as a row that the rule does not look at.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from policies.documents import Measure, read_document
from policies.facts import china
from policies.nodes import Attest, facts_of, leaves_of
from policies.yaml_reading import read_yaml

CATALOGUE = Path(__file__).parents[2] / "policies" / "catalogue"
PLACES = ("year", "for_years", "from", "to", "place")  # and "years" where it is a range


class Row(NamedTuple):
    """One condition of a list: its id there, our words, and what the rule of its measure looks at."""

    id: str
    words: str
    facts: str = ""
    attests: str = ""
    numbers: str = ""


HIGH_TECH = (
    Row("art-2", "a resident enterprise", "legal_form"),
    Row("H-02", "registered for a year", "registered_on", "", "1"),
    Row("H-03", "owns the core intellectual property", "", "core-ip"),
    Row("H-04", "in a supported field", "", "key-field"),
    Row("H-05", "a tenth of the staff in R&D", "rd_staff employees", "", "0.1"),
    Row("H-06", "R&D over three years by tier of revenue, or over a shorter life; most of it in China",
        "revenue rd_expense rd_expense_domestic age_months", "short-period-rd short-period-domestic",
        "50000000 200000000 0.05 0.04 0.03 36 0.6"),
    Row("H-07", "most revenue from high-tech products", "revenue_high_tech revenue", "", "0.6"),
    Row("H-08", "the score of innovation is reached", "", "innovation-score"),
    Row("H-09", "no major offence within a year", "major_violation"),
)  # fmt: skip

TECH_SME = (
    Row("T-01", "a resident enterprise", "legal_form"),
    Row("T-02", "limits of staff, revenue and assets", "employees revenue total_assets", "", "500 200000000"),
    Row("T-03", "no forbidden or restricted products", "", "not-restricted-products"),
    Row("T-04", "a clean record and no bad list", "major_violation credit_dishonest abnormal_operations",
        "clean-two-years"),
    Row("T-05", "sixty points, some of them for staff", "", "score-60", "60"),
    Row("T-06", "points by share of R&D staff", "rd_staff employees", "", "0.1 0.15 0.2 0.25 0.3 4"),
    Row("T-07", "points by R&D in revenue or in costs", "rd_expense revenue costs", "",
        "0.02 0.03 0.04 0.05 0.06 0.1 0.15 0.2 0.25 0.3 10"),
    Row("T-08", "points by intellectual property of two classes",
        "patents_invention ic_layouts patents_utility patents_design software_copyrights", "", "1 2 3 4 6"),
    Row("T-09", "or confirmed at once", "qualifications", "direct-confirmation"),
)  # fmt: skip

SRDI = (
    Row("firm", "an enterprise", "legal_form"),
    Row("S-01", "small or medium, lawful, on no bad list", "size credit_dishonest abnormal_operations",
        "compliant"),
    Row("S-02", "holds a title of innovation", "qualifications", "tech-innovative-title"),
    Row("S-03", "three years in its niche", "", "niche-three-years"),
    Row("S-04", "revenue or equity, main business, debts",
        "revenue equity_raised revenue_main_product total_liabilities total_assets", "",
        "15000000 20000000 0.8"),
    Row("S-05", "R&D in each of two years", "rd_expense rd_ratio", "", "1000000 0.03"),
    Row("S-06", "intellectual property of class one at work, or exempt", "patents_invention ic_layouts",
        "other-class-one-ip ip-at-work ip-exempt", "1"),
    Row("S-07", "known in its market", "", "market-position"),
    Row("S-08", "fifty points; in a review in either year", "qualifications",
        "score-50 score-50-either-year"),
)  # fmt: skip

SRDI_EARLIER = (Row("S-09", "an earlier certificate stays good", "qualifications", "before-april-2026"),)

NEW_EAGLE = (
    Row("E-01", "a provincial technology SME in Hangzhou, up to five years old",
        "region registered_on qualifications", "", "5"),
    Row("E-02", "an industry of the future", "", "future-industry"),
    Row("E-03", "share of R&D staff and of R&D", "rd_staff employees rd_ratio", "", "0.2 0.1"),
    Row("E-04", "three own applications, one granted, or one PCT",
        "patents_invention patents_utility patents_design software_copyrights ic_layouts",
        "core-ip-applications pct-application", "1"),
    Row("E-05", "talent, R&D or equity", "rd_expense equity_raised", "talent-or-award", "10000000 20000000"),
    Row("E-06", "not seriously dishonest", "credit_dishonest"),
)  # fmt: skip

ANY_IP = "patents_invention patents_utility patents_design software_copyrights ic_layouts"
OTHER_IP = f"{ANY_IP} standards_led trademarks"
FIVE_YEARS = Row("12.1", "up to five years old, registered and taxed in Hangzhou, little capital",
                 "region registered_on registered_capital", "taxed-in-hangzhou", "5 10000000")  # fmt: skip
STARTING_UP = (
    FIVE_YEARS,
    Row("12.2", "any intellectual property", ANY_IP, "other-ip", "1"),
    Row("12.3", "R&D of a twentieth, with accounts of its own", "rd_ratio", "rd-accounts", "0.05"),
    Row("12.4", "sales below thirty million", "revenue", "", "30000000"),
)
PATENT_POINTS = "patents_invention patents_utility patents_design"

ROWS = {
    "cn-2016-high-tech.recognition": HIGH_TECH,
    "cn-2017-tech-sme.evaluation": TECH_SME,
    "cn-2026-srdi.recognition": SRDI,
    "cn-2026-srdi.earlier-certificate": SRDI_EARLIER,
    "hz-2024-new-eagle.recognition": NEW_EAGLE,
    "zj-2018-projects.tech-sme": (
        Row("01.1", "a year in Zhejiang, independent", "region registered_on", "independent", "1"),
        Row("01.2", "own intellectual property or know-how, and products of it", OTHER_IP,
            "other-ip ip-product", "1"),
    ),
    "hz-2018-projects.city-high-tech": (
        Row("02.1", "a year in Hangzhou", "region registered_on", "", "1"),
        Row("02.2", "own intellectual property or know-how, and products of it", OTHER_IP,
            "other-ip ip-product", "1"),
        Row("02.3", "R&D by tier of revenue", "revenue rd_ratio", "",
            "30000000 100000000 0.05 0.04 0.03"),
        Row("02.quick", "in one of eight fields", "", "key-field"),
    ),
    "hz-2018-projects.tech-centre": (
        Row("03.1", "a high-tech enterprise of Hangzhou", "region qualifications"),
        Row("03.2", "two million of R&D over three years", "rd_expense", "", "2000000"),
        Row("03.3", "share of R&D staff, half the centre well taught", "rd_staff employees", "engineers",
            "0.15"),
    ),
    "hz-2018-projects.rd-centre": (
        Row("04.1", "a year in Hangzhou, a high-tech legal person",
            "region registered_on legal_form qualifications", "", "1"),
        Row("04.2", "one strong or four lesser rights", ANY_IP, "", "1 4"),
        Row("04.3", "R&D of three per cent", "rd_ratio", "", "0.03"),
        Row("04.4", "fifteen people in R&D", "rd_staff", "", "15"),
    ),
    "zj-2018-projects.tech-centre": (
        Row("05.1", "a city centre for a year", "region qualifications", "city-centre-one-year"),
        Row("05.2", "a high-tech enterprise", "qualifications"),
        Row("05.3", "one strong or four lesser rights",
            "patents_invention patents_utility software_copyrights ic_layouts", "other-core-ip", "1 4"),
        Row("05.4", "revenue and R&D staff", "revenue rd_staff", "", "200000000 50"),
        Row("05.5", "half the centre well taught", "", "engineers"),
    ),
    "zj-2018-projects.rd-centre": (
        Row("06.1", "a high-tech legal person of Zhejiang", "region legal_form qualifications"),
        Row("06.2", "rights in its field within three years", "", "own-ip-in-field"),
        Row("06.3", "one strong or four lesser rights",
            "patents_invention patents_utility software_copyrights ic_layouts", "other-core-ip", "1 4"),
        Row("06.4", "a city centre", "qualifications"),
        Row("06.5", "R&D by tier of revenue, or ten million", "revenue rd_ratio rd_expense", "",
            "50000000 200000000 0.06 0.04 0.03 10000000"),
        Row("06.6", "a body of its own, fifteen people, thirty in software", "industry rd_staff",
            "own-rd-body", "15 30"),
    ),
    "hz-2018-projects.major-project": (
        Row("07.1", "a high-tech enterprise of Hangzhou", "region qualifications"),
        Row("07.2", "a provincial R&D body", "qualifications", "provincial-rd-body"),
        Row("07.3", "ten million of R&D; a listed leader in public institutions", "rd_expense legal_form",
            "leader-listed-talent", "10000000"),
    ),
    "zj-2018-projects.major-project": (
        Row("08.1", "within the guide", "region", "in-guide"),
        Row("08.2", "a strong base; of enterprises R&D of 1.5 per cent, with exceptions",
            "legal_form rd_expense revenue", "strong-base special-project", "0.015"),
    ),
    "hz-2018-projects.patent-pilot": (
        Row("09.1", "thirty million of sales", "region revenue", "", "30000000"),
        Row("09.2", "twenty points for patents", PATENT_POINTS, "", "5 2 20"),
    ),
    "hz-2018-projects.patent-demonstration": (
        Row("10.1", "a patent pilot", "region qualifications"),
        Row("10.2", "thirty million of sales", "revenue", "", "30000000"),
        Row("10.3", "thirty points for patents", PATENT_POINTS, "", "5 2 30"),
    ),
    "hz-2018-projects.national-high-tech-award": (
        Row("11.0", "a high-tech enterprise of Hangzhou", "region qualifications"),
        Row("11.1", "rights by any of three ways to count, one of them after three years",
            "patents_invention patents_utility patents_design software_copyrights registered_on", "",
            "1 5 6 15 3"),
        Row("11.2", "R&D by tier of revenue", "revenue rd_ratio", "",
            "50000000 200000000 0.05 0.04 0.03"),
        Row("11.3", "growth or one good year", "revenue", "", "2 0.15 2000000"),
    ),
    "hz-2018-projects.startup-cultivation": STARTING_UP,
    "hz-2018-projects.competitive-project": (
        *STARTING_UP, Row("13.quick", "or a high-tech enterprise", "qualifications"),
    ),
}  # fmt: skip
LISTED = {"H": range(2, 10), "T": range(1, 10), "S": range(1, 10), "E": range(1, 7)}
DOCUMENTS = sorted({name.split(".")[0] for name in ROWS})
PERKS = {"cn-2016-high-tech.rate-15"}  # what the title gives, no condition of it


@cache
def measures() -> dict[str, Measure]:
    files = [CATALOGUE / f"{name}.yaml" for name in DOCUMENTS]
    documents = [read_document(read_yaml(file.read_bytes()).value, china()) for file in files]
    return {measure.id: measure for document in documents for measure in document.measures}


def numbers_in(written: Any) -> Iterator[Decimal]:
    if isinstance(written, int | Decimal) and not isinstance(written, bool):
        yield Decimal(written)
    elif isinstance(written, list):
        for each in written:
            yield from numbers_in(each)
    elif isinstance(written, dict):
        for key, each in written.items():
            if key not in PLACES and not (key == "years" and isinstance(each, list)):
                yield from numbers_in(each)


def test_every_condition_of_the_two_lists_has_a_row() -> None:
    ids = {row.id for rows in ROWS.values() for row in rows}
    assert {f"{letter}-{n:02d}" for letter, numbers in LISTED.items() for n in numbers} <= ids
    projects = {id_.split(".")[0] for id_ in ids if id_[0].isdigit()}
    assert projects == {f"{n:02d}" for n in range(1, 14)}


def test_every_measure_of_these_documents_has_rows() -> None:
    assert set(measures()) == set(ROWS) | PERKS


@pytest.mark.parametrize("name", ROWS)
def test_a_rule_looks_at_what_its_rows_say_and_at_nothing_else(name: str) -> None:
    rule, asked = measures()[name].rule, defaultdict[str, set[Any]](set)
    for row in ROWS[name]:
        asked["facts"] |= set(row.facts.split())
        asked["attests"] |= set(row.attests.split())
        asked["numbers"] |= {Decimal(number) for number in row.numbers.split()}
    attests = {leaf.key for leaf, _ in leaves_of(rule.root) if isinstance(leaf, Attest)}
    assert facts_of(rule) == asked["facts"]
    assert attests == asked["attests"]
    assert set(numbers_in(rule.written)) == asked["numbers"]


def test_titles_are_granted_and_asked_for_as_data() -> None:
    granted = {code for measure in measures().values() for code in measure.grants}
    assert granted >= {
        "high_tech", "tech_sme", "srdi", "eaglet", "provincial_tech_sme", "municipal_high_tech",
        "tech_center_municipal", "rd_center_municipal", "tech_center_provincial", "rd_center_provincial",
        "tech_startup_incubated", "patent_pilot_municipal", "patent_demo_municipal",
    }  # fmt: skip
    for measure in measures().values():
        for code in measure.requires:
            assert f"'{code}'" in str(measure.rule.written), (measure.id, code)
