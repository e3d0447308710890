"""How far a condition that is not met is from its bound, as people read it.

The distance is the API's own; only words are chosen here.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from service.pages.shown_values import Shower

_SIDES = {
    **dict.fromkeys(("gt", "gte"), "short"),
    **dict.fromkeys(("lt", "lte"), "over"),
    **dict.fromkeys(("before", "on_or_before"), "late"),
    **dict.fromkeys(("after", "on_or_after"), "early"),
    "at_least_ago": "time",
}
"""Operator to what is wrong with a value that misses it; `between` and `within_last` have two sides."""


def gap(c: Mapping[str, Any], node: Any, show: Shower) -> str:
    """How far a condition that is not met is from its bound; empty where the API tells no distance."""
    if c["distance"] is None or c["verdict"] != "not_met" or not isinstance(node, Mapping):
        return ""
    if c["distance"] == 0:
        return show.t("gap.edge")
    name = node.get("field")
    fact = show.facts.get(name, {}) if isinstance(name, str) else {}
    side = _side(c["value"], node)
    if side == "short" and fact.get("unit") == "months":
        side = "time"
    return "" if side is None else show.t(f"gap.{side}", far=_far(c["distance"], name, fact, show))


def _side(value: Any, node: Mapping[str, Any]) -> str | None:
    for operator, side in _SIDES.items():
        if operator in node:
            return side
    low, high = (value.get("min"), value.get("max")) if isinstance(value, Mapping) else (value, value)
    if "between" in node:
        first = node["between"][0]
        known = isinstance(first, int | Decimal) and isinstance(high, int | Decimal)
        return ("short" if high < first else "over") if known else None
    return "old" if "within_last" in node and low is not None else None


def _far(distance: Any, name: Any, fact: Mapping[str, Any], show: Shower) -> str:
    if fact.get("type") == "date":
        return show.t("gap.days", n=distance)
    if fact.get("type") == "ratio":
        return show.t("gap.points", n=f"{(Decimal(str(distance)) * 100).normalize():f}")
    return show(distance, name if fact else None)
