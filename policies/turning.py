"""Which leaves can still move their rule for one profile: with the help of others, or all alone.

Works on the arrays of a layout from the roots down; looks at no fact, and at no answer to one.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.combining import pivotal, together
from policies.mask_layout import AnyLevel, Layout, Level, PointLevel, Signs, TierLevel
from policies.operators import Verdict

Bools = NDArray[np.bool_]
SIGNS: Mapping[Verdict, int] = {True: 1, None: 0, False: -1}
_VERDICTS: Mapping[int, Verdict] = {sign: verdict for verdict, sign in SIGNS.items()}


def relevant(layout: Layout, now: Signs, rules: Bools) -> Bools:
    """bool [leaf slots]: leaves that can change their rule by some way of the other unknown ones.

    `now` is the sign of each slot, int8 [slots]; `rules` says of which rules, bool [rules].
    """
    unknown = now == 0
    found = np.zeros(layout.size, dtype=np.bool_)
    found[layout.roots] = rules & unknown[layout.roots]
    for level in reversed(layout.levels):
        above = np.repeat(found[level.slots], np.diff(level.bounds))
        below = above & unknown[level.edges]
        if not isinstance(level, Level) and above.any():
            below &= _pivotal(level, now, found)
        found[level.edges[below]] = True
    return found[: len(layout.columns)]


def _pivotal(level: PointLevel | TierLevel, now: Signs, wanted: Bools) -> Bools:
    signs = now[level.edges] * level.signs
    found = np.zeros(len(level.edges), dtype=np.bool_)
    for i in np.flatnonzero(wanted[level.slots]):
        own = slice(level.bounds[i], level.bounds[i + 1])
        found[own] = pivotal(level.nodes[i], [_VERDICTS[int(sign)] for sign in signs[own]])
    return found


def alone(layout: Layout, slots: Signs, by_met: Bools, by_not_met: Bools) -> Bools:
    """bool [2, leaf slots]: leaves that decide their rule when they are met (0), or are not met (1).

    All other unknown leaves stay unknown. `by_met` and `by_not_met`, bool [rules]: which verdict counts.
    """
    moves = np.zeros((2, layout.size), dtype=np.bool_)
    turned = layout.root_signs == -1
    moves[0, layout.roots] = np.where(turned, by_not_met, by_met)
    moves[1, layout.roots] = np.where(turned, by_met, by_not_met)
    moves &= slots == 0
    for level in reversed(layout.levels):
        below = _BELOW[type(level)](level, slots[level.edges] * level.signs, moves[:, level.slots])
        unknown = slots[level.edges] == 0
        moves[:, level.edges] = np.where(level.signs == 1, below, below[::-1]) & unknown
    return moves[:, : len(layout.columns)]


def _groups(level: Level, signs: Signs, above: Bools) -> Bools:
    """bool [2, edges]: a child that is met brings the last one needed, or the last one that was to spare."""
    sizes, starts = np.diff(level.bounds), level.bounds[:-1]
    last_met = _sums(signs == 1, starts, sizes) + 1 >= level.needs
    last_spare = _sums(signs == -1, starts, sizes) >= level.spare
    return np.repeat(above & np.stack([last_met, last_spare]), sizes, axis=1)


def _sums(chosen: Bools, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    running = np.concatenate([[0], np.cumsum(chosen)])
    summed: NDArray[np.int64] = running[starts + sizes] - running[starts]
    return summed


def _points(level: PointLevel, signs: Signs, above: Bools) -> Bools:
    sizes, starts = np.diff(level.bounds), level.bounds[:-1]
    more, less = np.maximum(level.points, 0), np.minimum(level.points, 0)
    sure = np.where(signs == 1, level.points, 0)
    low = np.repeat(np.add.reduceat(sure + np.where(signs == 0, less, 0), starts), sizes)
    high = np.repeat(np.add.reduceat(sure + np.where(signs == 0, more, 0), starts), sizes)
    least = np.repeat(level.least, sizes)
    to_met, to_not_met = np.repeat(above, sizes, axis=1)
    met = (to_met & (low + more >= least)) | (to_not_met & (high + less < least))
    not_met = (to_met & (low - less >= least)) | (to_not_met & (high - more < least))
    return np.stack([met, not_met]).astype(np.bool_)


def _tiers(level: TierLevel, signs: Signs, above: Bools) -> Bools:
    found = np.zeros((2, len(signs)), dtype=np.bool_)
    for i in np.flatnonzero(above.any(axis=0)):
        first, end = int(level.bounds[i]), int(level.bounds[i + 1])
        verdicts = [_VERDICTS[int(sign)] for sign in signs[first:end]]
        for place in (k for k, verdict in enumerate(verdicts) if verdict is None):
            for row, said in enumerate((True, False)):
                after = together(level.nodes[i], [*verdicts[:place], said, *verdicts[place + 1 :]])
                found[row, first + place] = after is not None and above[0 if after else 1, i]
    return found


_BELOW: dict[type[AnyLevel], Callable[[Any, Signs, Bools], Bools]] = {
    Level: _groups,
    PointLevel: _points,
    TierLevel: _tiers,
}
