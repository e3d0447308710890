"""Runs the test suites one after another, each with its time; `fast` and `house` run fewer of them.

Installs what a suite needs from the system where that is possible. Never stops at the first red suite.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PYTEST = (sys.executable, "-m", "pytest")
BESIDE = ("-n", "2", "--dist", "loadfile")  # two files at a time, one on each of two cores
QUICK = ("-n", "2", "--dist", "worksteal", "--hypothesis-profile", "fast")  # fewer examples, evenly spread
ROOMS = ("tests/policies", "tests/index", "tests/ranking", "tests/benchmarks")
FAST = "not slow and not browser and not e2e"


@dataclass(frozen=True)
class Suite:
    """One command, what it proves, and in which runs it takes part."""

    name: str
    command: tuple[str, ...]
    runs: frozenset[str]


def _suite(name: str, *command: str, runs: str = "all") -> Suite:
    return Suite(name, command, frozenset(runs.split()))


SUITES = (
    _suite("ruff", f"{BIN}/ruff", "check", ".", runs="all fast house"),
    _suite("format", f"{BIN}/ruff", "format", "--check", "--quiet", ".", runs="all fast house"),
    _suite("import-linter", f"{BIN}/lint-imports", "--no-cache", runs="all fast house"),
    _suite("mypy", f"{BIN}/mypy"),
    _suite("house", *PYTEST, "tests/house", "tests/e2e", "-m", FAST, runs="all fast house"),
    _suite("unit and service", *PYTEST, *QUICK, *ROOMS, "tests/service", "-m", FAST, runs="fast"),
    _suite("unit and property", *PYTEST, *BESIDE, *ROOMS, "-m", FAST),
    _suite("service", *PYTEST, *BESIDE, "tests/service", "-m", FAST),
    _suite("contract", *PYTEST, *BESIDE, "tests/contract", "-m", FAST),
    _suite("Dockerfile", sys.executable, "-m", "tests.dockerfile_steps"),
    _suite("slow and faults", *PYTEST, "tests", "-m", "slow and not browser and not e2e"),
    _suite("end to end", *PYTEST, "tests", "-m", "e2e and not browser"),
    _suite("browser", *PYTEST, "tests", "-m", "browser"),
)


def main(run: str) -> int:
    """Runs the suites of one run; 0 when all are green."""
    if run == "all":
        install_system_packages()
    results = [(suite, *timed(suite)) for suite in SUITES if run in suite.runs]
    print("\n{:<20} {:>8}".format("suite", "seconds"))
    for suite, code, seconds in results:
        print(f"{suite.name:<20} {seconds:>8.1f}  {'ok' if code == 0 else 'FAILED'}")
    failed = sum(code != 0 for _, code, _ in results)
    print(f"\nsuites: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


def timed(suite: Suite) -> tuple[int, float]:
    """The exit code and the seconds of one suite."""
    print(f"\n── {suite.name}", flush=True)
    start = time.monotonic()
    code = subprocess.run(suite.command, cwd=ROOT).returncode
    return code, time.monotonic() - start


def install_system_packages() -> None:
    """Chromium and a CJK font, through apt where we are root; else one line says what to run."""
    fonts = subprocess.run(("sh", "-c", "fc-list :lang=zh | grep -q ."), capture_output=True).returncode
    if shutil.which("chromium") and fonts == 0:
        return
    command = "apt-get update && apt-get install --yes chromium fonts-noto-cjk"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(("sh", "-c", f"({command}) >/dev/null"), env=environment)
    else:
        print(f"The browser tests need Chromium and a Chinese font: sudo sh -c '{command}'")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
