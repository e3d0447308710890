"""One step to eligible as it is told: what to do, the value needed, how far it is, and a sentence.

Words are a table (tables/wording.yaml, `steps`). Decides nothing.
"""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast

from policies.codes import CodeTree
from policies.demands import options_of
from policies.efforts import Do, Effort, numbers_behind
from policies.eligibility import to_learn
from policies.expressions import Constant, FactAt
from policies.facts import PLACES, Fact, Registry
from policies.known import Known
from policies.leaf_words import LeafWords
from policies.nodes import Area, Attest, Group, Leaf, Operand
from policies.spans import Leaves
from policies.supposed import Cell, Days, Demand, Titles, together
from policies.values import Exact, Interval, plain_number, shown_number
from policies.wording import condition_text, say

FEN = Fraction(1, 100)


@dataclass(frozen=True)
class Step:
    """One thing to learn, to confirm, to change, to wait for or that only a move would bring.

    `target` is a VALUE of the fact that is enough (a list of codes or words: any of them); None where
    several `facts` are needed to know. `year` is the fact's, as the profile writes it.
    """

    do: Do
    fact: str | None
    attest: str | None
    year: int | None
    path: str
    text: str
    target: Any
    distance: Any
    on: date | None
    facts: tuple[str, ...]


def step_of(
    cell: Cell, demand: Demand, effort: Effort, leaf: Leaf | Attest, known: Known, today: Known, lang: str
) -> Step:
    """The step that a demand on a cell, on the day of `known`, takes; `leaf` is what first asked for it."""
    do: Do = effort.do or "learn"
    words = LeafWords(known.registry, lang)
    as_written = condition_text(leaf, known.registry, lang)
    if isinstance(cell, Leaf):
        needed = True in cast(frozenset[bool], demand)
        what = as_written if needed else say(Group("not", 1, (leaf,), leaf.path), known.registry, lang)
        facts = to_learn(cell, known) if do == "learn" else _numbers(cell, known)
        text = _put(words, effort, what)
        return Step(do, facts[0], None, None, leaf.path, text, None, None, effort.on, facts)
    name, year = cell
    if name.startswith("#"):
        yes = True in cast(frozenset[bool], demand)
        form = {"confirm": "confirm" if yes else "deny"}.get(do, "become" if yes else "cease")
        text = words.form("steps", form, what=as_written)
        return Step(do, None, name[1:], None, leaf.path, text, yes, None, None, ())
    fact = known.registry.facts[name]
    possible = known.possible(name, year)
    by_time = effort.on is not None and not effort.figures
    shared = demand if isinstance(demand, Titles) or by_time else together(possible, demand) or demand
    return Step(
        do,
        name,
        None,
        None if year is None else known.as_of.year + year,
        leaf.path,
        _text(words, fact, year, demand, effort, as_written if _says(leaf, cell, demand, known) else None),
        _target(known, fact, shared),
        _distance(today.possible(name, year), demand, effort, today.as_of),
        effort.on,
        (name,),
    )


def _says(leaf: Leaf | Attest, cell: Cell, demand: Demand, known: Known) -> bool:
    """Whether the condition as written asks for just this."""
    return isinstance(leaf, Leaf) and options_of(leaf, True, known) == [{cell: demand}]


def _text(
    words: LeafWords, fact: Fact, year: int | None, demand: Demand, effort: Effort, own: str | None
) -> str:
    """In the condition's own words where it asks for just this, else with the value that is needed."""
    return _put(words, effort, own or words.leaf(_leaf(words, fact, year, demand)))


def _put(words: LeafWords, effort: Effort, what: str) -> str:
    form: str = effort.do or "learn"
    if form == "wait":
        form = "wait" if effort.on is None else "figures" if effort.figures else "from"
    if form == "learn" and effort.on is not None:
        form = "learn_for"
    return words.form("steps", form, what=what, day="" if effort.on is None else _day(words, effort.on))


def _day(words: LeafWords, day: date) -> str:
    return words.form("day", year=day.year, month=day.month, day=day.day)


def in_later_round(step: Step, closes: date | None, registry: Registry, lang: str) -> Step:
    """The step as told while a round is open that `closes`: one that is later says that the round is over."""
    if closes is None or step.on is None or step.on <= closes:
        return step
    words = LeafWords(registry, lang)
    return replace(step, text=words.form("steps", "later_round", text=step.text, day=_day(words, closes)))


