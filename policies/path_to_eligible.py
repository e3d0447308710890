"""The fewest facts and answers to learn or to change so that a rule is met: what is told is always enough.

Every way told was judged anew, on the day that it waits for; past the bounds of the search one is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from policies.efforts import Effort
from policies.known import Known
from policies.nodes import Leaf, Rule
from policies.steps import Step, in_later_round, step_of
from policies.supposed import Cell
from policies.waiting import brought, days_to_come, since_when
from policies.ways import Search, Way

WAITING = Effort("wait")


@dataclass(frozen=True)
class Path:
    """`steps` is None where no way is found; `blocked_by` are then the conditions that stand in the way."""

    steps: tuple[Step, ...] | None
    blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Plan:
    """What must be so on the day of the search, and the conditions that time alone turns until then."""

    search: Search
    way: Way
    cells: Sequence[Cell]
    turned: Sequence[Leaf]

    @property
    def cost(self) -> tuple[int, int]:
        """How many steps, and how hard they are."""
        hard = sum(self.search.effort(cell, self.way.asks[cell][0]).hard for cell in self.cells)
        return len(self.cells) + len(self.turned), hard + WAITING.hard * len(self.turned)


def path_to_eligible(
    rule: Rule, known: Known, measure_id: str, lang: str = "zh-Hans", closes: date | None = None
) -> Path:
    """The steps to eligible, () for who is: fewest first, then the easiest, then the soonest.

    `closes` is the last day of the round now open: a step that waits past it says so.
    """
    searches = [Search(rule, known, measure_id, known)]
    if searches[0].worth(rule.root, known, {}) is True:
        return Path(())
    best = _plan(searches[0])
    leaves = [leaf for leaf in searches[0].leaves if isinstance(leaf, Leaf)]
    for day in days_to_come(leaves, known):
        if best is not None and best.cost <= (1, WAITING.hard):
            break
        searches.append(Search(rule, known.on(day), measure_id, known))
        found = _plan(searches[-1])
        if found is not None and (best is None or found.cost < best.cost):
            best = found
    if best is None:
        return Path(None, _blocked(searches))
    until = searches[: searches.index(best.search) + 1]
    steps = _steps(best, [search.known for search in until], lang)
    return Path(tuple(in_later_round(step, closes, known.registry, lang) for step in steps))


def _plan(search: Search) -> _Plan | None:
    for way in search.ways(search.rule.root, True):
        open_cells = [cell for cell, (demand, _) in way.asks.items() if search.effort(cell, demand).do]
        if search.enough(way, open_cells):
            cells = search.fewest(way, open_cells)
            return _Plan(search, way, cells, search.turned_for(way, cells))
    return None


def _blocked(searches: Sequence[Search]) -> tuple[str, ...]:
    """What stands in the way on every day, else what does today."""
    now, *later = [search.blocked() for search in searches]
    always = tuple(path for path in now if all(path in found for found in later))
    return always or now


def _steps(plan: _Plan, days: Sequence[Known], lang: str) -> tuple[Step, ...]:
    search, today = plan.search, plan.search.today
    told: list[tuple[str, Step]] = []
    for cell in plan.cells:
        demand, path = plan.way.asks[cell]
        effort = search.effort(cell, demand)
        step = step_of(cell, demand, effort, search.leaf_at(path), search.known, today, lang)
        told.append((path, step))
    for leaf in plan.turned:
        wanted = search.now(leaf) is True
        effort = Effort("wait", since_when(leaf, days))
        option = brought(leaf, wanted, today, search.known) or {leaf: frozenset((wanted,))}
        ((cell, demand),) = option.items()
        of_year = isinstance(cell, Leaf) or cell[1] is not None
        seen = search.known if of_year else today
        told.append((leaf.path, step_of(cell, demand, effort, leaf, seen, today, lang)))
    order = search.order
    return tuple(step for _, step in sorted(told, key=lambda one: order[one[0]]))
