"""The project's own source as the house tests see it: files, functions, tests, names."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("policies", "index", "ranking", "service")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """The Python files that git knows or does not ignore, below these folders."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split()
    return tuple(ROOT / n for n in sorted(names) if n.split("/")[0] in folders and (ROOT / n).exists())


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(*folders: str) -> Iterator[tuple[Path, Function]]:
    for file in files(*folders):
        for node in ast.walk(tree(file)):
            if isinstance(node, Function):
                yield file, node


def length(function: Function) -> int:
    """Lines from `def` to the end, the docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def named(place: Path) -> str:
    return str(place.relative_to(ROOT))
