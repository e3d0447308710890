"""What of a measure matters to whoever was told of it: one digest over it, and the marks of its rounds.

Words, contacts and places in the text are not material. Reads no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from policies.documents import Document, Measure
from policies.json_writing import digest_of, to_json
from policies.windows import Standing

# Days before the end at which an enterprise is reminded; told later it counts as the nearest of them.
DEADLINES = (14, 7, 3, 1)
VALIDITY = ("in_force", "effective_from", "effective_to")
TOLD_STATES = frozenset(("open", "rolling", "upcoming"))
NOW_STATES = frozenset(("open", "rolling"))
_TOLD_ONLY = frozenset(("text", "place"))
_ANY_ORDER = frozenset(("all", "any", "of"))


@dataclass(frozen=True)
class _Of:
    """A measure of one revision, told apart by the digest of its document."""

    digest: str
    key: str
    document: Document = field(compare=False, repr=False)
    measure: Measure = field(compare=False, repr=False)


def material(document: Document, measure: Measure) -> str:
    """A digest that changes when the rule, windows, benefits, budget or validity do, and by nothing else."""
    return _digest(_Of(document.digest, measure.key, document, measure))


@lru_cache(maxsize=8_192)
def _digest(one: _Of) -> str:
    return digest_of(parts(one.document, one.measure))[:32]


def parts(document: Document, measure: Measure) -> dict[str, Any]:
    """What is material, by name, as plain values that are equal where they mean the same."""
    content = measure.content
    windows = content["windows"]
    return {
        "rule": normal(content["rule"]),
        "windows": windows if windows is None else sorted(windows, key=to_json),
        "benefits": content["benefits"] or [],
        "budget": _budget(content["budget"]),
        **{name: document.content[name] for name in VALIDITY},
    }


def _budget(budget: Mapping[str, Any] | None) -> Any:
    """The day on which money is known to be left changes nothing; the one since when none is does."""
    if budget is None or budget["state"] is None:
        return None
    return budget if budget["state"] == "exhausted" else budget["state"]


def normal(node: Any) -> Any:
    """A rule as written, without what is only told, and in one order where order means nothing."""
    if isinstance(node, list):
        inside = [normal(each) for each in node]
        return sorted(inside) if inside and all(isinstance(each, str) for each in inside) else inside
    if not isinstance(node, dict):
        return node
    kept = {
        name: normal(value)
        for name, value in node.items()
        if value is not None and (name not in _TOLD_ONLY or (name == "text" and "attest" in node))
    }
    return {
        n: sorted(v, key=to_json) if n in _ANY_ORDER and isinstance(v, list) else v for n, v in kept.items()
    }


def opened_mark(standing: Standing) -> str | None:
    """Which round is open: its first day, `rolling`, or None while none is."""
    if standing.state not in NOW_STATES:
        return None
    opens = standing.round.opens if standing.round else None
    return standing.state if opens is None else opens.isoformat()


def deadline_mark(standing: Standing) -> str | None:
    """Which reminder is due: the round's last day and the fewest days that cover what is left."""
    closes, left = closing(standing)
    step = min((days for days in DEADLINES if left is not None and left <= days), default=None)
    return None if step is None or closes is None else f"{closes.isoformat()}/{step}"


def closing(standing: Standing) -> tuple[date | None, int | None]:
    """The last day of the open round and the days until then."""
    closes = standing.round.closes if standing.round else None
    return (closes, standing.days_left) if standing.state == "open" else (None, None)


def is_nearer(mark: str, told: str | None) -> bool:
    """Whether a reminder is of another round, or nearer to the end, than the last that was told."""
    if told is None:
        return True
    closes, _, step = mark.partition("/")
    told_closes, _, told_step = told.partition("/")
    return closes != told_closes or int(step) < int(told_step)
