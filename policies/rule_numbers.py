"""Reads the numbers of a rule: bounds within the limits of their fact, and EXPR, numbers made of facts.

Keeps every number exact; nothing here evaluates.
"""

from collections.abc import Callable, Mapping
from typing import Any

from policies.expressions import (
    ARITHMETIC,
    OVER_YEARS,
    PAIRS,
    Constant,
    Expr,
    FactAt,
    Formula,
    Growth,
    Total,
)
from policies.facts import NUMBERS, Fact
from policies.faults import Fault, pointer
from policies.reading import BAD, Bad, Custom, Number, Object, Reader, is_number, wrong_type
from policies.rule_reading import TOLD, Sheet, pair_of
from policies.values import MOST_COUNT, MOST_MONEY, exactly

Reads = Callable[[Sheet, dict[str, Any], str], Expr | Bad]
MOST_PLACES = 20
POINTS = CONSTANT = Number(-MOST_MONEY, MOST_MONEY, places=MOST_PLACES)
FORM_OF: Mapping[str, str] = {
    **{form: form for form in (*ARITHMETIC, *OVER_YEARS, "growth")},
    "field": "fact",
    "year": "fact",
}


def read_bound(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Expr | Bad:
    """A number to compare with, within the limits of `fact` if one is given, or an EXPR."""
    if isinstance(value, dict):
        return read_expression(sheet, value, at)
    number = (CONSTANT if fact is None else limits_of(fact)).read(value, at, sheet.faults)
    return BAD if number is BAD else Constant(exactly(number))


def read_expression(sheet: Sheet, value: object, at: str) -> Expr | Bad:
    """An EXPR: a number, a fact, or a form over EXPRs."""
    if is_number(value):
        return read_bound(sheet, None, value, at)
    if not isinstance(value, dict):
        sheet.faults.append(wrong_type(at, "a number or an expression", "数字或算式"))
        return BAD
    if sheet.has_unknown_keys(value, at, (*FORM_OF, *TOLD)):
        return BAD
    forms = {FORM_OF[key] for key in value if key in FORM_OF}
    if len(forms) != 1:
        return sheet.bad_rule(at, "one form for each expression", "每个算式须恰好是一种写法")
    form = forms.pop()
    before = len(sheet.faults)
    found = _FORMS[form](sheet, value, at) if form in _FORMS else _formula(sheet, value, at, form)
    return found if len(sheet.faults) == before else BAD


def limits_of(fact: Fact) -> Number:
    """Which numbers a fact may be compared with."""
    signed = fact.signed or fact.derived
    if fact.type == "money":
        return Number(-MOST_MONEY if signed else 0, MOST_MONEY, places=2)
    if fact.type == "count":
        return Number(-MOST_COUNT if signed else 0, MOST_COUNT, places=0)
    return CONSTANT if fact.derived else Number(0, 1, places=MOST_PLACES)


def fact_at(sheet: Sheet, fact: Fact, year: int | None) -> FactAt:
    """The fact in its year: as written, else each of for_years, else the last full one."""
    if not fact.by_year or sheet.each_year:
        return FactAt(fact.name, None, fact.by_year)
    return FactAt(fact.name, -1 if year is None else year)


def _fact(sheet: Sheet, value: dict[str, Any], at: str) -> Expr | Bad:
    fact = sheet.known_fact(value.get("field"))
    if fact is not None and fact.type not in NUMBERS:
        sheet.bad_rule(at, f"{fact.name} is no number", f"“{fact.name}”不是数字")
    elif fact is not None and value.get("year") is not None and not (fact.by_year and not sheet.each_year):
        sheet.bad_rule(at, f"no year belongs to {fact.name} here", f"“{fact.name}”在这里不能写年度")
    read = sheet.members(value, at, {"field": sheet.fact, "year": sheet.year})
    if "field" not in value:
        return sheet.missing(at, "field")
    return BAD if fact is None else fact_at(sheet, fact, read.get("year"))


def _total(form: str) -> Reads:
    """Reads one of OVER_YEARS."""

    def reads(sheet: Sheet, value: dict[str, Any], at: str) -> Expr | Bad:
        written = value[form] if isinstance(value[form], dict) else {}
        years = written.get("years")
        is_pair = not isinstance(years, list) or len(years) == 2
        if _is_by_year(sheet, written, at) and not is_pair:
            sheet.bad_rule(at, "years are a first and a last one", "years 须为起止两个年度")
        pair = pair_of(sheet.year) if is_pair else _unread
        members = Object({"field": _named(sheet), "years": Custom(pair)}, required=("field", "years"))
        read = sheet.members(value, at, {form: lambda one, here: members.read(one, here, sheet.faults)})[form]
        if read is BAD or read["years"] is None:
            return BAD
        first, last = read["years"]
        return Total(read["field"].name, first, last, form)

    return reads


def _growth(sheet: Sheet, value: dict[str, Any], at: str) -> Expr | Bad:
    written = value["growth"]
    _is_by_year(sheet, written if isinstance(written, dict) else {}, at)
    year = Custom(lambda one, here, _: sheet.year(one, here))
    members = Object(
        {"field": _named(sheet), "from": year, "to": year},
        required=("field", "from", "to"),
        finally_=_not_turned_round,
    )
    read = sheet.members(value, at, {"growth": lambda one, here: members.read(one, here, sheet.faults)})
    grown = read["growth"]
    return BAD if grown is BAD else Growth(grown["field"].name, grown["from"], grown["to"])


def _is_by_year(sheet: Sheet, written: Mapping[str, Any], at: str) -> bool:
    """Whether what is named, if it is a fact, is a number by year; noted at the EXPR where it is not."""
    fact = sheet.known_fact(written.get("field"))
    if fact is not None and (fact.type not in NUMBERS or not fact.by_year):
        sheet.bad_rule(at, f"{fact.name} is no number by year", f"“{fact.name}”不是分年度的数字")
        return False
    return True


def _named(sheet: Sheet) -> Reader:
    return Custom(lambda name, here, _: sheet.fact(name, here))


def _not_turned_round(growth: dict[str, Any], at: str, faults: list[Fault]) -> None:
    if None not in (growth["from"], growth["to"]) and growth["to"] < growth["from"]:
        faults.append(Fault(pointer(at, "to"), "bad_range"))


def _unread(*_: object) -> None:
    """Leaves a member alone whose fault is told at its node."""


def _formula(sheet: Sheet, value: dict[str, Any], at: str, form: str) -> Expr | Bad:
    parts = value[form]
    if parts == []:
        sheet.bad_rule(at, "an empty list", "列表不能为空")
    elif form in PAIRS and isinstance(parts, list) and len(parts) != 2:
        sheet.bad_rule(at, f"{form} takes two expressions", f"{form} 须有两个算式")
    read = sheet.members(value, at, {form: lambda one, here: _parts(sheet, one, here)})[form]
    return BAD if read is BAD else Formula(form, read)


def _parts(sheet: Sheet, value: object, at: str) -> tuple[Expr, ...] | Bad:
    if not isinstance(value, list):
        sheet.faults.append(wrong_type(at, "a list of expressions", "算式的列表"))
        return BAD
    read = [read_expression(sheet, part, pointer(at, i)) for i, part in enumerate(value)]
    parts = tuple(part for part in read if not isinstance(part, Bad))
    return parts if len(parts) == len(read) else BAD


_FORMS: Mapping[str, Reads] = {
    "fact": _fact,
    "growth": _growth,
    **{form: _total(form) for form in OVER_YEARS},
}