def _numbers(leaf: Leaf, known: Known) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in numbers_behind(leaf, known)))


def _leaf(words: LeafWords, fact: Fact, year: int | None, demand: Demand) -> Leaf:
    """A condition that says what is demanded."""
    operator, operand = _said(words, fact, demand)
    return Leaf(FactAt(fact.name, year), operator, operand, "")


def _said(words: LeafWords, fact: Fact, demand: Demand) -> tuple[str, Operand]:
    if isinstance(demand, Titles):
        held = tuple(sorted(demand.held))
        return ("has_all", held) if held else ("has_none", tuple(sorted(demand.not_held)))
    if isinstance(demand, Interval):
        lo, hi = _ends(demand, fact)
        ends = [end for end in (lo, hi) if end is not None]
        operator = "between" if len(ends) == 2 else "lte" if lo is None else "gte"
        if fact.type == "date":
            first = operator == "gte"
            return "on_or_after" if first else "on_or_before", date.fromordinal(int(ends[-1 if first else 0]))
        return _round(operator, tuple(ends or [0]))
    if fact.type in PLACES:
        leaves = cast(Leaves, demand)
        return "within", Area(codes_of(words.registry.tree(fact), leaves), leaves)
    return "in", cast(frozenset[str | bool], demand)


def _round(operator: str, ends: tuple[Exact, ...]) -> tuple[str, Operand]:
    """A bound one fen beside a whole number of yuan is told as above or below that number."""
    strict, fen = {"gte": ("gt", -FEN), "lte": ("lt", FEN)}.get(operator, (operator, Fraction(0)))
    whole = ends[0] + fen
    if strict != operator and ends[0].denominator == FEN.denominator and whole.denominator == 1:
        return strict, (Constant(int(whole)),)
    return operator, tuple(Constant(end) for end in ends)


def _ends(demand: Interval, fact: Fact) -> tuple[Any, Any]:
    """The ends that say more than the fact's domain."""
    domain = fact.domain
    return (
        None if demand.lo == domain.lo and demand.hi is not None else demand.lo,
        None if demand.hi == domain.hi else demand.hi,
    )


def _target(known: Known, fact: Fact, demand: Demand) -> Any:
    if isinstance(demand, Titles):
        named = {"held": sorted(demand.held), "not_held": sorted(demand.not_held)}
        return {name: codes for name, codes in named.items() if codes}
    if isinstance(demand, Interval):
        ends = zip(("min", "max"), _ends(demand, fact), strict=True)
        return {name: _end(end, fact) for name, end in ends if end is not None}
    if fact.type in PLACES:
        values: list[Any] = list(codes_of(known.registry.tree(fact), cast(Leaves, demand)))
    else:
        values = sorted(cast(frozenset[Any], demand))
    return values[0] if len(values) == 1 else values


def _end(end: Any, fact: Fact) -> Any:
    return date.fromordinal(int(end)).isoformat() if fact.type == "date" else plain_number(end)


def _distance(possible: Any, demand: Demand, effort: Effort, as_of: date) -> Any:
    if effort.do == "learn":
        return None
    if isinstance(demand, Days):
        return None if effort.on is None else (effort.on - as_of).days
    if effort.on is not None and not effort.figures:
        return None
    if not isinstance(demand, Interval):
        return None
    near, far = (possible.hi, demand.lo) if demand.lo is not None else (demand.hi, possible.lo)
    if near is None or far is None or far < near:
        near, far = demand.hi, possible.lo
    return None if near is None or far is None else shown_number(far - near)


@lru_cache(1_024)
def codes_of(tree: CodeTree, leaves: Leaves) -> tuple[str, ...]:
    """The highest codes that together are exactly these leaves, in code order."""
    found: list[str] = []
    waiting = list(reversed(_tops(tree)))
    while waiting:
        code = waiting.pop()
        mine = tree.leaves([code])
        if leaves.covers(mine):
            found.append(code)
        elif leaves.meets(mine):
            waiting += reversed(tree.children(code))
    return tuple(sorted(found))


@lru_cache(16)
def _tops(tree: CodeTree) -> tuple[str, ...]:
    lowest = min(tree.level(code) for code in tree.in_force())
    return tuple(code for code in tree.in_force() if tree.level(code) == lowest)
