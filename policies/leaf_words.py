"""Leaves and the numbers in them in words: labels, years, amounts in 万元 and 亿元, names of codes.

Every form of words comes from tables/wording.yaml; nothing here knows groups.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from opencc import OpenCC

from policies.codes import CodeTree
from policies.expressions import Constant, Expr, FactAt, Formula, Growth, Total
from policies.facts import NUMBERS, Fact, Registry
from policies.nodes import Ago, Area, Leaf
from policies.operators import OPERATORS, OperandKind
from policies.values import Exact, shown_number
from policies.yaml_reading import read_yaml

PLAIN = "plain"  # a number without unit
_TABLE = Path(__file__).parent / "tables" / "wording.yaml"
_MONEY_STEPS = (100_000_000, 10_000)
# Shapes that the converter prefers and that hardly anybody writes, and the usual ones.
_USUAL = str.maketrans("覈爲裏羣衆啓喫牀麪峯祕僞", "核為裡群眾啟吃床麵峰秘偽")
_SIGNS = ("add", "sub", "mul", "div")


@cache
def table() -> Mapping[str, Any]:
    """The table of words."""
    return cast(Mapping[str, Any], read_yaml(_TABLE.read_bytes()).value)


@lru_cache(4_096)
def traditional(text: str) -> str:
    """Simplified characters as Traditional ones in their usual shapes; everything else stays."""
    return str(_converter().convert(text)).translate(_USUAL)


@cache
def _converter() -> Any:
    return OpenCC("s2t")


class LeafWords:
    """Puts leaves of one registry into words of one language."""

    def __init__(self, registry: Registry, lang: str) -> None:
        self.registry, self.lang = registry, lang
        self.han = lang != "en"

    def leaf(self, leaf: Leaf) -> str:
        """A leaf in a sentence."""
        kind = self.kind(leaf.subject)
        form = table()["leaves"][leaf.operator]["number" if kind in (*NUMBERS, PLAIN) else kind][self.lang]
        told = str(form.format(fact=self.expression(leaf.subject), **self._compared(leaf, kind)))
        return told[:1].upper() + told[1:]

    def form(self, *names: str, **parts: object) -> str:
        """A form of words of the table, filled in."""
        entry: Any = table()
        for name in names:
            entry = entry[name]
        return str(entry[self.lang]).format(**parts)

    def kind(self, subject: Expr) -> str:
        """The type of a fact, or the kind of number that an EXPR gives: money, count, ratio or plain."""
        if isinstance(subject, FactAt | Total):
            return self.registry.facts[subject.fact].type
        if isinstance(subject, Constant):
            return PLAIN
        if isinstance(subject, Growth):
            return "ratio"
        kinds = [self.kind(part) for part in subject.parts]
        if subject.form == "div":
            alike = kinds[0] == kinds[1] != PLAIN
            return "ratio" if alike else kinds[0] if kinds[1] == PLAIN else PLAIN
        units = {kind for kind in kinds if kind not in (PLAIN, "ratio")}
        if subject.form == "mul" and sum(kind in units for kind in kinds) > 1:
            return PLAIN
        return units.pop() if len(units) == 1 else "ratio" if not units and "ratio" in kinds else PLAIN

    def expression(self, number: Expr, *, inside: bool = False, kind: str = PLAIN) -> str:
        """A fact with its year, or a formula; brackets where one formula stands in another."""
        if isinstance(number, Constant):
            return self.number(number.value, kind)
        if isinstance(number, FactAt):
            return self._labelled(number, inside)
        if isinstance(number, Total):
            years = self.years(number.first, number.last)
            return self.form("expressions", number.form, years=years, label=self._label(number.fact, True))
        if isinstance(number, Growth):
            first, last = self._year(number.first), self._year(number.last)
            return self.form(
                "expressions", "growth", label=self._label(number.fact, True), first=first, last=last
            )
        return self._formula(number, inside)

    def number(self, value: Exact, kind: str, unit: str | None = None) -> str:
        """A number with its unit: money in 万元 or 亿元 where that is exact, ratios in per cent."""
        if kind == "ratio":
            return f"{_digits(value * 100)}%"
        if kind == "money":
            yuan, steps = Fraction(value), _MONEY_STEPS if self.han else ()
            step = next((s for s in steps if abs(yuan) >= s and 100 * yuan % s == 0), 1)
            return self.form("money", str(step), n=_digits(yuan / step))
        return f"{_digits(value)}{self._unit(unit, one=value == 1)}"

    def _unit(self, unit: str | None, *, one: bool) -> str:
        if unit is None or (one and not self.han):
            return ""
        word = self.registry.units[unit][self.lang]
        return word if self.han else f" {word}"

    def _label(self, fact: str, inside: bool) -> str:
        label = self.registry.facts[fact].label[self.lang]
        is_word = label[1:2].islower() or label[1:2] == " "
        return label[:1].lower() + label[1:] if inside and is_word else label

    def _labelled(self, at: FactAt, inside: bool) -> str:
        label = self._label(at.fact, inside)
        if at.year is None:
            return self.form("expressions", "plain", label=label)
        return self.form("expressions", "in_year", label=label, year=self._year(at.year))

    def _year(self, year: int) -> str:
        return self.form("years", str(year) if year >= -2 else "earlier", n=-year)

    def years(self, first: int, last: int) -> str:
        """A range of years."""
        if first == last:
            return self._year(first)
        if last == -1:
            return self.form("expressions", "last_years", n=last - first + 1)
        return self.form("expressions", "from_to", first=self._year(first), last=self._year(last))

    def _formula(self, formula: Formula, inside: bool) -> str:
        kind = self.kind(formula) if formula.form in ("add", "sub", "min", "max") else PLAIN
        is_product = formula.form == "mul"
        parts = [
            self.expression(part, inside=True, kind="ratio" if is_product and _is_share(part) else kind)
            for part in formula.parts
        ]
        if formula.form in _SIGNS:
            told = self.form("expressions", formula.form).join(parts)
        else:
            told = self.form("expressions", formula.form, parts=self.joined(parts, "and"))
        return self.form("expressions", "brackets", inside=told) if inside else told

    def joined(self, parts: Iterable[str], last: str) -> str:
        """Words in a row, `last` (or, and) before the last of them."""
        *firsts, end = parts
        comma = self.form("joints", "comma")
        return self.form("joints", last).join([comma.join(firsts), end]) if firsts else end

    def _compared(self, leaf: Leaf, kind: str) -> dict[str, str]:
        fact = self.registry.facts[leaf.subject.fact] if isinstance(leaf.subject, FactAt) else None
        operand: Any = leaf.operand
        return _COMPARED[OPERATORS[leaf.operator].operand](self, operand, kind, fact)

    def _area(self, area: Area, kind: str, _: Fact | None) -> dict[str, str]:
        codes = self.registry.codes
        tree = codes.industries if kind == "industry" else codes.regions
        names = [self._place(tree, code, kind == "industry") for code in area.codes]
        return {"list": self.joined(names, "or")}

    def _place(self, tree: CodeTree, code: str, with_code: bool) -> str:
        name = tree.name(code) if with_code else "".join(tree.name(step) for step in tree.path(code))
        if self.lang == "zh-Hant":
            name = traditional(name)
        return self.form("expressions", "coded", name=name, code=code) if with_code or not self.han else name

    def _values(self, values: frozenset[str | bool], kind: str, fact: Fact | None) -> dict[str, str]:
        if kind == "flag" or fact is None:
            words = [self.form("flags", str(value).lower()) for value in sorted(values)]
        else:
            words = [fact.value_labels[value][self.lang] for value in fact.values or () if value in values]
        return {"list": self.joined(words, "or")}

    def _bounds(self, bounds: tuple[Expr, ...], kind: str, fact: Fact | None) -> dict[str, str]:
        unit = fact.unit if fact is not None else None
        told = [
            self.number(bound.value, kind, unit)
            if isinstance(bound, Constant)
            else self.expression(bound, inside=True)
            for bound in bounds
        ]
        return {"first": told[0], "last": told[-1]}

    def _day(self, day: date, _kind: str, _fact: Fact | None) -> dict[str, str]:
        return {"day": self.form("day", year=day.year, month=day.month, day=day.day)}

    def _ago(self, ago: Ago, _kind: str, _fact: Fact | None) -> dict[str, str]:
        return {"ago": self.form("ago_one" if ago.n == 1 else "ago", ago.unit, n=ago.n)}

    def _codes(self, codes: tuple[str, ...], _kind: str, fact: Fact | None) -> dict[str, str]:
        labels = {} if fact is None else fact.value_labels
        words = [labels[code][self.lang] if code in labels else code for code in codes]
        return {"list": self.joined(words, "or"), "every": self.joined(words, "and")}


def _is_share(number: Expr) -> bool:
    return isinstance(number, Constant) and 0 < number.value < 1


def _digits(value: Exact) -> str:
    shown = shown_number(value)
    return f"{shown:,}" if isinstance(shown, int) else f"{shown:,f}"


_COMPARED: Mapping[OperandKind, Callable[[LeafWords, Any, str, Fact | None], dict[str, str]]] = {
    "area": LeafWords._area,
    "value": LeafWords._values,
    "values": LeafWords._values,
    "bound": LeafWords._bounds,
    "bounds": LeafWords._bounds,
    "day": LeafWords._day,
    "ago": LeafWords._ago,
    "codes": LeafWords._codes,
}
