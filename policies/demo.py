"""The sixty demo enterprises: invented trades with seeded figures, marked as demo in their names.

Pure and reproducible: the same seed gives the same enterprises. Never holds a real firm or person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, cast

from policies.credit_code import credit_check_character
from policies.facts import Registry
from policies.yaml_reading import read_yaml

SEED = 20261124
Firm = Mapping[str, Any]
YEARS = (2023, 2024, 2025)
# Characters 3-8 of a credit code name a region; no region in force begins with 99.
NOWHERE = "990000"

SUFFIX = {
    "company": "有限公司",
    "individual_business": "店",
    "cooperative": "专业合作社",
    "partnership": "（普通合伙）",
    "sole_proprietorship": "工作室",
    "social_organisation": "",
}
FIRST_TWO = {"individual_business": "92", "cooperative": "93", "social_organisation": "52"}
HEADS = {"micro": (3, 9), "small": (14, 68), "medium": (110, 260), "large": (520, 940)}


@dataclass(frozen=True)
class Group:
    """What is usual in a line of business: revenue a head in yuan, shares in percent, counts held."""

    revenue: tuple[int, int]
    rd_share: tuple[int, int]
    rd_staff: tuple[int, int]
    inventions: int
    utilities: int
    software: int


GROUPS = {
    "tech": Group((220_000, 520_000), (12, 45), (30, 65), 6, 8, 14),
    "factory": Group((380_000, 900_000), (2, 8), (6, 26), 5, 22, 4),
    "trade": Group((600_000, 2_400_000), (0, 0), (0, 0), 0, 0, 0),
    "service": Group((90_000, 320_000), (0, 2), (0, 6), 0, 2, 2),
    "farm": Group((120_000, 420_000), (0, 4), (0, 8), 1, 3, 1),
    "culture": Group((180_000, 480_000), (0, 6), (0, 15), 0, 0, 4),
}
INVENTIVE = ("tech", "factory")
# Held by some of the inventive firms, by how likely: the older and larger ones more.
TITLES = (("tech_sme", 55), ("high_tech", 35), ("innovative_sme", 25), ("srdi", 12))


@cache
def _firms() -> tuple[Firm, ...]:
    table = files("policies").joinpath("tables", "demo_firms.yaml").read_bytes()
    return tuple(cast(dict[str, Any], read_yaml(table).value)["firms"])


def demo_enterprises(registry: Registry, seed: int = SEED) -> list[dict[str, Any]]:
    """The demo enterprises as bodies of PUT with their `id`; of a registry only the known facts are used."""
    return [_enterprise(i, firm, registry, seed) for i, firm in enumerate(_firms(), start=1)]


def _enterprise(number: int, firm: Firm, registry: Registry, seed: int) -> dict[str, Any]:
    draw = Random(f"{seed}/{number}")  # noqa: S311 - figures of invented firms, not a secret
    form = firm.get("form", "company")
    facts = _figures(firm, form, draw) | _standing(firm, form, draw) | firm.get("figures", {})
    return {
        "id": f"demo-{number:03d}",
        "name": f"示例{firm['word']}{firm['trade']}{SUFFIX[form]}（演示）",
        "credit_code": _credit_code(form, number),
        "text": f"{firm['does']}。{firm['need']}。",
        "facts": {name: value for name, value in facts.items() if name in registry.facts},
        "answers": _answers(firm, form, draw),
    }


def _credit_code(form: str, number: int) -> str:
    first = f"{FIRST_TWO.get(form, '91')}{NOWHERE}MADEM{number:04d}"
    return first + credit_check_character(first)


def _figures(firm: Firm, form: str, draw: Random) -> dict[str, Any]:
    """Head-count, money by year, research and property, with the gaps that real profiles have."""
    group, heads = GROUPS[firm["group"]], draw.randint(*HEADS[firm["size"]])
    years = [year for year in YEARS if year >= int(firm["born"])]
    revenue = _course(draw, heads * draw.randint(*group.revenue), years)
    facts: dict[str, Any] = {"employees": {"2025": _perhaps_band(draw, heads)}}
    facts["revenue"] = _some_years(draw, revenue)
    last = revenue.get("2025", 0)
    facts |= _money(draw, last, form)
    facts |= _research(firm, group, heads, revenue, draw)
    _maybe(draw, 65, facts, "staff_insured", {"2025": max(0, heads - draw.randint(0, 2 + heads // 12))})
    laid_off = draw.choice([Decimal(0), Decimal(0), Decimal(0), Decimal("0.02"), Decimal("0.08")])
    _maybe(draw, 45, facts, "staff_laid_off_ratio", {"2025": laid_off})
    if "残" in firm["need"]:
        facts["staff_disabled"] = {"2025": max(1, heads // 40)}
    if "出口" in firm["does"] or "外销" in firm["does"]:
        facts["export_value"] = {"2025": _round(last * draw.randint(25, 80) // 100)}
    if firm["group"] in ("factory", "farm") or "设备" in firm["need"]:
        _maybe(draw, 70, facts, "fixed_investment", {"2025": _round(last * draw.randint(3, 15) // 100)})
    return facts


def _money(draw: Random, revenue: int, form: str) -> dict[str, Any]:
    """Capital, assets, profit and tax, most of them known to most firms."""
    facts: dict[str, Any] = {}
    capital = draw.choice([500_000, 1_000_000, 3_000_000, 5_000_000, 10_000_000, 20_000_000])
    if form == "company":
        _maybe(draw, 70, facts, "registered_capital", capital)
    _maybe(draw, 65, facts, "total_assets", {"2025": _round(revenue * draw.randint(40, 150) // 100)})
    profit = _round(revenue * draw.randint(-6, 12) // 100)
    _maybe(draw, 60, facts, "taxable_income", {"2025": profit})
    _maybe(draw, 35, facts, "tax_paid", {"2025": _round(revenue * draw.randint(1, 5) // 100)})
    return facts


def _research(
    firm: Firm, group: Group, heads: int, revenue: Mapping[str, int], draw: Random
) -> dict[str, Any]:
    """Research money and staff, property and high-tech revenue of those who have any."""
    facts: dict[str, Any] = {}
    if group.rd_share == (0, 0):
        _maybe(draw, 50, facts, "rd_expense", {"2025": 0})
        return facts
    share = draw.randint(*group.rd_share)
    spent = {
        year: _round(value * max(0, share + draw.randint(-3, 3)) // 100) for year, value in revenue.items()
    }
    inventive = firm["group"] in INVENTIVE
    _maybe(draw, 85 if inventive else 35, facts, "rd_expense", _some_years(draw, spent))
    if inventive:
        _maybe(draw, 75, facts, "rd_staff", {"2025": max(1, heads * draw.randint(*group.rd_staff) // 100)})
        high = _round(revenue.get("2025", 0) * draw.randint(55, 95) // 100)
        _maybe(draw, 45, facts, "revenue_high_tech", {"2025": high})
        main = _round(revenue.get("2025", 0) * draw.randint(70, 98) // 100)
        _maybe(draw, 40, facts, "revenue_main_product", {"2025": main})
    young = int(firm["born"]) >= 2024
    for name, most in zip(_HELD, (group.inventions, group.utilities, group.software), strict=True):
        if most and (inventive or "form" not in firm):
            _maybe(draw, 75 if inventive else 40, facts, name, 0 if young else draw.randint(0, most))
    if "标准" in firm["does"]:
        facts["standards_led"] = 1
    return facts


_HELD = ("patents_invention", "patents_utility", "software_copyrights")


def _standing(firm: Firm, form: str, draw: Random) -> dict[str, Any]:
    """Place, trade, form, titles and good conduct."""
    born = int(firm["born"])
    facts: dict[str, Any] = {
        "region": firm["region"],
        "industry": firm["industry"],
        "legal_form": form,
        "registered_on": f"{born}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
    }
    facts |= _titles(firm, form, draw)
    if firm["region"] == "110108":
        facts["zones"] = ["zhongguancun"]
    _maybe(draw, 50, facts, "tax_credit_grade", draw.choice(["A", "B", "B", "M"] if born < 2025 else ["M"]))
    _maybe(draw, 80, facts, "in_operation", True)
    clean = {"value": False, "source": "registry", "as_of": "2026-10-01"}
    _maybe(draw, 70, facts, "credit_dishonest", clean)
    _maybe(draw, 60, facts, "major_violation", False)
    _maybe(draw, 70, facts, "social_insurance_paid", True)
    return facts


def _titles(firm: Firm, form: str, draw: Random) -> dict[str, Any]:
    """Qualifications: what the firm says of itself, else drawn for the inventive, else none at all."""
    if "已是高新技术企业" in firm["need"] or "高企税率" in firm["need"]:
        since = f"{draw.randint(2024, 2025)}-11-15"
        held = [{"code": "high_tech", "since": since}, "innovative_sme"]
        return {"qualifications": {"held": held, "not_held": ["srdi"]}}
    if firm["group"] not in INVENTIVE or form != "company":
        return {"qualifications": {"held": [], "complete": True}} if draw.random() < 0.6 else {}
    wants = "高企" in firm["need"] or "高新技术企业" in firm["need"]
    older = 15 if int(firm["born"]) <= 2018 else -20
    chosen = [code for code, chance in TITLES if draw.randint(1, 100) <= chance + older]
    held = [code for code in chosen if not (wants and code == "high_tech")]
    missing = ["high_tech"] if "high_tech" not in held else []
    return {"qualifications": {"held": held, "not_held": missing}}


_ANSWERS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (40, "cn-2023-12-small-firms.small-low-profit#unrestricted-industry", ()),
    (45, "cn-2023-7-rd-deduction.super-deduction#audited-accounts", INVENTIVE),
    (30, "cn-2016-high-tech.recognition#key-field", INVENTIVE),
    (30, "cn-2016-high-tech.recognition#core-ip", INVENTIVE),
    (25, "cn-2017-tech-sme.evaluation#not-restricted-products", INVENTIVE),
)


def _answers(firm: Firm, form: str, draw: Random) -> dict[str, bool]:
    answers = {}
    for chance, key, groups in _ANSWERS:
        fits = not groups or firm["group"] in groups
        if fits and form == "company" and draw.randint(1, 100) <= chance:
            answers[key] = True
    return answers


def _course(draw: Random, last: int, years: list[int]) -> dict[str, int]:
    """Revenue of each year, growing or shrinking by a tenth or two."""
    value, course = last, {}
    for year in reversed(years):
        course[str(year)] = _round(value)
        value = value * 100 // draw.randint(92, 128)
    return dict(sorted(course.items()))


def _some_years(draw: Random, course: dict[str, int]) -> dict[str, int]:
    """All years, or only the last one."""
    if draw.randint(1, 100) <= 70 or not course:
        return course
    last = max(course)
    return {last: course[last]}


def _perhaps_band(draw: Random, heads: int) -> Any:
    return heads if draw.randint(1, 100) <= 85 else {"min": max(1, heads * 8 // 10), "max": heads * 12 // 10}


def _maybe(draw: Random, chance: int, facts: dict[str, Any], name: str, value: Any) -> None:
    if draw.randint(1, 100) <= chance and value != {}:
        facts[name] = value


def _round(value: int) -> int:
    return round(value, -4)
