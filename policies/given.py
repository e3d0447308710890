"""Facts as a profile gives them: scalars, bands, years and sets, each perhaps with source and date.

Reads strictly, keeps what was sent for the echo, and never turns what is absent into a value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, cast

from policies.codes import CodeTree, UnknownCode
from policies.facts import PLACES, Fact, Registry
from policies.faults import Fault, pointer
from policies.given_sets import SetReader
from policies.id_forms import ZONE
from policies.reading import (
    BAD,
    Bad,
    Custom,
    Day,
    Flag,
    Number,
    Pattern,
    Reader,
    Schema,
    Text,
    Word,
    out_of_range,
    wrong_type,
)
from policies.values import MOST_COUNT, MOST_MONEY, Choices, Interval, Possible, exactly

FIRST_YEAR, LAST_YEAR = 1949, 2099
MOST_DECIMALS = 100

Year = int | None


def answer_key(measure_id: str, attest: str) -> str:
    """Under which key a profile answers an attestation of a measure."""
    return f"{measure_id}#{attest}"


@dataclass(frozen=True)
class Given:
    """One fact of a profile: per year (None for facts without years) what it may be and what was sent."""

    possible: Mapping[Year, Possible]
    sent: Mapping[Year, object]
    echo: object
    source: str | None = None
    as_of: date | None = None


@dataclass(frozen=True)
class Profile:
    """What is known about an enterprise, each value with its source and date."""

    name: str | None = None
    credit_code: str | None = None
    text: str | None = None
    facts: Mapping[str, Given] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)

    def as_sent(self) -> dict[str, dict[str, Any]]:
        """Facts and answers as sent: text in NFC, bare values under their year, nulls gone."""
        facts = {name: given.echo for name, given in self.facts.items()}
        return {"facts": facts, "answers": dict(self.answers)}


@dataclass(frozen=True)
class Value:
    """A checked VALUE of one year: what it may be, and the JSON to echo."""

    possible: Possible
    sent: object


@dataclass(frozen=True)
class _Place:
    """Reads a code of a tree; what it means is a set of leaves."""

    tree: CodeTree
    code: str

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "a code in quotes", "带引号的代码"))
            return BAD
        try:
            self.tree.resolve(value)
        except UnknownCode:
            faults.append(Fault(at, self.code, {"got": value[:80]}))
            return BAD
        return value

    def schema(self) -> Schema:
        return {"type": "string", "pattern": self.tree.pattern}


def _scalar(fact: Fact, registry: Registry) -> Reader:
    least = -MOST_MONEY if fact.signed else 0
    readers: Mapping[str, Callable[[], Reader]] = {
        "region": lambda: _Place(registry.tree(fact), "unknown_region"),
        "industry": lambda: _Place(registry.tree(fact), "unknown_industry"),
        "date": Day,
        "money": lambda: Number(least, MOST_MONEY, 2),
        "count": lambda: Number(0, MOST_COUNT, 0),
        "ratio": lambda: Number(0, 1, MOST_DECIMALS),
        "enum": lambda: Word(fact.values or ()),
        "flag": Flag,
        "set": lambda: SetReader(Word(fact.values or ())),
        "zones": lambda: SetReader(Pattern(ZONE)),
    }
    return readers[fact.type]()


def _possible(fact: Fact, registry: Registry, value: Any) -> Possible:
    """What a checked scalar means."""
    if fact.type in PLACES:
        tree = registry.tree(fact)
        return tree.leaves(tree.resolve(value))
    if fact.type == "date":
        return Interval(value.toordinal(), value.toordinal())
    if fact.number:
        return Interval(exactly(value), exactly(value))
    return cast(Choices, frozenset((value,)))


_BAND = frozenset(("min", "max"))
_WRAPPED = ("value", "source", "as_of")


@dataclass(frozen=True)
class FactReader:
    """Reads one fact; `today` fixes the year of a bare value of a fact by year that has no own date."""

    fact: Fact
    registry: Registry
    today: date

    def read(self, value: object, at: str, faults: list[Fault]) -> Given | Bad | None:
        """The fact as given, None where it says nothing, BAD after a fault."""
        if isinstance(value, dict) and self._is_wrapped(value):
            return self._wrapped(value, at, faults)
        years = self._years(value, at, faults)
        return years if isinstance(years, Bad) else self._given(years, None, None, at, faults)

    @cached_property
    def _reader(self) -> Reader:
        return _scalar(self.fact, self.registry)

    def _is_wrapped(self, value: dict[str, object]) -> bool:
        return any(name in value for name in _WRAPPED)

    def _wrapped(self, value: dict[str, object], at: str, faults: list[Fault]) -> Given | Bad | None:
        before = len(faults)
        readers: Mapping[str, Reader] = {
            "value": Custom(self._years),
            "source": Text(500),
            "as_of": Day(),
        }
        seen: dict[str, Any] = {}
        for name, member in value.items():
            here = pointer(at, name)
            if name not in readers:
                faults.append(Fault(here, "unknown_member", {"name": name[:80]}))
            elif member is not None:
                seen[name] = readers[name].read(member, here, faults)
        if "value" not in value:
            faults.append(Fault(pointer(at, "value"), "missing_member", {"name": "value"}))
        if len(faults) > before:
            return BAD
        if "value" not in seen:
            return None
        return self._given(seen["value"], seen.get("source"), seen.get("as_of"), at, faults, wrapped=True)

    def _given(
        self,
        values: Mapping[Year, Value],
        source: str | None,
        as_of: date | None,
        at: str,
        faults: list[Fault],
        *,
        wrapped: bool = False,
    ) -> Given | Bad:
        if self.fact.by_year and None in values:
            year = (as_of or self.today).year - 1
            if not FIRST_YEAR <= year <= LAST_YEAR:
                here = pointer(at, "as_of") if as_of else at
                faults.append(out_of_range(here, f"{FIRST_YEAR + 1} … {LAST_YEAR + 1}"))
                return BAD
            values = {year: values[None]}
        sent = {year: value.sent for year, value in values.items()}
        echo: object = sent[None] if None in sent else {str(year): one for year, one in sent.items()}
        if wrapped:
            members = (echo, source, as_of and as_of.isoformat())
            echo = {n: m for n, m in zip(_WRAPPED, members, strict=True) if m is not None}
        possible = {year: value.possible for year, value in values.items()}
        return Given(possible, sent, echo, source, as_of)

    def _years(self, value: object, at: str, faults: list[Fault]) -> Mapping[Year, Value] | Bad:
        if not self.fact.by_year or not isinstance(value, dict) or self._is_band(value):
            one = self._one(value, at, faults)
            return one if isinstance(one, Bad) else {None: one}
        before = len(faults)
        years: dict[Year, Value] = {}
        for name, member in value.items():
            here = pointer(at, name)
            if not self._is_year(name, here, faults) or member is None:
                continue
            one = self._one(member, here, faults)
            if not isinstance(one, Bad):
                years[int(name)] = one
        return years if len(faults) == before else BAD

    @staticmethod
    def _is_band(value: dict[str, object]) -> bool:
        return bool(_BAND & set(value)) and not any(re.fullmatch("[0-9]{4}", name) for name in value)

    @staticmethod
    def _is_year(name: str, at: str, faults: list[Fault]) -> bool:
        if not re.fullmatch("[0-9]{4}", name):
            faults.append(Fault(at, "unknown_member", {"name": name[:80]}))
            return False
        if not FIRST_YEAR <= int(name) <= LAST_YEAR:
            faults.append(out_of_range(at, f"{FIRST_YEAR} … {LAST_YEAR}"))
            return False
        return True

    def _one(self, value: object, at: str, faults: list[Fault]) -> Value | Bad:
        reader = self._reader
        if isinstance(value, dict) and (self.fact.number or self.fact.type == "date"):
            return self._band(value, reader, at, faults)
        checked = reader.read(value, at, faults)
        if isinstance(checked, Bad):
            return BAD
        if isinstance(reader, SetReader):
            return Value(checked.holding, checked.sent)
        return Value(_possible(self.fact, self.registry, checked), _json(checked))

    def _band(self, value: dict[str, object], reader: Reader, at: str, faults: list[Fault]) -> Value | Bad:
        before = len(faults)
        ends: dict[str, Any] = {}
        for name, member in value.items():
            here = pointer(at, name)
            if name not in _BAND:
                faults.append(Fault(here, "unknown_member", {"name": name[:80]}))
            elif member is not None:
                ends[name] = reader.read(member, here, faults)
        if len(ends) == 2 and BAD not in ends.values() and ends["max"] < ends["min"]:
            faults.append(Fault(pointer(at, "max"), "bad_range"))
        if len(faults) > before:
            return BAD
        return Value(self._between(ends), {name: _json(end) for name, end in ends.items()})

    def _between(self, ends: Mapping[str, Any]) -> Interval:
        domain = self.fact.domain
        lo, hi = (
            cast(Interval, _possible(self.fact, self.registry, ends[name])).lo if name in ends else end
            for name, end in (("min", domain.lo), ("max", domain.hi))
        )
        return Interval(lo, hi)

    def schema(self) -> Schema:
        """The JSON Schema of every way to give the fact."""
        scalar = self._reader.schema()
        forms = [scalar]
        if self.fact.number or self.fact.type == "date":
            forms.append(_object({"min": scalar, "max": scalar}))
        if self.fact.by_year:
            year = {"^(19(49|[5-9][0-9])|20[0-9]{2})$": {"anyOf": list(forms)}}
            forms.append({"type": "object", "patternProperties": year, "additionalProperties": False})
        wrapped = {"value": {"anyOf": list(forms)}, "source": Text(500).schema(), "as_of": Day().schema()}
        return {"anyOf": [*forms, _object(wrapped, "value")], "description": self.fact.question["en"]}


def _object(properties: Schema, *required: str) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
