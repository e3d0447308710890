"""Our verdicts and reasons beside golden ones: `python -m benchmarks eligibility --data DIR [--json]`.

Converts French programmes' own publicodes rules and never judges by the golden file. The peer is plain
Python over their structured fields.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.french_registry import french_registry
from benchmarks.publicodes import Names, compared_with, converted
from policies.eligibility import PARTS, Judgement, judge
from policies.facts import Registry
from policies.faults import Fault, Refused
from policies.known import Known
from policies.mask import RuleBook
from policies.nodes import Group, Node, Rule
from policies.operators import Verdict
from policies.profiles import Profile, read_profile
from policies.reading import Bad
from policies.rules import read_rule

T = TypeVar("T")

ROOT = "entreprise . est ciblée"
REGION, OBJECTIVE = "région", "questionnaire . objectif prioritaire"
SECTION, TODAY = "entreprise . code NAF niveau 1", "date du jour"
FACTS = {
    "entreprise . effectif": "employees",
    "entreprise . microentrepreneur": "microentrepreneur",
    REGION: "region",
    TODAY: "today",
}
CHOICES = {SECTION: "industry", OBJECTIVE: "objectives"}
GROUPS = {
    "entreprise . a un effectif éligible": "headcount",
    "entreprise . a une categorie legale eligible": "legal",
    "entreprise . est dans un secteur d'activité ciblé": "sector",
    "entreprise . a un objectif ciblé": "objective",
    "entreprise . est dans une zone géographique éligible": "region",
    "entreprise . est éligible . applicable si": "date",
}
_ORDER = tuple(GROUPS.values())
_VERDICTS: Mapping[str, Verdict] = {"met": True, "not_met": False, "unknown": None}


@dataclass(frozen=True)
class Firm:
    """A company as the file has it and as our profile, its day, and the golden failed groups."""

    company: Mapping[str, Any]
    profile: Profile
    day: date
    golden: Mapping[str, list[str]]


@dataclass(frozen=True)
class Case:
    """Everything that is judged."""

    registry: Registry
    programmes: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Rule]
    firms: Sequence[Firm]

    @property
    def pairs(self) -> int:
        """How many verdicts there are."""
        return len(self.firms) * len(self.rules)


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; exit status 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks eligibility")
    parser.add_argument("--data", type=Path, required=True, help="folder as shared/data/mte_programs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    case = load(options.data)
    found = figures(case)
    print(json.dumps({name: found[name] for name in COUNTS}) if options.json else table(case, found))
    if found["mismatches"] or found["reason_mismatches"]:
        sys.exit(1)


def load(folder: Path) -> Case:
    """Programmes, companies and the registry that both are read with."""
    programmes = {one["id"]: one for one in _lines((folder / "programs.jsonl").read_bytes())}
    golden = _lines(gzip.decompress((folder / "verdicts.jsonl.gz").read_bytes()))
    companies = [one["company"] for one in golden]
    written = [one["publicodes"] for one in programmes.values()]
    registry = french_registry(
        folder / "naf.csv",
        {one["region"] for one in companies}.union(*(compared_with(rules, REGION) for rules in written)),
        {word for one in companies for word in one["objectives_fr"]}.union(
            *(compared_with(rules, OBJECTIVE) for rules in written)
        ),
    )
    rules = {name: rule_of(programme, registry) for name, programme in programmes.items()}
    return Case(registry, programmes, rules, [_firm(one, registry, rules) for one in golden])


def rule_of(programme: Mapping[str, Any], registry: Registry) -> Rule:
    """The programme's own publicodes as a rule of ours. Raises Unreadable, Refused."""
    days = {
        "dispositif . début de validité": programme["valid_from"],
        "dispositif . fin de validité": programme["valid_to"],
    }
    written = converted(programme["publicodes"], ROOT, Names(registry, FACTS, CHOICES, days))
    faults: list[Fault] = []
    rule = read_rule(written, registry, "", faults)
    if isinstance(rule, Bad):
        raise Refused(faults)
    return rule


def failed_groups(rule: Rule, judgement: Judgement) -> list[str]:
    """The groups that are not met, by the verdicts of the judgement's own conditions."""
    verdicts = {one.path: _VERDICTS[one.verdict] for one in judgement.conditions}
    failed: set[str] = set()
    _follow(rule.root, verdicts, failed)
    return [group for article, group in GROUPS.items() if article in failed]


def _follow(node: Node, verdicts: Mapping[str, Verdict], failed: set[str]) -> Verdict:
    verdict = _together(node, verdicts, failed) if isinstance(node, Group) else verdicts[node.path]
    if verdict is False and node.place:
        failed.add(node.place["article"])
    return verdict


def _together(group: Group, verdicts: Mapping[str, Verdict], failed: set[str]) -> Verdict:
    below = [_follow(child, verdicts, failed) for child in group.children]
    if group.kind == "not":
        return None if below[0] is None else not below[0]
    if below.count(True) >= group.n:
        return True
    return None if below.count(True) + below.count(None) >= group.n else False


