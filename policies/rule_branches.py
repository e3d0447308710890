"""Reads the forms that weigh or choose: for_years, points and tiers of a rule, tiers of an amount.

How a node inside them is read is handed in; groups and leaves are read elsewhere, nothing is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from policies.faults import pointer
from policies.graded import Graded
from policies.nodes import Attest, GroupKind, Node, Points, Tiers, Years, leaves_of, node_in_year
from policies.reading import BAD, Bad, Custom, Object, Reader, wrong_type
from policies.rule_numbers import POINTS, read_expression
from policies.rule_reading import TOLD, Reads, Sheet, pair_of
from policies.values import exactly

ReadsNode = Callable[[Sheet, object, str], Node | Bad]
QUANTIFIERS: tuple[GroupKind, ...] = ("every", "some")


def read_for_years(sheet: Sheet, value: dict[str, Any], at: str, node: ReadsNode) -> Node | Bad:
    """A node for every or some year of a range; inside it no year is written and no range stands."""
    written = [key for key in QUANTIFIERS if key in value]
    years = value.get("for_years")
    if sheet.each_year:
        return sheet.bad_rule(at, "for_years inside for_years", "for_years 里面不能再有 for_years")
    is_pair = not isinstance(years, list) or len(years) == 2
    if len(written) > 1:
        sheet.bad_rule(at, "either every or some", "every 与 some 只能有一个")
    elif not is_pair:
        sheet.bad_rule(at, "years are a first and a last one", "for_years 须为起止两个年度")
    inside = replace(sheet, each_year=True)
    readers: dict[str, Reads] = dict.fromkeys(written, lambda one, here: node(inside, one, here))
    readers["for_years"] = lambda one, here: pair_of(sheet.year)(one, here, sheet.faults) if is_pair else None
    read = sheet.members(value, at, readers)
    absent = [] if "for_years" in value else ["for_years"]
    if absent or not written:
        return sheet.missing(at, *absent, *([] if written else QUANTIFIERS[:1]))
    each: Node | Bad = read[written[0]]
    pair = read["for_years"]
    if isinstance(each, Bad) or pair is BAD or pair is None:
        return BAD
    children = tuple(node_in_year(each, year) for year in range(pair[0], pair[1] + 1))
    n = len(children) if written[0] == "every" else 1
    told = (sheet.path(at), read["text"], read["place"])
    return Years(written[0], n, children, *told, years=pair, each=each)


def read_points(sheet: Sheet, value: dict[str, Any], at: str, node: ReadsNode) -> Node | Bad:
    """Points for each condition that is met, and how many are needed."""
    operators = [key for key in value if key in ("gt", "gte", "lt", "lte")]
    if operators not in ([], ["gte"]):
        sheet.bad_rule(at, "points are compared by gte alone", "points 只能用 gte 比较")
    entries = _entries(sheet, {"when": _node(sheet, node), "points": POINTS})
    unread: dict[str, Reads] = dict.fromkeys(operators, lambda *_: None)
    gte: Reads = lambda one, here: POINTS.read(one, here, sheet.faults)  # noqa: E731
    _no_empty(sheet, value["points"], at)
    read = sheet.members(value, at, {**unread, "points": entries, "gte": gte})
    if not operators:
        return sheet.missing(at, "gte")
    if BAD in (read["points"], read.get("gte")):
        return BAD
    whens: tuple[Node, ...] = tuple(entry["when"] for entry in read["points"])
    points = tuple(exactly(entry["points"]) for entry in read["points"])
    told = (sheet.path(at), read["text"], read["place"])
    return Points(whens, points, exactly(read.get("gte") or 0), *told)


def read_tiers(sheet: Sheet, value: dict[str, Any], at: str, node: ReadsNode) -> Node | Bad:
    """What is asked for in each case, first case first."""
    _no_empty(sheet, value["tiers"], at)
    entries = _entries(sheet, {"when": _node(sheet, node), "then": _node(sheet, node)})
    read = sheet.members(value, at, {"tiers": entries})
    if isinstance(read["tiers"], Bad):
        return BAD
    children: tuple[Node, ...] = tuple(entry[key] for entry in read["tiers"] for key in ("when", "then"))
    return Tiers(children, sheet.path(at), read["text"], read["place"])


def read_grades(sheet: Sheet, value: dict[str, Any], at: str, node: ReadsNode) -> Graded | Bad:
    """What is given in each case, first case first; a case asks for facts alone."""
    if sheet.has_unknown_keys(value, at, ("tiers", *TOLD)):
        return BAD
    _no_empty(sheet, value["tiers"], at)
    number = Custom(lambda one, here, _: read_expression(sheet, one, here))
    read = sheet.members(value, at, {"tiers": _entries(sheet, {"when": _node(sheet, node), "then": number})})
    if isinstance(read["tiers"], Bad):
        return BAD
    whens: tuple[Node, ...] = tuple(entry["when"] for entry in read["tiers"])
    for leaf, _ in (one for when in whens for one in leaves_of(when)):
        if isinstance(leaf, Attest):
            sheet.bad_rule(sheet.root + leaf.path, "an amount asks for facts alone", "金额只能由事实决定")
    return Graded(whens, tuple(entry["then"] for entry in read["tiers"]))


def _no_empty(sheet: Sheet, entries: object, at: str) -> None:
    if entries == []:
        sheet.bad_rule(at, "an empty list", "列表不能为空")


def _node(sheet: Sheet, node: ReadsNode) -> Reader:
    return Custom(lambda one, here, _: node(sheet, one, here))


def _entries(sheet: Sheet, members: Mapping[str, Reader]) -> Reads:
    """Reads a list of objects that have all these members."""
    entry = Object(members, required=tuple(members))

    def reads(value: object, at: str) -> Any:
        if not isinstance(value, list):
            sheet.faults.append(wrong_type(at, "a list of objects", "对象的列表"))
            return BAD
        found = [entry.read(one, pointer(at, i), sheet.faults) for i, one in enumerate(value)]
        return BAD if BAD in found else found

    return reads
