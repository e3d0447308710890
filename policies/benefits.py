"""What a measure is worth: amounts as written, and as a formula makes them for one profile.

Exact until shown, then to the fen; what a formula leaves open stays open. Decides no eligibility.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from policies.graded import Amount
from policies.known import Known
from policies.values import MOST_MONEY, Exact, Interval

Range = tuple[int | Decimal | None, int | Decimal | None]
FEN = 100  # in one yuan


@dataclass(frozen=True)
class Benefit:
    """One thing that a measure gives; `min` and `max` in yuan, None where not known.

    With a formula they are what was written beside it; `for_profile` puts its own in their place.
    """

    nature: str | None
    min: Any
    max: Any
    text: str | None
    formula: Amount | None = None


def standing_for(benefits: Sequence[Benefit]) -> Benefit | None:
    """The benefit that stands for the measure: the largest `max`, else the first, else None."""
    known = [benefit for benefit in benefits if benefit.max is not None]
    if known:
        return max(known, key=lambda benefit: benefit.max)
    return benefits[0] if benefits else None


def for_profile(
    benefits: Sequence[Benefit], known: Known, worth: Callable[[Amount], Range] | None = None
) -> Benefit | None:
    """The benefit that stands for the measure with this profile, each formula worth its whole interval.

    The interval is not cut by what is written beside the formula: a cap belongs into the formula (`min`),
    and so does a floor of nothing (`max` with 0) where the law gives no negative amount.
    `worth` answers for formulas that were worked out before.
    """
    value = worth or (lambda formula: range_of(formula, known))
    return standing_for([b if b.formula is None else _valued(b, value(b.formula)) for b in benefits])


def range_of(formula: Amount, known: Known) -> Range:
    """What a formula may be for the profile, as shown: smallest and largest, None is without end."""
    worth = cast(Interval, formula.possible(known))
    return money(worth.lo), money(worth.hi)


def _valued(benefit: Benefit, ends: Range) -> Benefit:
    return replace(benefit, min=ends[0], max=ends[1])


def money(amount: Exact | None) -> int | Decimal | None:
    """Yuan for showing: at most two decimals, half-even; never through a binary float."""
    if amount is None:
        return None
    fen = round(amount * FEN)
    yuan, cents = divmod(abs(fen), FEN)
    if not cents:
        return yuan if fen >= 0 else -yuan
    return Decimal(f"{'-' if fen < 0 else ''}{yuan}.{cents:02d}")


def doubled_middle(benefit: Benefit | None) -> Fraction | None:
    """Twice the middle of the range shown, exact; a single known end counts as it, None without one."""
    ends = [] if benefit is None else [end for end in (benefit.min, benefit.max) if end is not None]
    return Fraction(ends[0]) + Fraction(ends[-1]) if ends else None


def largest(benefit: Benefit | None) -> float | None:
    """The largest amount as a ranker reads it: `max`, else a `min` of more than nothing, else None."""
    if benefit is None:
        return None
    amount = benefit.min or None if benefit.max is None else benefit.max
    return None if amount is None else float(max(-MOST_MONEY, min(MOST_MONEY, amount)))
