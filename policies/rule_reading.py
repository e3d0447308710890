"""What every part of reading a rule shares: the sheet on which faults are noted, `text` and `place`.

Knows nothing of the single forms; those are in rules.py, rule_leaves.py and rule_numbers.py.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.facts import Fact, Registry
from policies.faults import Fault, pointer
from policies.reading import BAD, MOST_HINTS, Bad, Custom, Number, Object, Reader, Text, near, wrong_type

Reads = Callable[[object, str], Any]
_TEXT = Text(2_000, least=1)
YEAR = Number(-10, 0, places=0)
_POSITION = Number(0, 10**7, places=0)


@dataclass(frozen=True)
class Sheet:
    """One reading of one rule that stands at `root` of what was sent; `each_year` inside for_years."""

    registry: Registry
    root: str
    faults: list[Fault]
    each_year: bool = False

    def path(self, at: str) -> str:
        """The pointer inside the rule."""
        return at[len(self.root) :]

    def bad_rule(self, at: str, note: str, note_zh: str) -> Bad:
        """Notes a malformed node."""
        self.faults.append(Fault(at, "bad_rule", {"note": note, "note_zh": note_zh}))
        return BAD

    def missing(self, at: str, *names: str) -> Bad:
        """Notes members that should stand in the object at `at`."""
        self.faults.extend(Fault(pointer(at, name), "missing_member", {"name": name}) for name in names)
        return BAD

    def has_unknown_keys(self, node: Mapping[str, Any], at: str, known: Iterable[str]) -> bool:
        """Notes each key that the language does not have."""
        unknown = [key for key in node if key not in known]
        for key in unknown:
            params = {"got": key[:80], "note": self._hint(key, known)}
            self.faults.append(Fault(pointer(at, key), "unknown_operator", params))
        return bool(unknown)

    def _hint(self, name: str, known: Iterable[str]) -> str:
        """The nearest known name, while the fault will be listed: the search is slow."""
        return near(name, known) if len(self.faults) < MOST_HINTS else ""

    def members(self, node: Mapping[str, Any], at: str, readers: Mapping[str, Reads]) -> dict[str, Any]:
        """Each member as read, in written order; `text` and `place` by themselves, null ones absent."""
        found: dict[str, Any] = {"text": None, "place": None}
        for key, value in node.items():
            here = pointer(at, key)
            if key in readers:
                found[key] = readers[key](value, here)
            elif value is not None:
                found[key] = TOLD[key].read(value, here, self.faults)
        return found

    def known_fact(self, name: object) -> Fact | None:
        """The fact of that name, None (and no fault) where there is none."""
        return self.registry.facts.get(name) if isinstance(name, str) else None

    def year(self, value: object, at: str) -> Any:
        """A year counted from that of `as_of`; null is absent."""
        return None if value is None else YEAR.read(value, at, self.faults)

    def fact(self, name: object, at: str) -> Fact | Bad:
        """The fact that is named at `at`."""
        if not isinstance(name, str):
            self.faults.append(wrong_type(at, "the name of a fact", "事实的名称"))
            return BAD
        fact = self.known_fact(name)
        if fact is None:
            params = {"got": name[:80], "note": self._hint(name, self.registry.facts)}
            self.faults.append(Fault(at, "unknown_fact", params))
            return BAD
        return fact


def pair_of(item: Reads) -> Callable[[object, str, list[Fault]], Any]:
    """Reads a list of exactly two like items; the second before the first is `bad_range`."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list) or len(value) != 2:
            faults.append(wrong_type(at, "a list of two", "两项的列表"))
            return BAD
        pair = [item(one, pointer(at, i)) for i, one in enumerate(value)]
        absent = [wrong_type(pointer(at, i), "a number", "数字") for i, one in enumerate(pair) if one is None]
        faults.extend(absent)
        if absent or BAD in pair:
            return BAD
        if pair[1] < pair[0]:
            faults.append(Fault(at, "bad_range"))
            return BAD
        return tuple(pair)

    return reads


def _span(value: object, at: str, faults: list[Fault]) -> Any:
    found = pair_of(lambda one, here: _POSITION.read(one, here, faults))(value, at, faults)
    return BAD if found is BAD else list(found)


_SPAN = {"type": "array", "items": _POSITION.schema(), "minItems": 2, "maxItems": 2}
PLACE = Object(
    {"article": Text(300, least=1), "page": _POSITION, "span": Custom(_span, _SPAN)},
    one_of=(("article", "page", "span"),),
)


def _place(value: object, at: str, faults: list[Fault]) -> Any:
    found = PLACE.read(value, at, faults)
    if found is BAD:
        return BAD
    return {name: member for name, member in found.items() if member is not None}


TOLD: Mapping[str, Reader] = {"text": _TEXT, "place": Custom(_place)}
