"""What a visitor fills in, as a profile, and back: the form, the answers given so far, what was skipped.

Everything travels in the page itself; nothing is stored. Never judges: the API does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.datastructures import FormData

from policies.faults import Refused
from policies.json_reading import read_json
from policies.json_writing import to_json
from policies.reading import day_of

BANDS = ((1, 9), (10, 19), (20, 49), (50, 99), (100, 299), (300, 999), (1000, None))
MOST = 1_000_000  # characters of a page's own data


@dataclass(frozen=True)
class FormFault:
    """A field that cannot be read; `field` is the id of its input."""

    field: str
    key: str


@dataclass
class Firm:
    """The profile being described, and the questions that were skipped."""

    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def profile(self) -> dict[str, Any]:
        """The body's member `profile`."""
        return {"text": self.text, "facts": self.facts, "answers": self.answers}

    def kept(self) -> str:
        """Everything as one hidden field."""
        return to_json({**self.profile(), "skipped": self.skipped})


def kept_firm(text: str) -> Firm:
    """The firm from a page's hidden field. Raises Refused when somebody changed it into something else."""
    found = read_json(text.encode("utf-8", "surrogatepass")[:MOST]) if text else {}
    if not isinstance(found, dict):
        return Firm()
    facts, answers, skipped = found.get("facts"), found.get("answers"), found.get("skipped")
    return Firm(
        text=str(found.get("text") or ""),
        facts=facts if isinstance(facts, dict) else {},
        answers=answers if isinstance(answers, dict) else {},
        skipped=[str(name) for name in skipped] if isinstance(skipped, list) else [],
    )


def firm_of(form: FormData) -> tuple[Firm, list[FormFault]]:
    """The firm as described by the first page's form, with what could not be read."""
    faults: list[FormFault] = []
    try:
        firm = kept_firm(_given(form, "profile"))
    except Refused:
        return Firm(), [FormFault("need", "fault.profile")]
    if "need" in form:
        firm.text = _given(form, "need")[:2_000]
        for name, value in _first_answers(form, faults).items():
            if value is None:
                firm.facts.pop(name, None)
            else:
                firm.facts[name] = value
    return firm, faults


def _first_answers(form: FormData, faults: list[FormFault]) -> dict[str, Any]:
    return {
        "region": _given(form, "region") or None,
        "industry": _given(form, "industry") or None,
        "registered_on": _date(form, faults),
        "employees": _people(form, faults),
    }


def _date(form: FormData, faults: list[FormFault]) -> str | None:
    text = "" if _given(form, "registered_unknown") else _given(form, "registered_on")
    if text and day_of(text) is None:
        faults.append(FormFault("registered_on", "fault.date"))
        return None
    return text or None


def _people(form: FormData, faults: list[FormFault]) -> Any:
    text = _given(form, "employees")
    if text:
        if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        faults.append(FormFault("employees", "fault.number"))
        return None
    band = re.fullmatch(r"([0-9]+)-([0-9]*)", _given(form, "employees_band"))
    if not band:
        return None
    return {"min": int(band[1])} | ({"max": int(band[2])} if band[2] else {})


def answered(firm: Firm, form: FormData, kinds: Mapping[str, Mapping[str, Any]]) -> list[FormFault]:
    """Puts into the firm what one press of a button says; `kinds` are the facts by name."""
    if answer := _given(form, "answer"):
        _take_word(firm, *answer.rpartition("=")[::2])
    elif name := _given(form, "skip"):
        firm.skipped.append(name)
    elif name := _given(form, "forget"):
        firm.facts.pop(name, None)
        firm.answers.pop(name, None)
        firm.skipped = [s for s in firm.skipped if s != name]
    elif name := _given(form, "question"):
        return _take_value(firm, name, form, kinds)
    return []


def _take_word(firm: Firm, name: str, word: str) -> None:
    known = {"yes": True, "no": False}.get(word)
    place: dict[str, Any] = firm.answers if "#" in name else firm.facts
    if known is None:
        place.pop(name, None)
        if "#" not in name:
            firm.skipped.append(name)
    else:
        place[name] = known


def _take_value(
    firm: Firm, name: str, form: FormData, kinds: Mapping[str, Mapping[str, Any]]
) -> list[FormFault]:
    kind = kinds.get(name, {}).get("type")
    text = _given(form, "value")
    if kind == "set":
        held = [str(code) for code in form.getlist("held")]
        if held or _given(form, "complete"):
            firm.facts[name] = {"held": held, "complete": bool(_given(form, "complete"))}
        else:
            firm.skipped.append(name)
        return []
    if not text:
        firm.skipped.append(name)
        return []
    value: Any = _number(text) if kind in {"money", "count", "ratio"} else text
    if value is None or (kind == "date" and day_of(text) is None):
        wrong = {"money": "fault.money", "ratio": "fault.money", "date": "fault.date"}
        return [FormFault("question-value", wrong.get(str(kind), "fault.number"))]
    firm.facts[name] = value
    return []


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _given(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
