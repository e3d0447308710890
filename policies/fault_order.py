"""Puts the faults of one body into the order of the document, however its readers found them.

What is missing has no place of its own: it is told after its object's other faults. Finds no faults itself.
"""

from collections.abc import Sequence
from typing import cast

from policies.faults import Fault


def in_order(faults: Sequence[Fault], value: object, at: str = "") -> list[Fault]:
    """The faults of `value` by where they point: in the order of the document, what is absent last."""
    places = _Places(value, at)
    return sorted(faults, key=places.of)


class _Places:
    """Where faults of a decoded value lie in it, as something to sort by."""

    def __init__(self, value: object, at: str) -> None:
        self._value, self._at = value, at
        self._members: dict[int, dict[str, int]] = {}

    def of(self, fault: Fault) -> tuple[int, ...]:
        """The number of each step; a missing member comes after all that stand in its object."""
        steps = _steps(fault.pointer.removeprefix(self._at))
        last = len(steps) - 1 if fault.code == "missing_member" else -1
        place: list[int] = []
        here = self._value
        for i, step in enumerate(steps):
            numbers = self._numbers(here)
            if step not in numbers or i == last:
                return (*place, len(numbers))
            place.append(numbers[step])
            here = here[step] if isinstance(here, dict) else cast(list[object], here)[numbers[step]]
        return tuple(place)

    def _numbers(self, here: object) -> dict[str, int]:
        """The number of each member or item, by its step in a pointer."""
        if id(here) not in self._members:
            steps = here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
            self._members[id(here)] = {str(step): i for i, step in enumerate(steps)}
        return self._members[id(here)]


def _steps(at: str) -> list[str]:
    """The steps of a pointer, without RFC 6901's escapes."""
    return [step.replace("~1", "/").replace("~0", "~") for step in at.split("/")[1:]]