def _lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def _firm(line: Mapping[str, Any], registry: Registry, rules: Mapping[str, Rule]) -> Firm:
    company, day = line["company"], date.fromisoformat(line["date"])
    facts = {
        "region": company["region"],
        "industry": company["naf_code"],
        "employees": company["employees"],
        "microentrepreneur": company["microentrepreneur"],
        "objectives": {"held": company["objectives_fr"], "complete": True},
    }
    golden = {**line["not_eligible"], **{name: [] for name in line["eligible"]}}
    if set(golden) != set(rules) or len(golden) != len(line["eligible"]) + len(line["not_eligible"]):
        raise ValueError(f"{company['id']}: not one golden verdict for each programme")
    return Firm(company, read_profile({"facts": facts}, registry, today=day), day, golden)


def _judged(case: Case, firm: Firm) -> list[Judgement]:
    known = Known(firm.profile, case.registry, firm.day)
    return [judge(rule, known, name, "en") for name, rule in case.rules.items()]


def _plain(case: Case, firm: Firm) -> list[list[str]]:
    """The peer: what somebody would write by hand for these fields alone."""
    return [_plainly(programme, firm) for programme in case.programmes.values()]


def _plainly(programme: Mapping[str, Any], firm: Firm) -> list[str]:
    fields, company, day = programme["eligibility"], firm.company, firm.day.isoformat()
    least, most = fields["min_employees"], fields["max_employees"]
    fails = (
        (least is not None and company["employees"] < least)
        or (most is not None and company["employees"] > most),
        fields["exclude_microentrepreneur"] and company["microentrepreneur"],
        company["naf_section"] not in fields["naf_sections"],
        not set(company["objectives"]) & set(fields["objectives"]),
        fields["regions"] is not None and company["region"] not in fields["regions"],
        (programme["valid_from"] or day) > day or day > (programme["valid_to"] or day),
    )
    return [group for group, fail in zip(_ORDER, fails, strict=True) if fail]


COUNTS = ("pairs", "mismatches", "reason_mismatches", "programmes_whole")


def figures(case: Case) -> dict[str, Any]:
    """Counts over both ways of judging, and for each way its own differences and speed."""
    book = RuleBook(list(case.rules.items()))
    judged, judging = _timed(case, lambda firm: _judged(case, firm))
    parts, masking = _timed(case, lambda firm: book.parts(Known(firm.profile, case.registry, firm.day)))
    plain, by_hand = _timed(case, lambda firm: _plain(case, firm))
    wrong: dict[str, set[tuple[int, str]]] = {name: set() for name in ("judge", "mask", "plain")}
    reasons: dict[str, set[tuple[int, str]]] = {name: set() for name in ("judge", "plain")}
    conditions = 0
    for i, firm in enumerate(case.firms):
        for j, (name, rule) in enumerate(case.rules.items()):
            golden, judgement = firm.golden[name], judged[i][j]
            conditions += len(judgement.conditions)
            word = "ineligible" if golden else "eligible"
            part = "excluded" if golden else "certain"
            _note(wrong["judge"], (i, name), judgement.verdict != word)
            _note(wrong["mask"], (i, name), PARTS[parts[i][j]] != part)
            _note(wrong["plain"], (i, name), bool(plain[i][j]) != bool(golden))
            _note(reasons["judge"], (i, name), failed_groups(rule, judgement) != golden)
            _note(reasons["plain"], (i, name), plain[i][j] != golden)
    ours = wrong["judge"] | wrong["mask"]
    return {
        "pairs": case.pairs,
        "mismatches": len(ours),
        "reason_mismatches": len(reasons["judge"]),
        "programmes_whole": len(case.rules) - len({name for _, name in ours | reasons["judge"]}),
        "conditions": conditions,
        "ways": {
            "judge, with reasons": (judging, len(wrong["judge"]), len(reasons["judge"])),
            "RuleBook, parts alone": (masking, len(wrong["mask"]), None),
            "plain Python, by hand": (by_hand, len(wrong["plain"]), len(reasons["plain"])),
        },
    }


def _note(found: set[tuple[int, str]], pair: tuple[int, str], differs: bool) -> None:
    if differs:
        found.add(pair)


def _timed(case: Case, way: Callable[[Firm], T]) -> tuple[list[T], float]:
    begin = time.process_time()
    found = [way(firm) for firm in case.firms]
    return found, time.process_time() - begin


def table(case: Case, found: Mapping[str, Any]) -> str:
    """What was compared, and one line for each way of judging."""
    pairs, whole = found["pairs"], found["programmes_whole"]
    lines = [
        f"{len(case.firms)} companies x {len(case.rules)} programmes = {pairs:,} pairs",
        f"{found['conditions']:,} conditions; {whole} programmes without a difference; processor time:",
        f"{'':24}{'pairs/s':>12}{'us a pair':>11}{'verdicts off':>14}{'reasons off':>13}",
    ]
    for way, (seconds, verdicts, reasons) in found["ways"].items():
        cells = f"{pairs / seconds:12,.0f}{seconds / pairs * 1e6:11.2f}{verdicts:14}"
        lines.append(f"{way:24}{cells}{'-' if reasons is None else reasons:>13}")
    spent = found["ways"]["judge, with reasons"][0] / found["conditions"]
    return "\n".join([*lines, f"judge spends {spent * 1e6:.2f} us a condition, wording included"])
