"""China's code tables, read once from tables/ when first asked for.

Sources, counts and doubts are in tables/README.md; no code here corrects a table.
"""

import csv
from functools import cache
from pathlib import Path

from policies.codes import Codes, CodeTree, Entry, Qualification, Written
from policies.size_classes import SIZES, SizeScope, SizeScopes

TABLES = Path(__file__).parent / "tables"
WHOLE_COUNTRY = "000000"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table; lines that begin with # say where it is from."""
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def china_codes() -> Codes:
    """GB/T 2260 at the end of 2024, GB/T 4754-2017, qualifications, the size classes of 2017."""
    industries = _industries()
    scopes = _size_scopes(industries)
    return Codes(
        regions=_regions(),
        industries=industries,
        qualifications=_qualifications(),
        size_scopes=SizeScopes(scopes, industries.everything()),
    )


def _regions() -> CodeTree:
    names = {row["code"]: row["name"] for row in rows("regions.csv")}
    entries = {WHOLE_COUNTRY: Entry("全国", None, 0)}
    for code, name in names.items():
        parent, level = _region_parent(code, names)
        entries[code] = Entry(name, parent, level)
    written: dict[str, Written] = {}
    for row in rows("regions_retired.csv"):
        successors = tuple(row["successors"].split())
        written[row["code"]] = Written(successors or tuple(row["lies_in"].split(";")), bool(successors))
    for row in rows("regions_virtual.csv"):
        parent = row["parent"]
        written[row["code"]] = written.get(parent) or Written((parent,))
    return CodeTree(entries, written, root=WHOLE_COUNTRY)


def _region_parent(code: str, names: dict[str, str]) -> tuple[str, int]:
    if code.endswith("0000"):
        return WHOLE_COUNTRY, 1
    province = f"{code[:2]}0000"
    if code.endswith("00"):
        return province, 2
    prefecture = f"{code[:4]}00"
    return (prefecture if prefecture in names else province), 3


_INDUSTRY_LEVEL = {1: 1, 3: 2, 4: 3, 5: 4}


def _industries() -> CodeTree:
    entries: dict[str, Entry] = {}
    written: dict[str, Written] = {}
    for row in rows("industries.csv"):
        code = row["code"]
        level = _INDUSTRY_LEVEL[len(code)]
        parent = None if level == 1 else code[:1] if level == 2 else code[:-1]
        entries[code] = Entry(row["name"], parent, level)
        if level > 1:
            written[code[1:]] = Written((code,))
    return CodeTree(entries, written)


def _qualifications() -> dict[str, Qualification]:
    languages = ("zh-Hans", "zh-Hant", "en")
    return {
        row["code"]: Qualification(row["code"], {language: row[language] for language in languages})
        for row in rows("qualifications.csv")
    }


def _size_scopes(industries: CodeTree) -> list[SizeScope]:
    by_scope: dict[str, list[dict[str, str]]] = {}
    for row in rows("size_classes.csv"):
        by_scope.setdefault(row["scope"], []).append(row)
    return [
        SizeScope(
            name=name,
            industries=industries.leaves(lines[0]["industries"].split()),
            bounds={line["fact"]: _bounds(line) for line in lines},
        )
        for name, lines in by_scope.items()
    ]


def _bounds(line: dict[str, str]) -> tuple[int, int, int]:
    small, medium, large = (int(line[size]) for size in SIZES[1:])
    return small, medium, large
