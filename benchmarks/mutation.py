"""Mutation score of the rule reader and the judge: how many small faults in them the fast tests notice.

mutmut makes and runs the mutants in a temporary copy; `python -m benchmarks mutation [--json]`.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parent.parent
MODULES = (
    *("rules", "rule_reading", "rule_leaves", "rule_numbers", "rule_branches"),
    *("eligibility", "combining", "operators", "nodes"),
)
TESTS = ("test_rules", "test_rule_faults_exact", "test_eligibility", "test_operators")
# mutmut hands pytest hundreds of names of single tests, which pytest refuses; whole files it takes.
BY_FILES = """
from mutmut.runners.harness import PytestRunner
import mutmut.__main__
plain = PytestRunner._pytest_args_regular_run
def by_files(runner, tests):
    return plain(runner, sorted({test.partition("::")[0] for test in tests}))
PytestRunner._pytest_args_regular_run = by_files
mutmut.__main__.cli()
"""
CAUGHT = ("killed", "timeout", "segfault")
Codes = Mapping[str, int | None]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; ends with 1 when a sampled mutant was not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutation")
    parser.add_argument("--sample", type=int, default=400, help="how many mutants are run")
    parser.add_argument("--seed", type=int, default=14, help="which ones")
    parser.add_argument("--folder", type=Path, help="a new folder to keep, for `mutmut show NAME` in it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        codes = sampled(folder / "copy", options.sample, options.seed)
    report = {"seed": options.seed, **summary(codes)}
    print(json.dumps(report, indent=1) if options.json else _table(report))
    if "not checked" in {status_by_exit_code[code] for code in codes.values()}:
        sys.exit(1)


def sampled(copy: Path, size: int, seed: int) -> dict[str, int | None]:
    """Exit codes by mutant of a sample, judged in `copy`, which is made."""
    _make_copy(copy)
    _mutmut(copy, "policies.nothing.*")  # makes the mutants, then finds none of that name
    names = sorted(_codes(copy))
    chosen = random.Random(seed).sample(names, min(size, len(names)))
    _mutmut(copy, *chosen)
    found = _codes(copy)
    return {name: found[name] for name in sorted(chosen)}


def summary(codes: Codes) -> dict[str, object]:
    """Counts and score by file and in total, and the names of those that were not caught."""
    files = {name: _counts(_of(codes, name)) for name in MODULES}
    missed = [name for name, code in codes.items() if status_by_exit_code[code] not in CAUGHT]
    return {"files": files, "total": _counts(codes), "missed": missed}


def _of(codes: Codes, module: str) -> Codes:
    return {name: code for name, code in codes.items() if name.startswith(f"policies.{module}.")}


def _counts(codes: Codes) -> dict[str, float | None]:
    words = Counter(status_by_exit_code[code] for code in codes.values())
    caught = sum(words[word] for word in CAUGHT)
    score = round(100 * caught / len(codes), 1) if codes else None
    return {"mutants": len(codes), **dict(sorted(words.items())), "score": score}


def _make_copy(copy: Path) -> None:
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "policies", copy / "policies", ignore=left_out)
    shutil.copytree(ROOT / "tests" / "policies", copy / "tests" / "policies", ignore=left_out)
    for name in ("tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, copy / name)
    lists = {
        "source_paths": ["policies"],
        # Each mutant imports anew: readers and tests of days are made at import by factories.
        "process_isolation": "forkserver",
        "forkserver_warmup": "none",
        "only_mutate": [f"policies/{name}.py" for name in MODULES],
        "pytest_add_cli_args": ["--hypothesis-profile=fast", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": [f"tests/policies/{name}.py" for name in TESTS],
    }
    section = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lists.items())
    (copy / "pyproject.toml").write_text(
        f"{(ROOT / 'pyproject.toml').read_text(encoding='utf-8')}\n[tool.mutmut]\n{section}\n",
        encoding="utf-8",
    )


def _mutmut(copy: Path, *names: str) -> None:
    command = (sys.executable, "-c", BY_FILES, "run", "--max-children", "1", *names)
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    with (copy / "mutmut.log").open("ab") as log:
        subprocess.run(command, cwd=copy, env=environment, stdout=log, stderr=log)


def _codes(copy: Path) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name in MODULES:
        meta = copy / "mutants" / "policies" / f"{name}.py.meta"
        found |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _table(report: Mapping[str, object]) -> str:
    files, total, missed = report["files"], report["total"], report["missed"]
    assert isinstance(files, dict)
    assert isinstance(missed, list)
    words = ("mutants", "killed", "timeout", "survived", "no tests", "score")
    lines = ["{:<16}".format("file") + "".join(f"{word:>10}" for word in words)]
    for name, counts in {**files, "total": total}.items():
        lines.append(f"{name:<16}" + "".join(f"{counts.get(word, 0) or 0:>10}" for word in words))
    return "\n".join([*lines, "", *missed])
