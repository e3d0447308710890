"""Trait 2, 3, 6 to 8 and 10 to 12 of the house: sizes, names, imports, clocks, commits, words."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from statistics import median

import grimp

from tests.house.source import ROOMS, ROOT, files, functions, length, named, percentile, tree

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "misc", "common"}
CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        raise AssertionError(circle.args[1]) from None


def test_files_stay_short() -> None:
    sizes = {named(f): len(f.read_text(encoding="utf-8").splitlines()) for f in files(*ROOMS, "benchmarks")}
    assert percentile(list(sizes.values()), 0.9) <= 350
    assert {name: size for name, size in sizes.items() if size > 500} == {}


def test_functions_stay_short() -> None:
    sizes = {f"{named(f)}:{d.name}": length(d) for f, d in functions(*ROOMS, "benchmarks")}
    assert percentile(list(sizes.values()), 0.9) <= 30
    assert {name: size for name, size in sizes.items() if size > 60} == {}


def test_files_are_named_after_what_they_hold() -> None:
    assert [named(f) for f in files(*ROOMS, "tests") if f.stem in EMPTY_NAMES] == []


def test_the_rooms_inside_read_no_clock() -> None:
    reads = [
        f"{named(file)}:{node.lineno}"
        for file in files("policies", "index", "ranking")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "time"}
    ]
    assert reads == []


def test_only_the_engine_commits() -> None:
    commits = {
        named(file)
        for file in files("service")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "begin_nested"}
    }
    assert commits <= {"service/database/engine.py"}


def test_only_stores_and_the_database_hold_sql() -> None:
    allowed = re.compile(
        r"service/(database/.*|[a-z_]+/(store|[a-z]+_store)|backup|idempotency)\.py|service/database/.*"
    )
    speaks = {
        named(file)
        for file in files("service")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        if any(alias.name in {"select", "insert", "update", "delete", "text", "func"} for alias in node.names)
    }
    assert {name for name in speaks if not allowed.fullmatch(name)} == set()


def test_nothing_is_left_undone() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = [named(f) for f in files(*ROOMS, "benchmarks") if words.search(f.read_text(encoding="utf-8"))]
    assert found == []


def test_every_module_says_in_two_lines_what_it_is_for() -> None:
    mute = [
        named(file)
        for file in files(*ROOMS, "benchmarks")
        if file.name != "__init__.py"
        if len([line for line in (ast.get_docstring(tree(file)) or "").splitlines() if line.strip()]) < 2
        if "migrations" not in file.parts
    ]
    assert mute == []


def test_public_things_are_documented() -> None:
    public = [
        (file, node)
        for file in files(*ROOMS)
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_"
        if "migrations" not in file.parts
    ]
    mute = [f"{named(file)}:{node.name}" for file, node in public if not ast.get_docstring(node)]
    assert len(mute) <= 0.05 * len(public), mute


def test_test_names_are_claims() -> None:
    tests = [d for f, d in functions("tests") if d.name.startswith("test_") and f.name.startswith("test_")]
    claims = [d for d in tests if d.name.count("_") >= 4]
    assert len(claims) >= 0.8 * len(tests)
    assert median([length(d) for d in tests]) <= 12


def test_decisions_are_written_down_one_page_each() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(pages) >= 3
    assert all(len(page.read_text(encoding="utf-8").splitlines()) <= 60 for page in pages)


def test_make_help_names_five_verbs_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r'@echo "([a-z-]+) ', makefile)
    assert len(verbs) == 5
    assert {"serve", "test"} <= set(verbs)
    assert all(re.search(rf"^{verb}:", makefile, re.MULTILINE) for verb in verbs)
