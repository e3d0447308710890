"""What is asked, read strictly: the body of a recommendation and of a judgement, each with all its faults.

Knows no database: whose profile is asked about is a name here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.documents import KINDS, region_reader
from policies.eligibility import PARTS
from policies.facts import LANGUAGES, Registry
from policies.faults import Fault, pointer
from policies.id_forms import ENTERPRISE_ID
from policies.json_writing import digest_of
from policies.profiles import Changes, Profile, changes_reader, profile_reader
from policies.reading import (
    BAD,
    Day,
    ListOf,
    Number,
    Object,
    Pattern,
    Reader,
    Schema,
    Text,
    Word,
    day_of,
    read,
)
from policies.rules import Rule, rule_reader
from policies.spans import Leaves
from policies.windows import STATES
from ranking.reasons import Lang
from service.catalogue.shelf import area_of

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
DEFAULT_PARTS = ("certain", "checkable", "undecided")
DEFAULT_STATES = ("open", "rolling", "upcoming", "unstated")
SORTS = ("score", "deadline", "amount")
DEFAULT_LIMIT, MOST_ITEMS = 20, 100
MOST_MEASURES, MOST_RULES = 200, 50
_WHOSE = (("enterprise_id", "profile"),)


@dataclass(frozen=True)
class Ask:
    """A request for recommendations; `fingerprint` is of all that must be the same on every page."""

    enterprise: str | None
    profile: Profile | None
    as_of: date
    query: str | None
    parts: tuple[str, ...]
    states: tuple[str, ...]
    kinds: tuple[str, ...] | None
    area: Leaves | None
    sizes: frozenset[str] | None
    sort: str
    limit: int
    lang: Lang
    fingerprint: str


@dataclass(frozen=True)
class Question:
    """A request to judge named measures, named rules, or everything that is published."""

    enterprise: str | None
    profile: Profile | None
    as_of: date
    measures: tuple[str, ...] | None
    rules: Mapping[str, Rule] | None
    what_if: Changes | None
    lang: Lang


def cursor_of(body: object) -> str | None:
    """The cursor in an undecided body; None when there is none that could be one."""
    cursor = body.get("cursor") if isinstance(body, dict) else None
    return cursor if isinstance(cursor, str) and cursor else None


def read_ask(body: object, registry: Registry, today: date) -> Ask:
    """The request; `today` is the day when it names none (a cursor's day). Raises Refused."""
    found = read(ask_reader(registry, _day(body, today)), body)
    return Ask(
        enterprise=found["enterprise_id"],
        profile=found["profile"],
        as_of=found["as_of"] or today,
        query=found["query"],
        parts=tuple(found["parts"] or DEFAULT_PARTS),
        states=tuple(found["states"] or DEFAULT_STATES),
        kinds=None if found["kinds"] is None else tuple(found["kinds"]),
        area=None if found["regions"] is None else area_of(found["regions"], registry),
        sizes=None if found["sizes"] is None else frozenset(found["sizes"]),
        sort=found["sort"] or "score",
        limit=found["limit"] or DEFAULT_LIMIT,
        lang=found["lang"] or "zh-Hans",
        fingerprint=_fingerprint(body),
    )


def read_question(body: object, registry: Registry, today: date) -> Question:
    """The request. Raises Refused."""
    found = read(question_reader(registry, _day(body, today)), body)
    measures = found["measures"]
    return Question(
        enterprise=found["enterprise_id"],
        profile=found["profile"],
        as_of=found["as_of"] or today,
        measures=None if measures is None else tuple(measures),
        rules=found["rules"],
        what_if=found["what_if"],
        lang=found["lang"] or "zh-Hans",
    )


def ask_reader(registry: Registry, as_of: date) -> Reader:
    """A reader of the body of POST /v1/recommendations; `as_of` fixes the year of bare values."""
    return Object(
        {
            "enterprise_id": Pattern(ENTERPRISE_ID),
            "profile": profile_reader(registry, as_of),
            "query": Text(2_000),
            "as_of": Day(FIRST_DAY, LAST_DAY),
            "parts": _some(PARTS),
            "states": _some(STATES),
            "kinds": _some(KINDS),
            "regions": ListOf(region_reader(registry), 100, least=1),
            "sizes": _some(_sizes(registry)),
            "sort": Word(SORTS),
            "limit": Number(1, MOST_ITEMS, places=0),
            "cursor": Text(2_000_000),
            "lang": Word(LANGUAGES),
        },
        one_of=_WHOSE,
    )


def question_reader(registry: Registry, as_of: date) -> Reader:
    """A reader of the body of POST /v1/eligibility."""
    return Object(
        {
            "enterprise_id": Pattern(ENTERPRISE_ID),
            "profile": profile_reader(registry, as_of),
            "measures": ListOf(Text(10_000), MOST_MEASURES, least=1),
            "rules": _Rules(rule_reader(registry)),
            "as_of": Day(FIRST_DAY, LAST_DAY),
            "what_if": changes_reader(registry, as_of),
            "lang": Word(LANGUAGES),
        },
        one_of=_WHOSE,
    )


def _some(words: tuple[str, ...]) -> Reader:
    return ListOf(Word(words), len(words), least=1)


def _sizes(registry: Registry) -> tuple[str, ...]:
    fact = registry.facts.get("size")
    return () if fact is None else fact.values or ()


@dataclass(frozen=True)
class _Rules:
    """Rules by name; the order is that of the names."""

    rule: Reader

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, dict):
            faults.append(Fault(at, "wrong_type", {"expected": "an object", "expected_zh": "对象"}))
            return BAD
        if len(value) > MOST_RULES:
            faults.append(Fault(at, "out_of_range", {"expected": f"0 … {MOST_RULES} rules"}))
            return BAD
        before = len(faults)
        name = Text(161, least=1)
        found = {}
        for key, rule in value.items():
            here = pointer(at, key)
            read_name = name.read(key, here, faults)
            found[read_name] = self.rule.read(rule, here, faults)
        return dict(sorted(found.items())) if len(faults) == before else BAD

    def schema(self) -> Schema:
        return {
            "type": "object",
            "additionalProperties": self.rule.schema(),
            "maxProperties": MOST_RULES,
        }


def _day(body: object, today: date) -> date:
    """The day the request names, before its faults are told."""
    named = body.get("as_of") if isinstance(body, dict) else None
    day = day_of(named) if isinstance(named, str) else None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else today


def _fingerprint(body: object) -> str:
    members = body.items() if isinstance(body, dict) else ()
    return digest_of({n: m for n, m in members if n not in {"cursor", "limit"} and m is not None})
