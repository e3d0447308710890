"""A profile seen on one day: what each fact may be, what is worth learning, and how it is shown.

Everything follows from the profile, the registry and the day; nothing is looked up elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from policies.facts import PLACES, Fact, Registry
from policies.given import Given, Profile, answer_key
from policies.spans import Leaves
from policies.values import (
    NOTHING_KNOWN,
    Exact,
    Holding,
    Interval,
    Possible,
    is_exact,
    plain_number,
    shown_number,
)

FactCell = tuple[str, int | None]


class Known:
    """A profile on the day `as_of`; possible values are worked out once and kept.

    `narrowed` restricts derived facts to some of their values; what the profile itself says goes before it.
    """

    def __init__(
        self,
        profile: Profile,
        registry: Registry,
        as_of: date,
        narrowed: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.profile = profile
        self._narrowed = narrowed or {}
        self.registry = registry
        self.as_of = as_of
        self._possible: dict[FactCell, Possible] = {}
        self._before: Known | None = None

    def possible(self, fact: str, year: int | None) -> Possible:
        """What the fact may be; `year` counts from as_of's year (−1 is the last full one), None without."""
        key = (fact, year)
        if key not in self._possible:
            self._possible[key] = self._look(self.registry.facts[fact], year)
        return self._possible[key]

    def supposing(
        self, facts: Mapping[FactCell, Possible], answers: Mapping[str, bool] | None = None
    ) -> "Known":
        """The same profile, had it said this of given facts in these years, and answered so (keys as there).

        For judging: what is shown, and where it is from, stays as the profile says.
        """
        said = replace(self.profile, answers={**self.profile.answers, **answers}) if answers else self.profile
        other = Known(said, self.registry, self.as_of, self._narrowed)
        other._possible.update(facts)
        other._before = self
        return other

    def on(self, day: date) -> "Known":
        """The same profile seen on another day: years counted from there, those it is silent on unknown."""
        return Known(self.profile, self.registry, day, self._narrowed)

    def _look(self, fact: Fact, year: int | None) -> Possible:
        if fact.derived:
            return self._narrow(fact.name, self.registry.derive[fact.name].possible(self, year))
        if self._before is not None:
            return self._before.possible(fact.name, year)
        given = self._given(fact.name, year)
        return self._domain(fact) if given is None else given.possible[self._year(year)]

    def _narrow(self, fact: str, possible: Possible) -> Possible:
        wanted = self._narrowed.get(fact)
        return possible & wanted or possible if wanted and isinstance(possible, frozenset) else possible

    def _year(self, year: int | None) -> int | None:
        return None if year is None else self.as_of.year + year

    def _given(self, fact: str, year: int | None) -> Given | None:
        given = self.profile.facts.get(fact)
        return given if given is not None and self._year(year) in given.possible else None

    def _domain(self, fact: Fact) -> Possible:
        if fact.type in PLACES:
            return self.registry.tree(fact).everything()
        if fact.number or fact.type == "date":
            return fact.domain
        if fact.type == "flag":
            return frozenset((True, False))
        return frozenset(fact.values or ()) if fact.type == "enum" else NOTHING_KNOWN

    def to_learn(self, fact: str, year: int | None) -> tuple[str, ...]:
        """The given facts behind this one whose learning can still narrow it, in the registry's order."""
        if self.registry.facts[fact].derived:
            if fact in self._narrowed and is_exact(self.possible(fact, year)):
                return ()
            learn = self.registry.derive[fact].to_learn(self, year)
            return tuple(name for name in self.registry.facts if name in learn) if learn else ()
        return () if is_exact(self.possible(fact, year)) else (fact,)

    def shown(self, fact: str, year: int | None) -> Any:
        """A scalar, a band {min, max}, a list of possible codes or values, or None where nothing is known."""
        entry = self.registry.facts[fact]
        possible = self.possible(fact, year)
        if not entry.derived and self._given(fact, year) is None:
            return None
        if isinstance(possible, Leaves):
            return _one_or_list(self._codes(fact))
        if isinstance(possible, Holding):
            return possible.held_on(self.as_of)
        if isinstance(possible, Interval):
            return _shown_interval(possible, entry)
        return self._shown_choices(possible, entry)

    def _shown_choices(self, possible: frozenset[str | bool], fact: Fact) -> Any:
        order: Iterable[str | bool] = (False, True) if fact.type == "flag" else fact.values or ()
        values = [value for value in order if value in possible]
        return None if possible == self._domain(fact) else _one_or_list(values)

    def _codes(self, fact: str) -> list[str]:
        """The codes in force that the given code may mean."""
        given = self.profile.facts.get(fact)
        if given is None:
            return []
        return sorted(self.registry.tree(self.registry.facts[fact]).resolve(str(given.sent[None])))

    def origin(self, fact: str, year: int | None) -> dict[str, str | None] | None:
        """Where the value is from, where the profile says so."""
        given = self._given(fact, year)
        if given is None or (given.source is None and given.as_of is None):
            return None
        return {"source": given.source, "as_of": given.as_of.isoformat() if given.as_of else None}

    def answer(self, measure_id: str, key: str) -> bool | None:
        """What the profile answers to an attestation of a measure."""
        return self.profile.answers.get(answer_key(measure_id, key))

    def resolved(self) -> dict[str, list[str]]:
        """The codes in force that the profile's region and industry mean; empty lists where not given."""
        return {name: self._codes(name) for name, fact in self.registry.facts.items() if fact.type in PLACES}

    def derived(self) -> dict[str, Any]:
        """Each derived fact as shown; those by year for the last full year."""
        return {
            name: self.shown(name, -1 if fact.by_year else None)
            for name, fact in self.registry.facts.items()
            if fact.derived
        }


def _one_or_list(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _shown_interval(value: Interval, fact: Fact) -> Any:
    if value == fact.domain and fact.derived:
        return None
    lo, hi = _shown_end(value.lo, fact), _shown_end(value.hi, fact)
    return lo if value.exact else {"min": lo, "max": hi}


def _shown_end(end: Exact | None, fact: Fact) -> Any:
    if end is None:
        return None
    if fact.type == "date":
        return date.fromordinal(int(end)).isoformat()
    return shown_number(end) if fact.derived else plain_number(end)
