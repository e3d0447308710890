"""A fact's value as people read it: names for codes, 万元 for yuan, per cent for ratios, words for classes.

Formats only; what is possible was decided by the API.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from policies.codes import CodeTree, UnknownCode
from policies.facts import Registry
from service.pages.words import Words

MOST = 6  # values that are named one by one
Fact = Mapping[str, Any]
_NO_FACT: Fact = {"type": "", "value_labels": {}, "unit": None}


def place_name(tree: CodeTree, code: str) -> str:
    """A code's name with those above it; the code itself when it is of no table."""
    try:
        names = [
            " ".join(tree.name(step) for step in tree.path(found)) for found in sorted(tree.resolve(code))
        ]
    except UnknownCode:
        return code
    return "、".join(names)


class Shower:
    """Shows values of a registry's facts in one language."""

    def __init__(self, registry: Registry, facts: Mapping[str, Fact], t: Words) -> None:
        self.registry, self.facts, self.t = registry, facts, t

    def __call__(self, value: Any, name: str | None) -> str:
        """The value of a fact; empty where nothing is known. `name` is None for a computed number."""
        if value is None:
            return ""
        fact = self.facts.get(name or "", _NO_FACT)
        if isinstance(value, dict):
            return self._members(value, name, fact)
        if isinstance(value, list):
            more = "…" if len(value) > MOST else ""
            return (
                self.t("list.or" if fact["type"] == "enum" else "list.and").join(
                    self(each, name) for each in value[:MOST]
                )
                + more
            )
        return self._scalar(value, fact)

    def _members(self, value: Mapping[str, Any], name: str | None, fact: Fact) -> str:
        if "value" in value:
            return self(value["value"], name)
        if set(value) <= {"min", "max"}:
            return self._band(value, fact)
        if "held" in value or "not_held" in value or "complete" in value:
            return self._held(value, name)
        if "code" in value:
            return self._scalar(value["code"], fact)
        latest = max(value, key=str)
        return self.t("value.year", value=self(value[latest], name), year=latest)

    def _band(self, value: Mapping[str, Any], fact: Fact) -> str:
        least, most = (value.get(end) for end in ("min", "max"))
        if least is None and most is None:
            return ""
        if most is None:
            return self.t("value.least", value=self._scalar(least, fact))
        if least is None:
            return self.t("value.most", value=self._scalar(most, fact))
        return f"{self._scalar(least, fact)} – {self._scalar(most, fact)}"

    def _held(self, value: Mapping[str, Any], name: str | None) -> str:
        held = self(value.get("held") or [], name)
        if held:
            return held
        if value.get("complete"):
            return self.t("value.none")
        return self.t("value.not_held", names=self(value.get("not_held") or [], name))

    def _scalar(self, value: Any, fact: Fact) -> str:
        if isinstance(value, bool):
            return self.t("yes" if value else "no")
        if isinstance(value, str):
            return self._word(value, fact)
        if fact["type"] == "money":
            return self.t.money(value)
        if fact["type"] == "ratio":
            return f"{(Decimal(str(value)) * 100).normalize():f}%"
        unit = self.t(f"unit.{fact['unit']}") if fact["unit"] else ""
        return f"{value}{unit}"

    def _word(self, value: str, fact: Fact) -> str:
        trees = {"region": self.registry.codes.regions, "industry": self.registry.codes.industries}
        if fact["type"] in trees:
            return place_name(trees[fact["type"]], value)
        if fact["type"] == "date":
            return self.t.day(value)
        labels = fact["value_labels"].get(value)
        return str(labels[self.t.language]) if labels else value

    def names(self, facts: Iterable[str]) -> str:
        """Facts by their labels, joined."""
        return self.t("list.and").join(self.label(name) for name in facts)

    def label(self, name: str) -> str:
        """What a fact is called."""
        fact = self.facts.get(name)
        return str(fact["label"][self.t.language]) if fact else name
