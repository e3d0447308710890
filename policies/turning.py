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
Moves = NDArray[np.uint8]  # bits: what a slot does to its rule when it is met, and is not met, on each plane
_NOW_MET, _NOW_NOT, _THEN_MET, _THEN_NOT = (np.uint8(1 << bit) for bit in range(4))
_NOW, _THEN = _NOW_MET | _NOW_NOT, _THEN_MET | _THEN_NOT
_TURNED = np.array([(bits & 5) << 1 | (bits & 10) >> 1 for bits in range(16)], dtype=np.uint8)
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
        above = np.repeat(found[level.slots], level.sizes)
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


def alone(layout: Layout, planes: Signs, rules: Bools, by_met: Bools) -> Bools:
    """bool [2, leaf slots]: leaves that move their rule when they are met (0), or are not met (1).

    All other unknown leaves stay so. `planes`, int8 [2, slots]: signs now, and with open attestations
    favourable. Of `rules` what decides them now counts, of `by_met` what meets them on the second plane.
    """
    free = (planes[0] == 0) * _NOW | (planes[1] == 0) * _THEN
    moves = np.zeros(layout.size, dtype=np.uint8)
    moves[layout.roots] = rules * _NOW | by_met * np.where(layout.root_signs == 1, _THEN_MET, _THEN_NOT)
    moves &= free
    for level in reversed(layout.levels):
        above = moves[level.slots]
        if above.any():
            below = _BELOW[type(level)](level, planes.take(level.edges, axis=1) * level.signs, above)
            moves[level.edges] = np.where(level.signs == 1, below, _TURNED[below]) & free[level.edges]
    found = moves[: len(layout.columns)]
    return np.stack([found & (_NOW_MET | _THEN_MET), found & (_NOW_NOT | _THEN_NOT)]).astype(np.bool_)


def _groups(level: Level, signs: Signs, above: Moves) -> Moves:
    """A child that is met brings the last one needed, one that is not met the last that was to spare."""
    met, not_met = level.counted(signs)
    last_met, last_spare = met + 1 >= level.needs, not_met >= level.spare
    bits = last_met[0] * _NOW_MET | last_met[1] * _THEN_MET
    bits |= last_spare[0] * _NOW_NOT | last_spare[1] * _THEN_NOT
    below: Moves = np.repeat(above & bits, level.sizes)
    return below


def _each_plane(one: Callable[[Any, Signs, Bools], Bools]) -> Callable[[Any, Signs, Moves], Moves]:
    """A form whose planes are worked out one after the other, met and not met as bool [2, n]."""

    def both(level: Any, signs: Signs, above: Moves) -> Moves:
        now = one(level, signs[0], np.stack([above & _NOW_MET, above & _NOW_NOT]) != 0)
        then = one(level, signs[1], np.stack([above & _THEN_MET, above & _THEN_NOT]) != 0)
        found: Moves = now[0] * _NOW_MET | now[1] * _NOW_NOT | then[0] * _THEN_MET | then[1] * _THEN_NOT
        return found

    return both


def _points(level: PointLevel, signs: Signs, above: Bools) -> Bools:
    sizes, starts = level.sizes, level.bounds[:-1]
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


_BELOW: dict[type[AnyLevel], Callable[[Any, Signs, Moves], Moves]] = {
    Level: _groups,
    PointLevel: _each_plane(_points),
    TierLevel: _each_plane(_tiers),
}
