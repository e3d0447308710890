"""Reads a leaf: one fact or number, one operator that fits its type, and what it is compared with.

Codes and words are checked against the registry's own lists. Groups are read in rules.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

from policies.codes import CodeTree, UnknownCode
from policies.expressions import Constant, Expr
from policies.facts import NUMBERS, Fact
from policies.faults import Fault, pointer
from policies.id_forms import ZONE
from policies.nodes import Ago, Area, Leaf, Operand
from policies.operators import OPERATORS, OperandKind
from policies.reading import BAD, Bad, Day, Flag, Number, Object, Pattern, Reader, Word, wrong_type
from policies.rule_numbers import fact_at, read_bound, read_expression
from policies.rule_reading import Sheet

LEAF_KEYS = ("field", "value", "year", *OPERATORS)
_ZONE = Pattern(ZONE)
AGO = Object(
    {
        "days": Number(1, 100_000, places=0),
        "months": Number(1, 10_000, places=0),
        "years": Number(1, 1_000, places=0),
    },
    one_of=(("months", "years", "days"),),
)
_TREES = {"region": "unknown_region", "industry": "unknown_industry"}


def read_leaf(sheet: Sheet, node: dict[str, Any], at: str) -> Leaf | Bad:
    """The leaf, or BAD after at least one fault."""
    fact = sheet.known_fact(node.get("field"))
    operators = [key for key in node if key in OPERATORS]
    wrong = _what_is_wrong(node, fact, operators, sheet.each_year)
    if wrong:
        sheet.bad_rule(at, *wrong)
    readers: dict[str, Callable[[object, str], Any]] = dict.fromkeys(operators, lambda *_: BAD)
    if not wrong and (fact is not None or "value" in node):
        readers[operators[0]] = lambda value, here: _operand(sheet, operators[0], fact, value, here)
    readers["field"], readers["year"] = sheet.fact, sheet.year
    readers["value"] = lambda value, here: read_expression(sheet, value, here)
    before = len(sheet.faults)
    read = sheet.members(node, at, readers)
    if "field" not in node and "value" not in node:
        sheet.missing(at, "field")
    if wrong or len(sheet.faults) > before:
        return BAD
    subject = read["value"] if fact is None else fact_at(sheet, fact, read.get("year"))
    told = (sheet.path(at), read["text"], read["place"])
    return Leaf(subject, operators[0], read[operators[0]], *told)


def _what_is_wrong(
    node: Mapping[str, Any], fact: Fact | None, operators: list[str], each_year: bool
) -> tuple[str, str] | None:
    """Why the node is malformed as a whole, if it is."""
    types = {fact.type} if fact is not None else NUMBERS if "value" in node else set()
    if "field" in node and "value" in node:
        return "either field or value", "field 与 value 只能有一个"
    if len(operators) != 1:
        return "one operator for each leaf", "每个条件须恰好有一个比较方式"
    operator, operand = OPERATORS[operators[0]], node[operators[0]]
    if types and not types & set(operator.types):
        kind = fact.type if fact is not None else "number"
        return f"{operators[0]} does not fit {kind}", f"{operators[0]} 不适用于 {kind}"
    no_years = each_year or "value" in node or (fact is not None and not fact.by_year)
    if no_years and node.get("year") is not None:
        return "no year belongs here", "这里不能写 year"
    if operand == []:
        return "an empty list", "列表不能为空"
    if operator.operand == "bounds" and isinstance(operand, list) and len(operand) != 2:
        return "between takes two bounds", "between 须有两端"
    return None


def _operand(sheet: Sheet, operator: str, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    return _OPERANDS[OPERATORS[operator].operand](sheet, fact, value, at)


def _area(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    kind = "region" if fact is None else fact.type
    tree: CodeTree = sheet.registry.codes.industries if kind == "industry" else sheet.registry.codes.regions

    def code(item: object, here: str) -> Any:
        if not isinstance(item, str):
            sheet.faults.append(wrong_type(here, "a code in quotes", "带引号的代码"))
            return BAD
        try:
            return tree.resolve_in_rule(item)
        except UnknownCode:
            sheet.faults.append(Fault(here, _TREES[kind], {"got": item[:80]}))
            return BAD

    found = _list(sheet, code, value, at)
    if isinstance(found, Bad):
        return BAD
    codes = tuple(sorted(frozenset().union(*found)))
    return Area(codes, tree.leaves(codes))


def word_of(fact: Fact | None) -> Reader:
    """Which values a fact of words or of yes and no may be compared with."""
    return Word(fact.values or ()) if fact is not None and fact.type == "enum" else Flag()


def _value(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    found = word_of(fact).read(value, at, sheet.faults)
    return BAD if isinstance(found, Bad) else frozenset((found,))


def _values(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    word = word_of(fact)
    found = _list(sheet, lambda item, here: word.read(item, here, sheet.faults), value, at)
    return BAD if isinstance(found, Bad) else frozenset(found)


def _bound(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    found = read_bound(sheet, fact, value, at)
    return BAD if isinstance(found, Bad) else (found,)


def _bounds(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    found = _list(sheet, lambda item, here: read_bound(sheet, fact, item, here), value, at)
    if isinstance(found, Bad):
        return BAD
    first, last = found
    if isinstance(first, Constant) and isinstance(last, Constant) and last.value < first.value:
        sheet.faults.append(Fault(at, "bad_range"))
        return BAD
    bounds: tuple[Expr, ...] = (first, last)
    return bounds


def _day(sheet: Sheet, _: Fact | None, value: object, at: str) -> Any:
    return Day().read(value, at, sheet.faults)


def _ago(sheet: Sheet, _: Fact | None, value: object, at: str) -> Operand | Bad:
    found = AGO.read(value, at, sheet.faults)
    if isinstance(found, Bad):
        return BAD
    ((unit, n),) = ((unit, n) for unit, n in found.items() if n is not None)
    return Ago(unit, n)


def code_of(fact: Fact | None) -> Reader:
    """Which codes a set may be asked for."""
    return Word(fact.values or ()) if fact is not None and fact.type == "set" else _ZONE


def _codes(sheet: Sheet, fact: Fact | None, value: object, at: str) -> Operand | Bad:
    item = code_of(fact)
    found = _list(sheet, lambda one, here: item.read(one, here, sheet.faults), value, at)
    return BAD if isinstance(found, Bad) else tuple(sorted(set(found)))


def _list(sheet: Sheet, item: Callable[[object, str], Any], value: object, at: str) -> list[Any] | Bad:
    if not isinstance(value, list):
        sheet.faults.append(wrong_type(at, "a list", "列表"))
        return BAD
    found = [item(one, pointer(at, i)) for i, one in enumerate(value)]
    return BAD if any(one is BAD for one in found) else found


_OPERANDS: Mapping[OperandKind, Callable[[Sheet, Fact | None, object, str], Operand | Bad]] = {
    "area": _area,
    "value": _value,
    "values": _values,
    "bound": _bound,
    "bounds": _bounds,
    "day": _day,
    "ago": _ago,
    "codes": _codes,
}
