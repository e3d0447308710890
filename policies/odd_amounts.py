"""Amounts that look wrong by 10,000: yuan where 万元 was meant, or 万元 turned into yuan twice.

Held against the text beside the amount, then against a table of plausible ones; never changes an amount.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from policies.benefits import Benefit
from policies.expressions import Constant, Expr, FactAt, Formula, Total
from policies.facts import Registry
from policies.graded import Amount, Graded
from policies.hints import Hints, Plausible
from policies.leaf_words import LeafWords
from policies.nodes import Leaf, Node, bounds_of, leaves_of
from policies.plain_text import plain
from policies.values import Exact, exactly

STEP = 10_000


@dataclass(frozen=True)
class OddAmount:
    """An amount in yuan below `at`, and what it would be were it not wrong by 10,000."""

    at: str
    step: str
    amount: Exact
    meant: Exact


def odd_in_rule(root: Node, registry: Registry) -> Iterator[OddAmount]:
    """The odd bounds of a rule's conditions on money; `at` is the condition's path."""
    for leaf, _ in leaves_of(root):
        if isinstance(leaf, Leaf) and (bounds := bounds_of(leaf)):
            plausible = _plausible(leaf.subject, registry)
            for i, bound in enumerate(bounds if plausible else ()):
                step = f"/{leaf.operator}" + (f"/{i}" if len(bounds) > 1 else "")
                if isinstance(bound, Constant):
                    yield from _odd(leaf.path, step, bound.value, leaf.text, plausible, registry.hints())


def odd_in_benefit(benefit: Benefit, registry: Registry) -> Iterator[OddAmount]:
    """The odd ends of a benefit and caps of its formula."""
    hints = registry.hints()
    for_each = hints.for_each.search(plain(benefit.text or "")) is not None
    plausible = None if for_each else hints.benefits.get(benefit.nature or "")
    for step, amount in _amounts_of(benefit):
        yield from _odd("", step, amount, benefit.text, plausible, hints)


def _amounts_of(benefit: Benefit) -> Iterator[tuple[str, Exact]]:
    for name, end in (("min", benefit.min), ("max", benefit.max)):
        if end is not None:
            yield f"/{name}", exactly(end)
    if benefit.formula is not None:
        yield from _caps(benefit.formula, "/formula")


def _caps(formula: Amount, at: str) -> Iterator[tuple[str, Exact]]:
    """The numbers of a formula that are amounts themselves: alone, or in the least or most of amounts."""
    if isinstance(formula, Graded):
        for i, then in enumerate(formula.thens):
            yield from _caps(then, f"{at}/tiers/{i}/then")
    elif isinstance(formula, Constant):
        yield at, formula.value
    elif isinstance(formula, Formula) and formula.form in ("min", "max"):
        for i, part in enumerate(formula.parts):
            yield from _caps(part, f"{at}/{formula.form}/{i}")


def _plausible(subject: Expr, registry: Registry) -> Plausible | None:
    """The plausible amounts of what a condition looks at, None where it is no money, or scaled on purpose."""
    if LeafWords(registry, "en").kind(subject) != "money" or _scales(subject):
        return None
    hints = registry.hints()
    fact = subject.fact if isinstance(subject, FactAt | Total) else ""
    return hints.amounts.get(fact, hints.other_amount)


def _scales(subject: Expr) -> bool:
    """Whether a number multiplies or divides: {"div": [revenue, 10000]} is in 万元 on purpose."""
    if not isinstance(subject, Formula):
        return False
    return subject.form in ("mul", "div") or any(_scales(part) for part in subject.parts)


def _odd(
    at: str, step: str, amount: Exact, text: str | None, plausible: Plausible | None, hints: Hints
) -> Iterator[OddAmount]:
    told = set(_amounts_in(text or "", hints))
    if amount in told or -1 <= amount <= 1:
        return
    either: list[Exact] = [amount * STEP, Fraction(amount) / STEP]
    for meant in either:
        if meant in told or (_fits(meant, plausible) and not _fits(amount, plausible)):
            yield OddAmount(at, step, amount, meant)
            return


def _fits(amount: Exact, plausible: Plausible | None) -> bool:
    return plausible is not None and plausible.least <= max(amount, -amount) <= plausible.most


def _amounts_in(text: str, hints: Hints) -> Iterator[Exact]:
    """The amounts that a text names, in yuan."""
    for number, unit in hints.amount_in_text.findall(plain(text)):
        yield Fraction(Decimal(number.replace(",", ""))) * hints.units[unit]
