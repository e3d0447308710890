"""Trait 4: importing does nothing, and the API process stays free of torch."""

import subprocess
import sys

import pytest

from tests.house.source import ROOMS, ROOT, files, named

WATCH = """
import sys, importlib
seen = []
def hook(event, args):
    if event == "open":
        path, mode = str(args[0]), str(args[1] or "r")
        inside = path.startswith(ROOT) and "/.venv/" not in path
        if inside and not path.endswith((".py", ".pyc")) and "__pycache__" not in path:
            seen.append(path)
    elif event in {"socket.connect", "socket.bind", "subprocess.Popen"}:
        seen.append(event)
"""


def modules() -> list[str]:
    return [named(f)[:-3].replace("/", ".").removesuffix(".__init__") for f in files(*ROOMS)]


def run(code: str) -> str:
    done = subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_importing_any_module_opens_no_file_and_no_socket() -> None:
    skip = ("service.database.migrations", "__main__")
    names = [m for m in modules() if not m.startswith(skip[0]) and not m.endswith(skip[1])]
    code = f"ROOT = {str(ROOT)!r}\n{WATCH}\nnames = {names!r}\n"
    code += "sys.addaudithook(hook)\nfor name in names: importlib.import_module(name)\nprint(seen)"
    assert run(code) == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("heavy", ["torch", "transformers", "sentence_transformers", "pandas"])
def test_the_api_never_imports(heavy: str) -> None:
    assert run(f"import sys, service.app; print({heavy!r} in sys.modules)") == "False"
