"""Reads a rule as an officer writes it: every fault with its pointer.

Checks size first and without recursion, so deep input is refused, not followed. Judges nothing.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from policies.expressions import Expr, width_of
from policies.facts import Registry
from policies.faults import Fault, pointer
from policies.graded import Amount, Graded, numbers_in
from policies.id_forms import ATTEST_KEY
from policies.nodes import Attest, Group, Node, Rule, facts_of, placed
from policies.reading import BAD, Bad, Custom, Pattern, Reader, decimals, wrong_type
from policies.rule_branches import read_for_years, read_grades, read_points, read_tiers
from policies.rule_leaves import LEAF_KEYS, read_leaf
from policies.rule_numbers import read_expression
from policies.rule_reading import TOLD, Sheet

__all__ = ["FormulaRead", "Rule", "facts_of", "formula_reader", "read_rule", "rule_reader"]

MOST_NODES, MOST_DEPTH, MOST_DIGITS = 2_000, 32, 4_000
_TOLD_ELSEWHERE = {"type": "object", "description": "One node of a rule, as GET /v1/rule-schema describes it"}
FORM_OF: Mapping[str, str] = {
    **{key: key for key in ("all", "any", "not", "attest", "points", "tiers")},
    **dict.fromkeys(("at_least", "of"), "at_least"),
    **dict.fromkeys(("for_years", "every", "some"), "for_years"),
    **dict.fromkeys(LEAF_KEYS, "leaf"),
}
_POINTS_KEYS = {"points", "gt", "gte", "lt", "lte"}


def read_rule(value: object, registry: Registry, at: str, faults: list[Fault]) -> Rule | Bad:
    """The rule, or BAD after at least one fault; pointers begin with `at`."""
    if _is_too_large(value):
        faults.append(Fault(at, "rule_too_large"))
        return BAD
    before = len(faults)
    root = _node(Sheet(registry, at, faults), value, at)
    if isinstance(root, Bad) or len(faults) > before:
        return BAD
    if _are_endless(numbers_in(root)):
        faults.append(Fault(at, "rule_too_large"))
        return BAD
    return Rule(placed(root), _clean(value))


@dataclass(frozen=True)
class FormulaRead:
    """An EXPR on its own, or one for each case, and the JSON that it was written as."""

    number: Amount
    written: object


def formula_reader(registry: Registry) -> Reader:
    """A reader of an EXPR, or of cases that each give one, within the limits of a rule: a FormulaRead."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        if _is_too_large(value):
            faults.append(Fault(at, "rule_too_large"))
            return BAD
        before = len(faults)
        number = _amount(Sheet(registry, at, faults), value, at)
        if isinstance(number, Bad) or len(faults) > before:
            return BAD
        if _are_endless(_numbers_of(number)):
            faults.append(Fault(at, "rule_too_large"))
            return BAD
        return FormulaRead(number, _clean(value))

    return Custom(reads, {"type": ["object", "number"]})


def rule_reader(registry: Registry) -> Reader:
    """A reader whose result is a Rule."""
    return Custom(lambda value, at, faults: read_rule(value, registry, at, faults), _TOLD_ELSEWHERE)


def _amount(sheet: Sheet, value: object, at: str) -> Amount | Bad:
    if isinstance(value, dict) and "tiers" in value:
        return read_grades(sheet, value, at, _node)
    return read_expression(sheet, value, at)


def _numbers_of(amount: Amount) -> Iterator[Expr]:
    if not isinstance(amount, Graded):
        yield amount
        return
    yield from amount.thens
    for when in amount.whens:
        yield from numbers_in(when)


def _node(sheet: Sheet, value: object, at: str) -> Node | Bad:
    if not isinstance(value, dict):
        sheet.faults.append(wrong_type(at, "a rule node (an object)", "规则节点（对象）"))
        return BAD
    if sheet.has_unknown_keys(value, at, (*FORM_OF, *TOLD)):
        return BAD
    forms = {FORM_OF[key] for key in value if key in FORM_OF}
    if "points" in forms and set(value) <= {*_POINTS_KEYS, *TOLD}:
        forms.discard("leaf")
    if len(forms) != 1:
        return sheet.bad_rule(at, "one form for each node", "每个节点须恰好是一种写法")
    form = forms.pop()
    before = len(sheet.faults)
    node = _BRANCHES[form](sheet, value, at, _node) if form in _BRANCHES else _FORMS[form](sheet, value, at)
    return node if len(sheet.faults) == before else BAD


def _all(sheet: Sheet, value: dict[str, Any], at: str) -> Node | Bad:
    read = sheet.members(value, at, {"all": _children(sheet)})
    children = read["all"]
    told = (sheet.path(at), read["text"], read["place"])
    return BAD if children is BAD else Group("all", len(children), children, *told)


