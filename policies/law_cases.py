"""Cases of the law beside a document: who is entitled and who is not, held against the document's rules.

Reads and runs what people wrote from the law's text; never changes a rule and never writes a case.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from policies.benefits import for_profile
from policies.decisive import decisive
from policies.documents import Document, Measure
from policies.eligibility import Judgement, RuleWord, judge
from policies.facts import Registry
from policies.faults import Fault, pointer
from policies.given import Profile, answer_key
from policies.known import Known
from policies.nodes import Attest, judged_leaves_of
from policies.profiles import profile_reader
from policies.reading import (
    BAD,
    Bad,
    Custom,
    Day,
    Flag,
    ListOf,
    Number,
    Object,
    Text,
    Word,
    day_of,
    near,
    wrong_type,
)
from policies.reading import read as read_whole
from policies.values import MOST_MONEY

KINDS: tuple[RuleWord, ...] = get_args(RuleWord)
MOST_CASES = 200
_SETS = ("missing", "decisive", "failed")
_TEXTS = ListOf(Text(200, least=1), 200)
_AMOUNT = Number(0, MOST_MONEY)


@dataclass(frozen=True)
class LawCase:
    """One case: a firm on a day, and what the law says of it; an expectation that is None is not held."""

    at: str
    measure: Measure
    case: str
    as_of: date
    profile: Profile
    verdict: RuleWord
    missing: frozenset[str] | None
    benefit: Mapping[str, Any] | None
    decisive: frozenset[str] | None
    failed: frozenset[str] | None


@dataclass(frozen=True)
class Difference:
    """One expectation of a case that the rule does not meet: which, what the law says, what came out."""

    name: str
    expected: Any
    got: Any


@dataclass(frozen=True)
class Outcome:
    """A case as it came out: the judgement, the paths that decided it, and what differs from the law."""

    case: LawCase
    judgement: Judgement
    decided_by: tuple[str, ...]
    differences: tuple[Difference, ...]


def read_cases(value: object, document: Document, registry: Registry) -> tuple[LawCase, ...]:
    """The cases of one document in written order. Raises Refused with every fault."""
    measures = Custom(lambda found, at, faults: _by_measure(found, at, faults, document, registry))
    found = read_whole(Object({"cases": measures}, ("cases",)), value)
    return tuple(found["cases"])


def run_case(case: LawCase, registry: Registry) -> Outcome:
    """The case judged as a request would be, and each expectation that it does not meet."""
    measure, known = case.measure, Known(case.profile, registry, case.as_of)
    judgement = judge(measure.rule, known, measure.id)
    decided_by = decisive(measure.rule, known, measure.id)
    got = {
        "verdict": judgement.verdict,
        "missing": frozenset(judgement.missing),
        "decisive": frozenset(decided_by),
        "failed": frozenset(each.path for each in judgement.conditions if each.verdict == "not_met"),
    }
    wanted = {name: getattr(case, name) for name in got}
    differences = [
        Difference(name, _told(expected), _told(got[name]))
        for name, expected in wanted.items()
        if expected is not None and not _holds(name, expected, got[name])
    ]
    return Outcome(case, judgement, decided_by, (*differences, *_benefit_differences(case, known)))


def lacking(document: Document, cases: Iterable[LawCase]) -> dict[str, tuple[RuleWord, ...]]:
    """For each measure without a case of every verdict, the verdicts that no case has."""
    had = {(case.measure.key, case.verdict) for case in cases}
    absent = {
        measure.key: tuple(kind for kind in KINDS if (measure.key, kind) not in had)
        for measure in document.measures
    }
    return {key: kinds for key, kinds in absent.items() if kinds}


def _benefit_differences(case: LawCase, known: Known) -> Iterator[Difference]:
    if case.benefit is None:
        return
    benefit = for_profile(case.measure.benefits, known)
    for name, expected in case.benefit.items():
        got = getattr(benefit, name, None)
        if expected is not None and expected != got:
            yield Difference(f"benefit.{name}", expected, got)


def _holds(name: str, expected: Any, got: Any) -> bool:
    """Paths that `failed` names are among the conditions not met: under `not`, others may rightly be."""
    return bool(expected <= got if name == "failed" else expected == got)


def _told(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _by_measure(
    value: object, at: str, faults: list[Fault], document: Document, registry: Registry
) -> list[LawCase] | Bad:
    if not isinstance(value, dict):
        faults.append(wrong_type(at, "an object", "对象"))
        return BAD
    measures = {measure.key: measure for measure in document.measures}
    before = len(faults)
    cases: list[LawCase] = []
    for key, listed in value.items():
        here, measure = pointer(at, key), measures.get(key)
        if measure is None:
            faults.append(Fault(here, "unknown_measure", {"got": f"{document.id}.{key[:80]}"}))
            continue
        found = ListOf(_case_reader(measure, registry), MOST_CASES).read(listed, here, faults)
        cases += [] if found is BAD else found
    return cases if len(faults) == before else BAD


def _case_reader(measure: Measure, registry: Registry) -> Custom:
    members = Object(
        {
            "case": Text(500, least=1),
            "as_of": Day(),
            "facts": Custom(lambda value, _at, _faults: value),
            "answers": Custom(lambda value, at, faults: _answers(value, at, faults, measure)),
            "verdict": Word(KINDS),
            "missing": ListOf(Word(registry.given), 200),
            "benefit": Object({"min": _AMOUNT, "max": _AMOUNT}),
            "decisive": _TEXTS,
            "failed": _TEXTS,
        },
        ("case", "as_of", "verdict"),
    )

    def reads(value: object, at: str, faults: list[Fault]) -> LawCase | Bad:
        found = members.read(value, at, faults)
        sent = value if isinstance(value, dict) else {}
        profile = _profile(sent, found, at, faults, registry)
        if isinstance(found, Bad) or isinstance(profile, Bad):
            return BAD
        sets: dict[str, Any] = {name: _set(found[name]) for name in _SETS}
        plain = {name: found[name] for name in ("case", "as_of", "verdict", "benefit")}
        return LawCase(at=at, measure=measure, profile=profile, **plain, **sets)

    return Custom(reads)


def _profile(
    sent: Mapping[str, Any], found: Any, at: str, faults: list[Fault], registry: Registry
) -> Profile | Bad:
    """The facts as they stand on the case's day; without a usable day, a fault already, they are not read."""
    told = sent.get("as_of")
    day = day_of(told) if isinstance(told, str) else None
    if day is None:
        return BAD
    answers = {} if isinstance(found, Bad) else found["answers"]
    content = {"facts": sent.get("facts"), "answers": answers}
    profile: Profile | Bad = profile_reader(registry, day).read(content, at, faults)
    return profile


def _answers(value: object, at: str, faults: list[Fault], measure: Measure) -> dict[str, bool] | Bad:
    """Answers under the short keys of the measure's attestations, as a profile keeps them."""
    keys = dict.fromkeys(leaf.key for leaf in judged_leaves_of(measure.rule.root) if isinstance(leaf, Attest))
    if not isinstance(value, dict):
        faults.append(wrong_type(at, "an object", "对象"))
        return BAD
    before = len(faults)
    for name, answer in value.items():
        if name not in keys:
            faults.append(
                Fault(pointer(at, name), "unknown_member", {"name": name[:80], "note": near(name, keys)})
            )
        else:
            Flag().read(answer, pointer(at, name), faults)
    return (
        {answer_key(measure.id, name): answer for name, answer in value.items()}
        if len(faults) == before
        else BAD
    )


def _set(values: Sequence[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
