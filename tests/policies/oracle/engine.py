"""The oracle: many rules and profiles judged at once by DuckDB's own arithmetic, calendar and Kleene logic.

Shares nothing with the evaluator of policies but the tables of codes, which it reads by itself.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from policies import facts as facts_module
from tests.policies.oracle.rows import Rows

HERE = Path(__file__).parent
TABLES = Path(facts_module.__file__).parent / "tables"
Pair = tuple[Any, dict[str, Any], dict[str, bool], date]


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of one pair; `leaves` are those outside for_years, by path."""

    now: bool | None
    part: str
    leaves: dict[str, bool | None]


def judged_by_duckdb(pairs: Sequence[Pair]) -> list[Verdict | None]:
    """The verdict of each pair; None where a product is too long for DuckDB's largest whole number."""
    rows = Rows()
    for pair in pairs:
        rows.add(*pair)
    try:
        found = _evaluated(rows)
    except duckdb.OutOfRangeException:
        if len(pairs) == 1:
            return [None]
        half = len(pairs) // 2
        return [*judged_by_duckdb(pairs[:half]), *judged_by_duckdb(pairs[half:])]
    leaves: list[dict[str, bool | None]] = [{} for _ in pairs]
    for (owner, path), number in rows.leaves.items():
        if "@" not in path:
            leaves[owner][path] = found[number][0]
    return [Verdict(found[root][0], _part(*found[root]), leaves[i]) for i, root in enumerate(rows.roots)]


def _part(now: bool | None, favourable: bool | None) -> str:
    if now is not None:
        return "certain" if now else "excluded"
    return "checkable" if favourable else "undecided"


def _evaluated(rows: Rows) -> dict[int, tuple[bool | None, bool | None]]:
    database, steps = _database()
    for table in _FILLED:
        database.execute(f"DELETE FROM {table}")
    for table, values in rows.tables.items():
        database.execute(f"INSERT INTO {table} VALUES {', '.join(map(_sql, values))}")
    for level, step in _each_level(rows, steps):
        database.execute(step.replace("$level", str(level)))
    told = database.execute("SELECT id, now, favourable FROM verdicts").fetchall()
    return {number: (now, favourable) for number, now, favourable in told}


def _each_level(rows: Rows, steps: Sequence[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    for needs, step in steps:
        if needs not in ("formulas", "branches"):
            yield 0, step
        else:
            yield from ((level, step) for level in sorted({row[1] for row in rows.tables[needs]}))


_FILLED = [
    "pairs",
    "given_numbers",
    "given_days",
    "given_words",
    "given_items",
    "given_absent",
    "given_answers",
    "constants",
    "looked_up",
    "ages",
    "formulas",
    "numbers",
    "compared",
    "day_leaves",
    "word_leaves",
    "place_leaves",
    "set_leaves",
    "size_leaves",
    "profit_leaves",
    "attest_leaves",
    "branches",
    "edges",
    "verdicts",
]


@cache
def _database() -> tuple[duckdb.DuckDBPyConnection, list[tuple[str, str]]]:
    database = duckdb.connect(config={"threads": 1})
    database.execute((HERE / "engine.sql").read_text(encoding="utf-8"))
    for table, values in _code_tables().items():
        database.execute(f"INSERT INTO {table} VALUES {', '.join(map(_sql, values))}")
    database.execute((HERE / "below.sql").read_text(encoding="utf-8"))
    statements = (HERE / "evaluate.sql").read_text(encoding="utf-8").split(";\n")
    return database, [(_needs(one), one) for one in statements if one.strip()]


def _needs(statement: str) -> str:
    if "$level" not in statement:
        return ""
    return "formulas" if "FROM formulas" in statement else "branches"


def _code_tables() -> dict[str, list[tuple[Any, ...]]]:
    regions = {row["code"]: "" for row in _csv("regions.csv")}
    tree = [("region", "000000", None), *(("region", code, _above(code, regions)) for code in regions)]
    means: dict[str, list[str]] = {code: [code] for code in ("000000", *regions)}
    for row in _csv("regions_retired.csv"):
        means[row["code"]] = row["successors"].split() or row["lies_in"].split(";")
    for row in _csv("regions_virtual.csv"):
        means[row["code"]] = means[row["parent"]]
    trades = [row["code"] for row in _csv("industries.csv")]
    tree += [
        ("industry", code, "*" if len(code) == 1 else code[:1] if len(code) == 3 else code[:-1])
        for code in trades
    ]
    written = [("region", code, one) for code, ones in means.items() for one in ones]
    written += [("industry", code, code) for code in ("*", *trades)]
    written += [("industry", code[1:], code) for code in trades if len(code) > 1]
    sizes = _csv("size_classes.csv")
    return {
        "tree": [*tree, ("industry", "*", None)],
        "means": [*written, ("region", "*", "000000")],
        "scopes": [(row["scope"], code) for row in sizes for code in row["industries"].split()],
        "bounds": [
            (row["scope"], row["fact"], int(row[c])) for row in sizes for c in ("small", "medium", "large")
        ],
    }


def _above(code: str, regions: dict[str, str]) -> str:
    if code[2:] == "0000":
        return "000000"
    city = code[:4] + "00"
    return city if city != code and city in regions else code[:2] + "0000"


def _csv(name: str) -> list[dict[str, str]]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def _sql(value: Any) -> str:
    """A value as SQL writes it."""
    if value is None or isinstance(value, bool):
        return "NULL" if value is None else str(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_sql, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(_sql, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_sql(key)}: {_sql(one)}' for key, one in value.items())}}}"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return f"'{value}'" if isinstance(value, str) else f"DATE '{value.isoformat()}'"