def _any(sheet: Sheet, value: dict[str, Any], at: str) -> Node | Bad:
    if value["any"] == []:
        sheet.bad_rule(at, "an empty list", "列表不能为空")
    read = sheet.members(value, at, {"any": _children(sheet)})
    told = (sheet.path(at), read["text"], read["place"])
    return BAD if read["any"] is BAD else Group("any", 1, read["any"], *told)


def _at_least(sheet: Sheet, value: dict[str, Any], at: str) -> Node | Bad:
    of = value.get("of")
    n = _whole_number(value.get("at_least"))
    if of == []:
        sheet.bad_rule(at, "an empty list", "列表不能为空")
    elif isinstance(of, list) and n is not None and not 1 <= n <= len(of):
        sheet.bad_rule(at, f"at_least must be 1 … {len(of)}", f"at_least 须在 1 至 {len(of)} 之间")
    read = sheet.members(value, at, {"at_least": _whole(sheet), "of": _children(sheet)})
    absent = [name for name in ("at_least", "of") if name not in value]
    if absent:
        return sheet.missing(at, *absent)
    told = (sheet.path(at), read["text"], read["place"])
    bad = BAD in (read["at_least"], read["of"])
    return BAD if bad else Group("at_least", read["at_least"], read["of"], *told)


def _not(sheet: Sheet, value: dict[str, Any], at: str) -> Node | Bad:
    read = sheet.members(value, at, {"not": lambda child, here: _node(sheet, child, here)})
    told = (sheet.path(at), read["text"], read["place"])
    return BAD if read["not"] is BAD else Group("not", 1, (read["not"],), *told)


def _attest(sheet: Sheet, value: dict[str, Any], at: str) -> Node | Bad:
    key = Pattern(ATTEST_KEY)
    read = sheet.members(value, at, {"attest": lambda name, here: key.read(name, here, sheet.faults)})
    if value.get("text") is None:
        return sheet.missing(at, "text")
    return Attest(read["attest"], read["text"], sheet.path(at), read["place"])


def _children(sheet: Sheet) -> Callable[[object, str], Any]:
    def reads(value: object, at: str) -> Any:
        if not isinstance(value, list):
            sheet.faults.append(wrong_type(at, "a list of rule nodes", "规则节点的列表"))
            return BAD
        children = tuple(_node(sheet, child, pointer(at, i)) for i, child in enumerate(value))
        return BAD if BAD in children else children

    return reads


def _whole(sheet: Sheet) -> Callable[[object, str], Any]:
    def reads(value: object, at: str) -> Any:
        n = _whole_number(value)
        if n is None:
            sheet.faults.append(wrong_type(at, "a whole number", "整数"))
            return BAD
        return n

    return reads


def _whole_number(value: object) -> int | None:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return None
    if isinstance(value, Decimal) and decimals(value):
        return None
    return int(value) if -MOST_NODES <= value <= MOST_NODES else MOST_NODES + 1


_FORMS: Mapping[str, Callable[[Sheet, dict[str, Any], str], Node | Bad]] = {
    "all": _all,
    "any": _any,
    "at_least": _at_least,
    "not": _not,
    "attest": _attest,
    "leaf": read_leaf,
}
_BRANCHES = {"for_years": read_for_years, "points": read_points, "tiers": read_tiers}

_LISTS = ("all", "any", "of", "add", "mul", "min", "max", "sub", "div")
_SINGLES = ("not", "every", "some", "value")
_BOUNDS = ("gt", "gte", "lt", "lte")
_PAIRED: Mapping[str, tuple[str, ...]] = {"points": ("when",), "tiers": ("when", "then")}


def _is_too_large(rule: object) -> bool:
    """Whether there are too many nodes or levels: groups, leaves, attestations and EXPRs count."""
    waiting, nodes = [(rule, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES or depth > MOST_DEPTH:
            return True
        if isinstance(node, dict):
            waiting.extend((below, depth + 1) for below in _below(node))
    return False


def _are_endless(numbers: Iterable[Expr]) -> bool:
    """Whether exact arithmetic over the numbers would take more than a moment."""
    return any(width_of(number).digits > MOST_DIGITS for number in numbers)


def _below(node: Mapping[str, Any]) -> Iterator[object]:
    for key, value in node.items():
        items = value if isinstance(value, list) else []
        if key in _SINGLES:
            yield value
        elif key in _LISTS:
            yield from items
        elif key in _BOUNDS and isinstance(value, dict):
            yield value
        elif key == "between":
            yield from (item for item in items if isinstance(item, dict))
        elif key in _PAIRED:
            dicts = [item for item in items if isinstance(item, dict)]
            yield from (item[name] for item in dicts for name in _PAIRED[key] if name in item)


def _clean(written: Any) -> Any:
    """The rule as written, its texts made NFC with plain line ends as all text is."""
    if isinstance(written, str):
        return unicodedata.normalize("NFC", written.replace("\r\n", "\n"))
    if isinstance(written, list):
        return [_clean(item) for item in written]
    if isinstance(written, dict):
        return {key: _clean(value) for key, value in written.items()}
    return written
