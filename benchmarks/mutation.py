"""Mutation score of the rule reader and the judge: how many small faults in them the fast tests notice.

mutmut makes and runs the mutants in a copy, never here; `python -m benchmarks mutation [--json]`.
"""

import argparse
import contextlib
import filecmp
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parent.parent
MODULES = (
    *("rules", "rule_reading", "rule_leaves", "rule_numbers", "rule_branches"),
    *("eligibility", "combining", "operators", "nodes"),
)
TESTS = (
    *("test_rules", "test_rule_fault_texts", "test_rule_faults_exact", "test_rule_limits"),
    *("test_graded", "test_combining", "test_nodes", "test_conditions", "test_operators"),
    "test_eligibility",
)
# Every mutant meets every test, as a reader made at import belongs to no single one; its own ones first.
RUNNER = """
from mutmut.runners.harness import PytestRunner, change_cwd
import mutmut.__main__

class First:
    def __init__(self, tests):
        self.tests = frozenset(tests)

    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: item.nodeid not in self.tests)

def run_tests(runner, *, mutant_name, tests):
    with change_cwd("mutants"):
        arguments = runner._pytest_args_regular_run([])
        return int(runner.execute_pytest(arguments, plugins=[First(tests)]))

PytestRunner.run_tests = run_tests
mutmut.__main__.cli()
"""
SETTINGS: Mapping[str, Mapping[str, object]] = {
    "pytest.ini_options": {
        "pythonpath": ["."],
        "addopts": "--import-mode=importlib --strict-markers",
        "filterwarnings": ["error"],
        "markers": ["slow: left out of `make test-fast`"],
    },
    "mutmut": {
        "source_paths": ["policies"],
        # Each mutant imports policies anew: readers and tests of days are made at import by factories.
        "process_isolation": "forkserver",
        "forkserver_warmup": "import",
        "preload_modules_file": "preloaded",
        "only_mutate": [f"policies/{name}.py" for name in MODULES],
        "pytest_add_cli_args": [
            *("-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider"),
            "--hypothesis-profile=mutants",
        ],
        "pytest_add_cli_args_test_selection": [f"tests/policies/{name}.py" for name in TESTS],
        # Seconds that not even a busy machine makes all the files take; the estimate is of fewer tests.
        "timeout_constant": 120.0,
        "timeout_multiplier": 1.0,
        "use_git_change_detection": False,
    },
}
PRELOADED = ("pytest", "hypothesis.strategies", "structlog")
LOOKS_EVERY = 10  # seconds
CAUGHT = ("killed", "timeout", "segfault")
Codes = Mapping[str, int | None]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; ends with 1 when a sampled mutant was not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutation")
    parser.add_argument("--sample", type=int, default=400, help="how many mutants are run")
    parser.add_argument("--seed", type=int, default=14, help="which ones")
    parser.add_argument(
        "--folder", type=Path, help="where the copy is kept: a run that was broken off goes on in it"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        codes = sampled(folder / "copy", options.sample, options.seed)
    except KeyboardInterrupt:
        sys.exit(
            f"broken off; goes on with --sample {options.sample} --seed {options.seed} --folder {folder}"
        )
    report = {"seed": options.seed, **summary(codes)}
    print(json.dumps(report, indent=1) if options.json else _table(report))
    if "not checked" in _words(codes):
        sys.exit(f"not all were run: {folder / 'copy' / 'mutmut.log'}")
    if not options.folder:
        shutil.rmtree(folder)


def sampled(copy: Path, size: int, seed: int) -> dict[str, int | None]:
    """Exit codes by mutant of a sample, judged in `copy`, which is made or gone on with."""
    if not (copy / "mutants" / "mutmut-stats.json").exists():
        shutil.rmtree(copy, ignore_errors=True)
        _make_copy(copy)
        _mutmut(copy, "policies.nothing.*").wait()  # makes the mutants, then finds none of that name
    elif _is_old(copy):
        sys.exit(f"{copy} is of other code or tests: take another folder")
    names = sorted(_codes(copy))
    chosen = sorted(random.Random(seed).sample(names, min(size, len(names))))
    _run(copy, chosen)
    found = _codes(copy)
    return {name: found[name] for name in chosen}


def _run(copy: Path, chosen: Sequence[str]) -> None:
    """Runs those that were not run yet; what is run is kept when it is broken off."""
    left = [name for name in chosen if _codes(copy)[name] is None]
    if not left:
        return
    running = _mutmut(copy, *left)
    try:
        _tell(copy, chosen, running)
    except KeyboardInterrupt:
        running.send_signal(signal.SIGINT)
        running.wait()
        raise


def _tell(copy: Path, chosen: Sequence[str], running: subprocess.Popen[bytes]) -> None:
    """Says on stderr how many are run, until all are."""
    told = -1
    while running.poll() is None:
        time.sleep(LOOKS_EVERY)
        with contextlib.suppress(json.JSONDecodeError):  # just being written
            words = _words({name: _codes(copy)[name] for name in chosen})
            done = len(chosen) - words["not checked"]
            missed = done - sum(words[word] for word in CAUGHT)
            if done != told:
                print(f"{done} of {len(chosen)} run, {missed} not noticed", file=sys.stderr, flush=True)
            told = done


def summary(codes: Codes) -> dict[str, object]:
    """Counts and score by file and in total, and the names of those that were not caught."""
    files = {name: _counts(_of(codes, name)) for name in MODULES}
    missed = [name for name, code in codes.items() if status_by_exit_code[code] not in CAUGHT]
    return {"files": files, "total": _counts(codes), "missed": missed}


def _of(codes: Codes, module: str) -> Codes:
    return {name: code for name, code in codes.items() if name.startswith(f"policies.{module}.")}


def _words(codes: Codes) -> Counter[str]:
    return Counter(status_by_exit_code[code] for code in codes.values())


def _counts(codes: Codes) -> dict[str, float | None]:
    words = _words(codes)
    caught = sum(words[word] for word in CAUGHT)
    score = round(100 * caught / len(codes), 1) if codes else None
    return {"mutants": len(codes), **dict(sorted(words.items())), "score": score}


def _copied() -> Iterator[Path]:
    """What the copy has of this repository."""
    for folder in (ROOT / "policies", ROOT / "tests" / "policies"):
        yield from (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    yield from (ROOT / "tests" / name for name in ("__init__.py", "conftest.py"))


def _is_old(copy: Path) -> bool:
    return not all(
        (there := copy / path.relative_to(ROOT)).exists() and filecmp.cmp(path, there, shallow=False)
        for path in _copied()
    )


def _make_copy(copy: Path) -> None:
    for path in _copied():
        there = copy / path.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there)
    sections = (
        f"[tool.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
        for name, lines in SETTINGS.items()
    )
    (copy / "pyproject.toml").write_text("\n".join(sections), encoding="utf-8")
    (copy / "preloaded").write_text("\n".join(PRELOADED), encoding="utf-8")


def _mutmut(copy: Path, *names: str) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-c", RUNNER, "run", "--max-children", "1", *names)
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with (copy / "mutmut.log").open("ab") as log:
        return subprocess.Popen(command, cwd=copy, env=environment, stdout=log, stderr=log)


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
