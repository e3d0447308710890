"""`huiqi`: the command line. Loads only the command that is asked for, so that `serve` stays small.

A fault is one line on stderr and exit 1, wrong usage exit 2; never a traceback.
"""

import sys
from collections.abc import Mapping
from importlib import import_module

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
    "doctor": "doctor",
    "check": "check",
    "backup": "backup",
    "restore": "restore",
    "demo": "demo",
    "rotate-key": "rotate_key",
}


def application(names: tuple[str, ...] = tuple(COMMANDS)) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_about)
    for name in names:
        app.command(name)(import_module(f"service.commands.{COMMANDS[name]}").run)
    return app


def _about() -> None:
    """Matches enterprises with the support measures they are entitled to, and tells them (惠企).

    Settings come from the environment (HUIQI_…); see docs/settings.md.
    """


def main() -> None:
    """Runs the command that the arguments name."""
    asked = tuple(word for word in sys.argv[1:2] if word in COMMANDS)
    try:
        application(asked or tuple(COMMANDS))()
    except Fault as fault:
        _end(*fault.lines)
    except ValidationError as error:
        _end(*(f"HUIQI_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()))
    except OSError as error:
        _end(f"{error.filename or 'huiqi'}: {error.strerror or error}")


def _end(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)
    sys.exit(1)
