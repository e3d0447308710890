"""Lays written rules and profiles out as rows for the SQL of the oracle, each number and node with its level.

Compares nothing, counts no day back and judges nothing; of policies it reads only which facts there are.
"""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from policies.facts import china

WORDS, NUMBERS, PLACES = ("enum", "flag"), ("money", "count", "ratio"), ("region", "industry")
COMPARISONS = ("gt", "gte", "lt", "lte", "between")
PAIRWISE = {"add": "add", "mul": "mul", "min": "min", "max": "max", "sub": "sub", "div": "div"}
FACTS = china().facts


class Rows:
    """Rows by table, for any number of pairs of a rule and a profile."""

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.levels: dict[int, int] = {}
        self.leaves: dict[tuple[int, str], int] = {}
        self.roots: list[int] = []
        self._as_of = date.min
        self._pair = 0
        self._favourable = True

    def add(self, written: Any, facts: dict[str, Any], answers: dict[str, bool], as_of: date) -> None:
        """One more pair."""
        self._pair, self._as_of = len(self.roots), as_of
        self._row("pairs", self._pair, as_of)
        for name, value in facts.items():
            self._fact(name, value)
        for key, answer in answers.items():
            self._row("given_answers", self._pair, key, answer)
        self._favourable = True
        self.roots.append(self._node(written, "", None))

    def _row(self, table: str, *values: Any) -> None:
        self.tables[table].append(values)

    def _new(self, level: int) -> int:
        self.levels[number := len(self.levels)] = level
        return number

    # profiles

    def _fact(self, name: str, value: Any) -> None:
        fact, seen_on = FACTS[name], self._as_of
        if isinstance(value, dict) and "value" in value:
            seen_on = date.fromisoformat(value["as_of"]) if "as_of" in value else seen_on
            value = value["value"]
        if fact.type in WORDS or fact.type in PLACES:
            self._row("given_words", self._pair, name, str(value).lower() if fact.type == "flag" else value)
        elif fact.type in ("set", "zones"):
            self._set(name, value)
        elif fact.type == "date":
            lo, hi = _ends(value)
            self._row(
                "given_days", self._pair, name, lo and date.fromisoformat(lo), hi and date.fromisoformat(hi)
            )
        else:
            by_year = isinstance(value, dict) and not {"min", "max"} & set(value)
            years = value if by_year else {seen_on.year - 1 if fact.by_year else 0: value}
            for year, one in years.items():
                lo, hi = _ends(one)
                least, most = _domain(name)
                row = (_end(least if lo is None else lo, -1), _end(most if hi is None else hi, 1))
                self._row("given_numbers", self._pair, name, int(year), *row)

    def _set(self, name: str, value: Any) -> None:
        whole = value if isinstance(value, dict) else {"held": value}
        for item in whole.get("held", []):
            dated = {"code": item} if isinstance(item, str) else item
            days = [date.fromisoformat(dated[key]) if key in dated else None for key in ("since", "until")]
            self._row("given_items", self._pair, name, dated["code"], *days)
        for code in [*whole.get("not_held", []), *(["*"] if whole.get("complete") else [])]:
            self._row("given_absent", self._pair, name, code)

    # nodes

    def _node(self, written: Any, at: str, year: int | None) -> int:
        if "for_years" in written:
            (key,) = {"every", "some"} & set(written)
            first, last = written["for_years"]
            below = [self._node(written[key], f"{at}/{key}@{y}", y) for y in range(first, last + 1)]
            return self._branch("all" if key == "every" else "any", below)
        for key in ("all", "any", "of"):
            if key in written:
                below = [self._node(node, f"{at}/{key}/{i}", year) for i, node in enumerate(written[key])]
                return self._branch(
                    *(("points", below, written["at_least"]) if key == "of" else (key, below))
                )
        if "not" in written:
            self._favourable = not self._favourable
            below = [self._node(written["not"], f"{at}/not", year)]
            self._favourable = not self._favourable
            return self._branch("not", below)
        if "points" in written:
            below = [
                self._node(e["when"], f"{at}/points/{i}/when", year) for i, e in enumerate(written["points"])
            ]
            return self._branch("points", below, written["gte"], [e["points"] for e in written["points"]])
        if "tiers" in written:
            return self._tiers(written["tiers"], at, year)
        number = self._leaf(written, year)
        self.leaves[self._pair, at] = number
        return number

    def _branch(self, form: str, below: list[int], least: Any = None, points: Any = None) -> int:
        level = 1 + max((self.levels[one] for one in below), default=0)
        number = self._new(level)
        self._row("branches", number, level, form, least)
        for i, child in enumerate(below):
            self._row("edges", number, i, child, 1 if points is None else points[i])
        return number

    def _tiers(self, tiers: list[Any], at: str, year: int | None) -> int:
        read = [
            [self._node(tier[key], f"{at}/tiers/{i}/{key}", year) for key in ("when", "then")]
            for i, tier in enumerate(tiers)
        ]
        last = self._branch("any", [])
        for when, then in reversed(read):
            last = self._branch("tier", [when, then, last])
        return last

    # leaves

    def _leaf(self, written: Any, year: int | None) -> int:
        if "attest" in written:
            number = self._new(0)
            self._row("attest_leaves", number, self._pair, written["attest"], self._favourable)
            return number
        (operator,) = set(written) - {"field", "value", "year", "text", "place"}
        operand, name = written[operator], written.get("field")
        if operator in COMPARISONS:
            ends = operand if operator == "between" else [operand]
            subject = (
                written["value"]
                if name is None
                else {k: written[k] for k in ("field", "year") if k in written}
            )
            parts = [self._number(part, year) for part in (subject, *ends)]
            number = self._new(0)
            self._row("compared", number, operator, *parts, *([None] if len(parts) == 2 else []))
            return number
        return self._other(self._new(0), str(name), operator, operand)

    def _other(self, number: int, name: str, operator: str, operand: Any) -> int:
        here, kind = (number, self._pair), FACTS[name].type
        if kind == "date":
            unit, n = next(iter(operand.items())) if isinstance(operand, dict) else (None, None)
            day = None if unit else date.fromisoformat(operand)
            self._row("day_leaves", *here, name, operator, day, unit, n)
        elif kind in PLACES:
            self._row("place_leaves", *here, name, operand)
        elif kind in ("set", "zones"):
            self._row("set_leaves", *here, name, operator, sorted(set(operand)))
        else:
            values = operand if isinstance(operand, list) else [operand]
            wanted = [str(one).lower() if isinstance(one, bool) else one for one in values]
            last_year = {f: self._number({"field": f}, None) for f in _MADE_OF.get(name, ())}
            if name == "size":
                self._row("size_leaves", *here, wanted, *last_year.values())
            elif name == "small_low_profit":
                self._row("profit_leaves", number, wanted, *last_year.values())
            else:
                self._row("word_leaves", *here, name, wanted, len(FACTS[name].values or "01"))
        return number

    # numbers

    def _number(self, written: Any, year: int | None) -> int:
        if not isinstance(written, dict):
            number = self._new(0)
            self._row("constants", number, *Fraction(written).as_integer_ratio())
            return number
        if "field" in written:
            return self._named(written["field"], written.get("year", -1 if year is None else year))
        (form,) = set(written) - {"text", "place"}
        inside = written[form]
        if form in ("sum", "mean"):
            first, last = inside["years"]
            total = self._chain("add", [self._named(inside["field"], y) for y in range(first, last + 1)])
            return (
                total if form == "sum" else self._pairwise("div", total, self._number(last - first + 1, None))
            )
        if form == "growth":
            before, after = (self._named(inside["field"], inside[key]) for key in ("from", "to"))
            return self._pairwise("sub", self._pairwise("growth", after, before), self._number(1, None))
        return self._chain(PAIRWISE[form], [self._number(part, year) for part in inside])

    def _named(self, name: str, year: int) -> int:
        if name == "rd_ratio":
            return self._pairwise("ratio", self._named("rd_expense", year), self._named("revenue", year))
        number = self._new(0)
        if name == "age_months":
            self._row("ages", number, self._pair)
        else:
            absolute = self._as_of.year + year if FACTS[name].by_year else 0
            self._row("looked_up", number, self._pair, name, absolute, *_domain(name))
        return number

    def _chain(self, form: str, parts: list[int]) -> int:
        first, *others = parts
        for other in others:
            first = self._pairwise(form, first, other)
        return first

    def _pairwise(self, form: str, a: int, b: int) -> int:
        level = 1 + max(self.levels[a], self.levels[b])
        number = self._new(level)
        self._row("formulas", number, level, form, a, b)
        return number


_MADE_OF = {
    "size": ("employees", "revenue", "total_assets"),
    "small_low_profit": ("taxable_income", "employees", "total_assets"),
}


def _domain(name: str) -> tuple[int | None, int | None]:
    fact = FACTS[name]
    return (None if fact.signed else 0), (1 if fact.type == "ratio" else None)


def _ends(value: Any) -> tuple[Any, Any]:
    return (value.get("min"), value.get("max")) if isinstance(value, dict) else (value, value)


def _end(value: Any, endless: int) -> dict[str, int]:
    n, d = (endless, 0) if value is None else Fraction(value).as_integer_ratio()
    return {"n": n, "d": d}
