"""Shares that look wrong by 100: per cent written where a decimal fraction is meant, 5 for 5 %.

Looks at bounds on ratios and growth and at what a benefit's formula multiplies; never changes a number.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from policies.benefits import Benefit
from policies.expressions import Constant, Expr, FactAt, Formula, Growth, Total
from policies.facts import Registry
from policies.graded import Amount, Graded
from policies.nodes import Leaf, Node, bounds_of, leaves_of
from policies.odd_amounts import OddAmount
from policies.plain_text import plain

STEP = 100
MOST_SHARE, MOST_GROWTH = 1, 5  # a larger bound is more likely in per cent
RATES = (3, 100)  # what a formula multiplies money by, where per cent is more likely than so many times it
_PER_CENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(?:%|per ?cent)")
_TIMES = re.compile(r"倍|翻番|\btimes\b|fold\b")


def odd_shares(root: Node, registry: Registry) -> Iterator[OddAmount]:
    """The odd bounds of a rule's conditions on ratios and growth; `at` is the condition's path."""
    for leaf, _ in leaves_of(root):
        if isinstance(leaf, Leaf) and (bounds := bounds_of(leaf)):
            most = _most(leaf.subject, registry)
            for i, bound in enumerate(() if most is None else bounds):
                step = f"/{leaf.operator}" + (f"/{i}" if len(bounds) > 1 else "")
                if isinstance(bound, Constant) and _is_odd(bound, leaf.text or "", most or 0):
                    yield _odd(leaf.path, step, bound)


def odd_rates(benefit: Benefit, registry: Registry) -> Iterator[OddAmount]:
    """What a benefit's formula multiplies money by, if per cent; a loan is often so many times a sum."""
    if benefit.formula is None or benefit.nature == "loan" or _TIMES.search(plain(benefit.text or "")):
        return
    for step, rate in _rates(benefit.formula, "/formula", registry):
        if RATES[0] <= rate.value <= RATES[1]:
            yield _odd("", step, rate)


def _most(subject: Expr, registry: Registry) -> int | None:
    """The largest bound that nobody is asked to look at again, None for what is no share."""
    if isinstance(subject, Growth):
        return MOST_GROWTH
    is_share = isinstance(subject, FactAt) and registry.facts[subject.fact].type == "ratio"
    return MOST_SHARE if is_share else None


def _is_odd(bound: Constant, text: str, most: int) -> bool:
    told = {Fraction(share) / STEP for share in _PER_CENT.findall(plain(text))}
    if bound.value in told or _TIMES.search(plain(text)):
        return False
    return bound.value > most or (bool(bound.value) and Fraction(bound.value) / STEP in told)


def _odd(at: str, step: str, number: Constant) -> OddAmount:
    return OddAmount(at, step, number.value, Fraction(number.value) / STEP)


def _rates(formula: Amount, at: str, registry: Registry) -> Iterator[tuple[str, Constant]]:
    """The one number that a fact in money is multiplied by, with its place, in parts that are money."""
    if isinstance(formula, Graded):
        for i, then in enumerate(formula.thens):
            yield from _rates(then, f"{at}/tiers/{i}/then", registry)
    elif isinstance(formula, Formula) and formula.form in ("min", "max", "add"):
        for i, part in enumerate(formula.parts):
            yield from _rates(part, f"{at}/{formula.form}/{i}", registry)
    elif isinstance(formula, Formula) and formula.form == "mul":
        numbers = [(i, part) for i, part in enumerate(formula.parts) if isinstance(part, Constant)]
        others = [part for part in formula.parts if isinstance(part, FactAt | Total)]
        is_pair = len(numbers) == len(others) == len(formula.parts) - 1 == 1
        if is_pair and registry.facts[others[0].fact].type == "money":
            yield f"{at}/mul/{numbers[0][0]}", numbers[0][1]
