"""What the distinct leaves of a book look at, so that the facts behind many leaves are found at once.

Built once for a catalogue; which facts are still to learn is asked for one profile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from policies.expressions import Expr, FactAt
from policies.known import FactCell, Known
from policies.mask_layout import Ints
from policies.nodes import Attest, Leaf, bounds_of

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sources:
    """Leaves that look at the same numbers or words share a source; `of` is it by distinct leaf, -1 without.

    `single` is the fact of a source that is one fact and nothing else. `plain`, bool [distinct]: leaves of
    such a source that, while unknown, some value of it meets and some does not.
    """

    each: tuple[tuple[Expr, ...], ...]
    single: tuple[str | None, ...]
    of: Ints
    plain: Bools

    @cached_property
    def rows(self) -> Mapping[FactCell, Ints]:
        """The sources that look at each fact in each year."""
        found: dict[FactCell, list[int]] = {}
        for row, numbers in enumerate(self.each):
            for at in {at for number in numbers for at in number.facts()}:
                found.setdefault(at, []).append(row)
        return {at: np.array(rows, dtype=np.int64) for at, rows in found.items()}

    def to_learn(self, known: Known, names: Sequence[str]) -> Bools:
        """bool [sources, names]: the given facts behind each source that are not exactly known."""
        column = {name: i for i, name in enumerate(names)}
        found = np.zeros((len(self.each), len(names)), dtype=np.bool_)
        for at, rows in self.rows.items():
            for name in known.to_learn(*at):
                found[rows, column[name]] = True
        return found


def sources_of(distinct: Sequence[Leaf | Attest]) -> Sources:
    """The sources of distinct leaves, in their order."""
    numbers: dict[tuple[Expr, ...], int] = {}
    of = np.full(len(distinct), -1, dtype=np.int64)
    plain = np.zeros(len(distinct), dtype=np.bool_)
    for column, leaf in enumerate(distinct):
        if isinstance(leaf, Leaf):
            source = (leaf.subject, *(bound for bound in bounds_of(leaf) if next(bound.facts(), None)))
            of[column] = numbers.setdefault(source, len(numbers))
            # Between two bounds there may be no whole number.
            plain[column] = _single(source) is not None and leaf.operator != "between"
    return Sources(tuple(numbers), tuple(_single(source) for source in numbers), of, plain)


def _single(source: tuple[Expr, ...]) -> str | None:
    return source[0].fact if len(source) == 1 and isinstance(source[0], FactAt) else None
