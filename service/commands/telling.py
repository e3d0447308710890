"""Failures inside the service, told by a command in one line each.

What is not expected here stays an error with its trace.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from index.encoding import EncoderFailed, EncoderMissing
from index.generation import Damaged
from policies.faults import Fault as Wrong
from policies.faults import Refused
from service.commands.fault import Fault
from service.database.migrate import NotMigrated
from service.errors import Problem


@contextmanager
def told() -> Iterator[None]:
    """Turns what may be refused or fail inside into a Fault."""
    try:
        yield
    except Refused as refused:
        raise Fault(*(line(fault) for fault in refused.faults)) from None
    except Problem as problem:
        counts = problem.members.get("counts", {})
        numbers = ", ".join(f"{count} {part}" for part, count in counts.items())
        raise Fault(f"{problem.code}: {problem.detail('en')}{numbers and f' ({numbers})'}") from None
    except (NotMigrated, Damaged, EncoderFailed, EncoderMissing) as failure:
        raise Fault(str(failure)) from None
    except SQLAlchemyError as error:
        raise Fault(f"database: {getattr(error, 'orig', error)}") from None


def line(fault: Wrong, file: str = "") -> str:
    """One fault of a document: its file where it is known, its pointer, its code, and why."""
    where = fault.params.get("file", file)
    place = f"{where}: " if where else ""
    return f"{place}{fault.line('en')}"
