"""`huiqi`: the command line. Loads only the command that is asked for, so that `serve` stays small.

A fault is one line on stderr and exit 1, wrong usage exit 2; never a traceback.
"""

import ast
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import typer
from pydantic import ValidationError

from service.commands.fault import Fault

# Each is a function `run` with its documentation, in service/commands/<module>.py.
COMMANDS: Mapping[str, str] = {
    "serve": "serve",
    "worker": "worker",
    "migrate": "migrate",
    "import": "import_documents",
    "export": "export",
    "publish": "publish",
    "withdraw": "withdraw",
    "reindex": "reindex",
    "rollback": "rollback",
    "train": "train",
    "evaluate": "evaluate",
    "model": "model",
    "doctor": "doctor",
    "check": "check",
    "backup": "backup",
    "restore": "restore",
    "demo": "demo",
    "rotate-key": "rotate_key",
}


def application(asked: str | None = None) -> typer.Typer:
    """The command line; only the command that is asked for is loaded, the others can be listed."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_about)
    for name, module in COMMANDS.items():
        run = import_module(f"service.commands.{module}").run if name == asked else _listed(module)
        app.command(name)(run)
    return app


def _listed(module: str) -> Callable[[], None]:
    """A stand-in with the command's documentation, read without loading what the command needs."""
    source = (Path(__file__).parent / "commands" / f"{module}.py").read_text(encoding="utf-8")
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]

    def stand_in() -> None:
        """Replaced below."""

    stand_in.__doc__ = next(ast.get_docstring(node) for node in functions if node.name == "run")
    return stand_in


def _about() -> None:
    """Matches enterprises with the support measures they are entitled to, and tells them (惠企).

    Settings come from the environment (HUIQI_…); see docs/settings.md.
    """


def main() -> None:
    """Runs the command that the arguments name."""
    try:
        application(next(iter(sys.argv[1:2]), None))()
    except Fault as fault:
        _end(*fault.lines)
    except ValidationError as error:
        _end(*(_setting(each["loc"], each["msg"]) for each in error.errors()))
    except OSError as error:
        _end(f"{error.filename or 'huiqi'}: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001  # whatever it is, a person at a terminal gets one line
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = str(error).partition("\n")[0]
        _end(f"internal: {type(error).__name__}: {said} ({Path(place.filename).name}:{place.lineno})")


def _setting(place: tuple[int | str, ...], what: str) -> str:
    """A setting that is wrong; one that concerns several names them itself."""
    said = what.removeprefix("Value error, ")
    return f"HUIQI_{'_'.join(map(str, place)).upper()}: {said}" if place else said


def _end(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)
    sys.exit(1)
