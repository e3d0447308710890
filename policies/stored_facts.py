"""What stored profiles say, fact by fact and year by year, for those that need nothing else of them.

They were checked when they came, so only their meaning is worked out: faults are not looked for again.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from policies.columns import Said
from policies.facts import Fact, Registry
from policies.given import FactReader, Given
from policies.values import Interval, Possible, exactly

_MOST_KEPT, _LONGEST_KEPT = (
    50_000,
    200,
)  # values whose meaning is remembered, and how long they are
_WRAPPED = frozenset(("value", "source", "as_of"))
_ANY_DAY = date(2000, 1, 1)  # stored facts name their years


class StoredFacts:
    """Reads the `facts` of stored profiles, many in a row."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._readers: dict[str, FactReader] = {}
        self._meanings: dict[tuple[str, str], Possible] = {}

    def said(self, facts: Mapping[str, Any]) -> Iterator[Said]:
        """The same as said_by of the profile that was stored."""
        for name, sent in facts.items():
            fact = self._registry.facts[name]
            value = sent["value"] if isinstance(sent, dict) and not _WRAPPED.isdisjoint(sent) else sent
            if fact.by_year:
                for year, one in value.items():
                    yield name, int(year), self._meaning(fact, one)
            else:
                yield name, None, self._meaning(fact, value)

    def _meaning(self, fact: Fact, value: Any) -> Possible:
        if fact.number and isinstance(value, int | Decimal):
            number = exactly(value)
            return Interval(number, number)
        key = fact.name, repr(value)
        known = self._meanings.get(key)
        if known is None:
            known = self._read(fact, value)
            if len(key[1]) <= _LONGEST_KEPT:
                if len(self._meanings) >= _MOST_KEPT:
                    self._meanings.clear()
                self._meanings[key] = known
        return known

    def _read(self, fact: Fact, value: Any) -> Possible:
        reader = self._readers.get(fact.name)
        if reader is None:
            reader = self._readers[fact.name] = FactReader(fact, self._registry, _ANY_DAY)
        given = reader.read(value, "", [])
        if not isinstance(given, Given):
            raise ValueError(f"{fact.name} is stored and cannot be read")
        return next(iter(given.possible.values()))
