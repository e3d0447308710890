"""A registry of facts about firms in France: NAF codes, regions, objectives, headcount, the day itself.

Handed to the same engine that judges China's rules; reads one table and holds no names of its own.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from policies.codes import Codes, CodeTree, Entry
from policies.derived import Derivation
from policies.facts import Fact, FactType, Registry
from policies.size_classes import SizeScopes
from policies.spans import Leaves
from policies.values import Interval

_LEVELS = ("section", "naf2", "naf3", "naf4", "naf5")
TODAY = Derivation(
    possible=lambda seen, _: Interval(seen.as_of.toordinal(), seen.as_of.toordinal()),
    to_learn=lambda _seen, _year: set(),
    looks_at=lambda _year: {},
    daily=True,
)


def french_registry(naf: Path, regions: Iterable[str], objectives: Iterable[str]) -> Registry:
    """The registry; regions lie side by side under their own names, objectives are a set."""
    named = tuple(sorted(set(objectives)))
    facts = (
        _fact("region", "region", "地区", "地區", "Region"),
        _fact("industry", "industry", "行业", "行業", "Industry"),
        _fact("employees", "count", "职工人数", "職工人數", "Employees"),
        _fact("microentrepreneur", "flag", "微型个体经营者", "微型個體經營者", "Micro-entrepreneur"),
        _fact("objectives", "set", "目标", "目標", "Objectives", values=named),
        _fact("today", "date", "当日", "當日", "Today", derived=True),
    )
    tree = CodeTree({name: Entry(name, None, 0) for name in regions}, {})
    return Registry(
        facts={fact.name: fact for fact in facts},
        codes=Codes(tree, naf_tree(naf), {}, SizeScopes((), Leaves())),
        derive={"today": TODAY},
    )


def naf_tree(table: Path) -> CodeTree:
    """Sections, divisions, groups, classes and subclasses; only the finest have names in the table."""
    entries: dict[str, Entry] = {}
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            parent = None
            for level, column in enumerate(_LEVELS):
                code = row[column]
                name = row["label_fr"] if column == _LEVELS[-1] else code
                if entries.setdefault(code, Entry(name, parent, level)).parent != parent:
                    raise ValueError(f"{table.name}: {code} lies in two places")
                parent = code
    return CodeTree(entries, {})


def _fact(
    name: str,
    type_: FactType,
    *words: str,
    values: tuple[str, ...] | None = None,
    derived: bool = False,
) -> Fact:
    label = dict(zip(("zh-Hans", "zh-Hant", "en"), words, strict=True))
    return Fact(name, type_, label, label, "business", values=values, derived=derived)
