"""What a visitor says of a firm, as a profile, and back: the form, the answers so far, what was skipped.

Everything travels in the page itself; nothing is stored. Never judges: the API does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from policies.faults import Refused
from policies.json_reading import read_json
from policies.json_writing import to_json
from policies.reading import day_of
from service.pages.typed import amount

BANDS = ((1, 9), (10, 19), (20, 49), (50, 99), (100, 299), (300, 999), (1000, None))
MOST = 1_000_000  # characters of a page's own data
SEARCHED = {"region": "regions", "industry": "industries"}
_WORDS = {"yes": True, "no": False}


@dataclass(frozen=True)
class FormFault:
    """A field that cannot be read; `field` is the id of its input."""

    field: str
    key: str


@dataclass
class Firm:
    """The profile being described, and the questions that were put aside."""

    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)
    sizes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    again: str = ""  # a question that is to be answered anew
    answered: str = ""  # the measure whose attestation was answered just now

    def profile(self) -> dict[str, Any]:
        """The body's member `profile`."""
        return {"text": self.text, "facts": self.facts, "answers": self.answers}

    def subject(self) -> dict[str, Any]:
        """Whom an ask is about."""
        return {"profile": self.profile(), **({"sizes": self.sizes} if self.sizes else {})}

    def kept(self, *, stored: bool = False) -> str:
        """Everything as one hidden field; of a stored firm only what the API does not keep."""
        aside = {"skipped": self.skipped, "unknown": self.unknown}
        return to_json(aside if stored else {**self.profile(), "sizes": self.sizes, **aside})

    def aside(self) -> set[str]:
        """Questions not to be asked again by themselves."""
        return {*self.skipped, *self.unknown}

    def settle(self, name: str) -> None:
        """Takes a question from those put aside."""
        self.skipped = [n for n in self.skipped if n != name]
        self.unknown = [n for n in self.unknown if n != name]

    def forget(self, name: str) -> None:
        """Takes back what was said."""
        self.facts.pop(name, None)
        self.answers.pop(name, None)


def kept_firm(text: str) -> Firm:
    """The firm from a page's hidden field. Raises Refused when somebody changed it into something else."""
    found = read_json(text.encode("utf-8", "surrogatepass")[:MOST]) if text else {}
    if not isinstance(found, dict):
        return Firm()
    facts, answers = found.get("facts"), found.get("answers")
    return Firm(
        text=str(found.get("text") or ""),
        facts=facts if isinstance(facts, dict) else {},
        answers=answers if isinstance(answers, dict) else {},
        sizes=_names(found.get("sizes")),
        skipped=_names(found.get("skipped")),
        unknown=_names(found.get("unknown")),
    )


def _names(found: Any) -> list[str]:
    return [str(name) for name in found] if isinstance(found, list) else []


def firm_of(form: FormData, today: date) -> tuple[Firm, list[FormFault]]:
    """The firm as described by the first page's form, with what could not be read."""
    faults: list[FormFault] = []
    try:
        firm = kept_firm(said(form, "profile"))
    except Refused:
        return Firm(), [FormFault("need", "fault.profile")]
    if "need" in form:
        firm.text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", said(form, "need"))[:2_000]
        for name, value in _first_answers(form, today, faults).items():
            if value is None:
                firm.facts.pop(name, None)
            else:
                firm.facts[name] = value
    return firm, faults


def _first_answers(form: FormData, today: date, faults: list[FormFault]) -> dict[str, Any]:
    return {
        "region": _chosen(form, "region", faults),
        "industry": _chosen(form, "industry", faults),
        "registered_on": _date(form, today, faults),
        "employees": _people(form, faults),
    }


def _chosen(form: FormData, name: str, faults: list[FormFault]) -> str | None:
    """The chosen code; words that were typed and led to none are told, not dropped."""
    code = said(form, name)
    if not code and said(form, f"{name}_words"):
        faults.append(FormFault(f"{name}-words", f"fault.{name}"))
    return code or None


def _date(form: FormData, today: date, faults: list[FormFault]) -> str | None:
    text = "" if said(form, "registered_unknown") else said(form, "registered_on")
    wrong = _wrong_day("registered_on", text, today) if text else ""
    if wrong:
        faults.append(FormFault("registered_on", wrong))
    return None if wrong else text or None


def _wrong_day(name: str, text: str, today: date) -> str:
    """The key of what is wrong with a day; a firm is not registered in the future."""
    day = day_of(text)
    if day is None:
        return "fault.date"
    return "fault.future" if name == "registered_on" and day > today else ""


def _people(form: FormData, faults: list[FormFault]) -> Any:
    text = said(form, "employees")
    if text:
        if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        faults.append(FormFault("employees", "fault.number"))
        return None
    band = re.fullmatch(r"([0-9]+)-([0-9]*)", said(form, "employees_band"))
    if not band:
        return None
    return {"min": int(band[1])} | ({"max": int(band[2])} if band[2] else {})


def answered(
    firm: Firm, form: FormData, kinds: Mapping[str, Mapping[str, Any]], today: date
) -> list[FormFault]:
    """Puts into the firm what one press of a button says."""
    if answer := said(form, "answer"):
        _take_word(firm, *answer.rpartition("=")[::2])
    elif name := said(form, "skip"):
        firm.settle(name)
        firm.skipped.append(name)
    elif name := said(form, "again"):
        firm.again = name
    elif (name := said(form, "question")) and (said(form, "do") or said(form, "value")):
        return _take_value(firm, name, form, kinds.get(name, {}), today)
    return []


def _take_word(firm: Firm, name: str, word: str) -> None:
    firm.settle(name)
    firm.answered = name.partition("#")[0] if "#" in name else ""
    if word in _WORDS:
        place: dict[str, Any] = firm.answers if "#" in name else firm.facts
        place[name] = _WORDS[word]
    else:
        firm.forget(name)
        firm.unknown.append(name)


def _take_value(
    firm: Firm, name: str, form: FormData, fact: Mapping[str, Any], today: date
) -> list[FormFault]:
    kind = str(fact.get("type"))
    value: Any = _held(form) if kind == "set" else said(form, "value")
    if not value or said(form, "do") == "unknown":
        _take_word(firm, name, "unknown")
        return []
    if kind in {"money", "count", "ratio"}:
        value = amount(value, whole=kind == "count")
    wrong = _wrong_day(name, value, today) if kind == "date" else ""
    if value is None:
        wrong = {"money": "fault.money", "ratio": "fault.ratio"}.get(kind, "fault.number")
    if wrong:
        firm.again = name
        return [FormFault("question-value", wrong)]
    if fact.get("by_year"):
        before = firm.facts.get(name)
        years = before if isinstance(before, dict) and all(str(y).isdigit() for y in before) else {}
        value = {**years, str(today.year - 1): value}  # the last full year
    firm.settle(name)
    firm.facts[name] = value
    return []


def _held(form: FormData) -> dict[str, Any] | None:
    held = [str(code) for code in form.getlist("held")]
    complete = bool(said(form, "complete"))
    return {"held": held, "complete": complete} if held or complete else None


def said(form: Any, name: str) -> str:
    """A field's text without surrounding blanks; empty when it is absent or a file."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
