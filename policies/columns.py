"""Many profiles as columns, so that one rule is judged for all of them at once: the part of each.

Agrees with eligibility.part_of on every rule and profile. A changed profile costs its own row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from policies.column import Column
from policies.column_cells import Ints, Signs, can_judge
from policies.column_leaves import KeptVerdicts
from policies.column_rules import Rows, stand_of
from policies.eligibility import PARTS, Part
from policies.expressions import FactAt
from policies.facts import Registry
from policies.given import Profile, answer_key
from policies.known import FactCell, Known
from policies.nodes import Attest, Leaf, Rule
from policies.turning import SIGNS
from policies.values import Possible

_FIRST_SIZE, MOST_APART = 256, 64
_CERTAIN, _CHECKABLE, _UNDECIDED, _EXCLUDED = range(len(PARTS))
_NOBODY = -1
_PLACE, _PLAIN, _WORKED_OUT = range(3)  # what a leaf costs
_ANY_DAY = date(2000, 1, 1)
Said = tuple[str, int | None, Possible]  # fact, year (None for facts without) and what it may be


def said_by(profile: Profile) -> Iterator[Said]:
    """What a profile says, fact by fact and year by year."""
    for name, given in profile.facts.items():
        for year, possible in given.possible.items():
            yield name, year, possible


@dataclass(frozen=True)
class Audience:
    """The part of each profile by one rule: `parts`, int8 [rows], an index into PARTS, -1 where nobody is."""

    parts: Signs
    _names: Mapping[int, str]

    def counts(self) -> dict[Part, int]:
        """How many are in each part."""
        found = np.bincount(self.parts[self.parts != _NOBODY], minlength=len(PARTS))
        return {part: int(found[i]) for i, part in enumerate(PARTS)}

    def names(self, part: Part) -> list[str]:
        """Who is in a part; to be asked before the columns change."""
        return [self._names[row] for row in np.flatnonzero(self.parts == PARTS.index(part)).tolist()]


def best_of(audiences: Sequence[Audience]) -> Audience:
    """Each profile where it stands best; of one and the same moment."""
    first, *others = audiences
    parts = first.parts
    for other in others:
        parts = np.minimum(parts, other.parts)
    return replace(first, parts=parts)


class Columns:
    """Profiles by name, each a row. Not to be used by two threads at once."""

    def __init__(self, registry: Registry, *, size: int = _FIRST_SIZE, most_apart: int = MOST_APART) -> None:
        self.registry, self._most_apart = registry, most_apart
        self._rows: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._free: list[int] = []
        self._there = np.zeros(size, dtype=np.bool_)
        self._columns: dict[FactCell, Column] = {}
        self._answers: dict[str, dict[int, bool]] = {}
        self._answered: dict[int, tuple[str, ...]] = {}
        self._kept = KeptVerdicts(registry, self._columns.get)
        self._unknown = Known(Profile(), registry, _ANY_DAY)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def arrays(self) -> int:
        """How many facts of a year are kept in arrays."""
        return sum(column.in_arrays for column in self._columns.values())

    def names(self) -> Set[str]:
        """Of all profiles."""
        return self._rows.keys()

    def put(self, name: str, said: Iterable[Said], answers: Mapping[str, bool]) -> None:
        """A new profile, or another one of a known name; answers by `answer_key`."""
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = self._new_row()
            self._names[row] = name
        else:
            self._clear(row)
        for fact, year, possible in said:
            self._column(fact, year).put(row, possible)
        for key, answer in answers.items():
            self._answers.setdefault(key, {})[row] = answer
        self._answered[row] = tuple(answers)
        self._there[row] = True

    def drop(self, name: str) -> None:
        """The profile is gone."""
        row = self._rows.pop(name)
        self._clear(row)
        del self._names[row], self._answered[row]
        self._there[row] = False
        self._free.append(row)

    def keep(self, names: Iterable[str]) -> None:
        """Drops every profile that is not among the names."""
        for name in self._rows.keys() - set(names):
            self.drop(name)

    def _new_row(self) -> int:
        if self._free:
            return self._free.pop()
        row = len(self._rows)
        if row == len(self._there):
            self._there = np.append(self._there, np.zeros(row, dtype=np.bool_))
            for column in self._columns.values():
                column.grow(len(self._there))
        return row

    def _clear(self, row: int) -> None:
        for column in self._columns.values():
            column.clear(row)
        for key in self._answered[row]:
            del self._answers[key][row]
            if not self._answers[key]:
                del self._answers[key]
        self._kept.forget(row)

    def _column(self, fact: str, year: int | None) -> Column:
        at = fact, year
        if at not in self._columns:
            unknown = self._unknown.possible(fact, None)
            entry = self.registry.facts[fact]
            self._columns[at] = Column(entry, unknown, len(self._there), self._most_apart)
        return self._columns[at]

    def audience(self, rule: Rule, measure_id: str, as_of: date) -> Audience:
        """The part of every profile; `measure_id` is what attestations are answered under."""
        nobody = Known(Profile(), self.registry, as_of)
        parts = np.where(self._there, np.int8(_EXCLUDED), np.int8(_NOBODY))
        rows = np.flatnonzero(self._there)
        over = Rows(lambda leaf, some: self._verdicts(leaf, some, nobody, measure_id), self._cost)
        now, favourable = stand_of(rule.root, False, rows, over)
        waiting = np.where(favourable == 1, _CHECKABLE, _UNDECIDED)
        parts[rows] = np.select([now == 1, now == -1], [_CERTAIN, _EXCLUDED], waiting)
        return Audience(parts, self._names)

    def _cost(self, leaf: Leaf | Attest) -> int:
        if isinstance(leaf, Attest):
            return _PLAIN
        if self._plain(leaf) is None:
            return _WORKED_OUT
        return _PLACE if leaf.operator == "within" else _PLAIN

    def _verdicts(self, leaf: Leaf | Attest, rows: Ints, nobody: Known, measure_id: str) -> Signs:
        if isinstance(leaf, Attest):
            return self._answers_to(answer_key(measure_id, leaf.key), rows)
        at = self._plain(leaf)
        if at is None:
            return self._kept.judged(leaf, rows, nobody)
        return self._column(at.fact, _year(at.year, nobody.as_of)).judged(leaf, rows, nobody)

    def _plain(self, leaf: Leaf) -> FactAt | None:
        """The given fact that a leaf is over, where its column judges it by itself."""
        at = leaf.subject
        if not isinstance(at, FactAt):
            return None
        fact = self.registry.facts[at.fact]
        return at if not fact.derived and can_judge(leaf, fact) else None

    def _answers_to(self, key: str, rows: Ints) -> Signs:
        found = np.zeros(len(self._there), dtype=np.int8)
        for row, answer in self._answers.get(key, {}).items():
            found[row] = SIGNS[answer]
        return found[rows]


def _year(back: int | None, day: date) -> int | None:
    return None if back is None else day.year + back
