"""A profile: what an enterprise says of itself, read strictly, echoed as sent, changed by patches.

Absent stays unknown. What a profile means on one day is known.py's business.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from policies.credit_code import credit_code_is_right
from policies.facts import Registry
from policies.fault_order import in_order
from policies.faults import Fault, Refused, pointer
from policies.given import FactReader, Given, Profile
from policies.id_forms import ANSWER_KEY
from policies.known import Known
from policies.reading import (
    BAD,
    MOST_HINTS,
    Bad,
    Custom,
    Flag,
    Object,
    Pattern,
    Reader,
    Schema,
    Text,
    near,
    read,
    wrong_type,
)

__all__ = ["Changes", "Known", "Profile", "changes_reader", "patch_profile", "profile_reader", "read_profile"]

_WORKED_OUT = {
    "note": "It is worked out from other facts.",
    "note_zh": "它由其他事实推算得出，不能直接给出。",
}
MOST_KEY = 1_000  # longer keys are wrong however they are normalised


def read_profile(
    value: object, registry: Registry, *, today: date, at: str = "", name_required: bool = False
) -> Profile:
    """The profile. `today` fixes the year of bare values of facts by year. Raises Refused."""
    profile: Profile = read(profile_reader(registry, today, name_required), value, at)
    return profile


def profile_reader(registry: Registry, today: date, name_required: bool = False) -> Reader:
    """A reader of profiles, for use inside other readers and for many profiles in a row."""
    return _ProfileReader(Object(_members(registry, today), ("name",) if name_required else ()))


@dataclass(frozen=True)
class _ProfileReader:
    members: Object

    def read(self, value: object, at: str, faults: list[Fault]) -> Profile | Bad:
        result = self.members.read(value, at, faults)
        if isinstance(result, Bad):
            return BAD
        facts, answers = result.pop("facts") or {}, result.pop("answers") or {}
        return Profile(**result, facts=_without_none(facts), answers=_without_none(answers))

    def schema(self) -> Schema:
        return self.members.schema()


def patch_profile(
    profile: Profile, patch: object, registry: Registry, *, today: date, at: str = ""
) -> Profile:
    """The profile with each named fact and answer replaced whole; null forgets. Raises Refused."""
    faults: list[Fault] = []
    changes = Object(_members(registry, today)).read(patch, at, faults)
    named = patch if isinstance(patch, dict) else {}
    if "name" in named and named["name"] is None:
        faults.append(Fault(pointer(at, "name"), "missing_member", {"name": "name"}))
    if faults:
        raise Refused(in_order(faults, patch, at))
    plain = {name: changes[name] for name in ("name", "credit_code", "text") if name in named}
    return replace(Changes(changes["facts"] or {}, changes["answers"] or {}).of(profile), **plain)


@dataclass(frozen=True)
class Changes:
    """Facts and answers that replace those of a profile whole; None forgets."""

    facts: Mapping[str, Given | None]
    answers: Mapping[str, bool | None]

    def of(self, profile: Profile) -> Profile:
        """The profile after them."""
        facts = _without_none({**profile.facts, **self.facts})
        return replace(profile, facts=facts, answers=_without_none({**profile.answers, **self.answers}))


def changes_reader(registry: Registry, today: date) -> Reader:
    """A reader of {"facts", "answers"} as Changes; `today` fixes the year of bare values."""
    members = {name: reader for name, reader in _members(registry, today).items() if name in _CHANGED}
    return _ChangesReader(Object(members))


_CHANGED = ("facts", "answers")


@dataclass(frozen=True)
class _ChangesReader:
    members: Object

    def read(self, value: object, at: str, faults: list[Fault]) -> Changes | Bad:
        result = self.members.read(value, at, faults)
        return BAD if isinstance(result, Bad) else Changes(result["facts"] or {}, result["answers"] or {})

    def schema(self) -> Schema:
        return self.members.schema()


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in members.items() if member is not None}


def _members(registry: Registry, today: date) -> dict[str, Reader]:
    return {
        "name": Text(200, least=1),
        "credit_code": Custom(_credit_code, {"type": "string", "minLength": 18, "maxLength": 18}),
        "text": Text(5000),
        "facts": _Facts(registry, today),
        "answers": _Answers(),
    }


def _credit_code(value: object, at: str, faults: list[Fault]) -> str | Bad:
    if not isinstance(value, str):
        faults.append(wrong_type(at, "text", "文字"))
        return BAD
    if not credit_code_is_right(value):
        faults.append(Fault(at, "bad_credit_code"))
        return BAD
    return value


@dataclass(frozen=True)
class _Facts:
    """Facts by name; the result holds None for a fact that was named and says nothing."""

    registry: Registry
    today: date
    readers: dict[str, FactReader] = field(default_factory=dict)

    def read(self, value: object, at: str, faults: list[Fault]) -> dict[str, Given | None] | Bad:
        if not isinstance(value, dict):
            faults.append(wrong_type(at, "an object", "对象"))
            return BAD
        before = len(faults)
        facts: dict[str, Given | None] = {}
        for name, member in value.items():
            here = pointer(at, name)
            fact = self.registry.facts.get(name)
            if fact is None or fact.derived:
                hint = fact is None and len(faults) < MOST_HINTS
                note = near(name, self.registry.given) if hint else ""
                told = {"note": note} if fact is None else _WORKED_OUT
                faults.append(Fault(here, "unknown_fact", {"got": name[:80], **told}))
                continue
            facts[name] = self._checked(name, member, here, faults)
        return facts if len(faults) == before else BAD

    def _checked(self, name: str, member: object, at: str, faults: list[Fault]) -> Given | None:
        if member is None:
            return None
        given = self._reader(name).read(member, at, faults)
        return None if isinstance(given, Bad) else given

    def _reader(self, name: str) -> FactReader:
        if name not in self.readers:
            self.readers[name] = FactReader(self.registry.facts[name], self.registry, self.today)
        return self.readers[name]

    def schema(self) -> Schema:
        properties = {name: self._reader(name).schema() for name in self.registry.given}
        return {"type": "object", "properties": properties, "additionalProperties": False}


@dataclass(frozen=True)
class _Answers:
    """Answers to attestations; keys are not looked up, so unknown ones are kept."""

    def read(self, value: object, at: str, faults: list[Fault]) -> dict[str, bool | None] | Bad:
        if not isinstance(value, dict):
            faults.append(wrong_type(at, "an object", "对象"))
            return BAD
        before = len(faults)
        answers: dict[str, bool | None] = {}
        key = Pattern(ANSWER_KEY)
        for name, member in value.items():
            here = pointer(at, name)
            answered = key.read(unicodedata.normalize("NFC", name[:MOST_KEY]), here, faults)
            if answered is not BAD:
                answers[answered] = None if member is None else Flag().read(member, here, faults)
        return answers if len(faults) == before else BAD

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": Flag().schema()}
