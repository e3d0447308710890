"""The one question that is asked next, and what was said so far, each with the way to change it.

Takes the API's order of questions; adds what cards still miss when those are used up.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.pages.firm_form import Firm
from service.pages.shown_values import Fact, Shower
from service.pages.words import Words

FIRST = ("region", "industry", "registered_on", "employees")  # asked by the first page's form
_KINDS = {
    "flag": "yesno", "enum": "choice", "set": "held", "date": "date",
    "money": "number", "count": "number", "ratio": "number",
}  # fmt: skip
_HINTS = {"money": "question.yuan", "ratio": "question.ratio", "count": "question.people"}
_ATTEST: Fact = {"type": "flag", "by_year": False, "values": None}


def question_of(
    asked: Iterable[Mapping[str, Any]],
    cards: Iterable[Mapping[str, Any]],
    firm: Firm,
    show: Shower,
    year: int,
) -> dict[str, Any] | None:
    """The question to put now: one opened anew, else the first that was not put aside."""
    if firm.again in show.facts:
        fact = show.facts[firm.again]
        text = fact["question"][show.t.language]
        return _shown(firm.again, text, None, fact, firm, show, year)
    for q in (*asked, *_of_cards(cards, show)):
        name = q.get("fact") or q.get("attest")
        if name not in firm.aside():
            fact = show.facts.get(str(q.get("fact")), _ATTEST)
            return _shown(str(name), q["text"], q["unlocks"], fact, firm, show, year)
    return None


def _of_cards(cards: Iterable[Mapping[str, Any]], show: Shower) -> Iterator[dict[str, Any]]:
    wanted = Counter(name for card in cards for name in card["missing"])
    for name, times in wanted.most_common():
        if name in show.facts:
            yield {"fact": name, "text": show.facts[name]["question"][show.t.language], "unlocks": times}


def _shown(
    name: str, text: str, unlocks: int | None, fact: Fact, firm: Firm, show: Shower, year: int
) -> dict[str, Any]:
    t = show.t
    given = firm.facts.get(name)
    return {
        "name": name,
        "text": text,
        "unlocks": unlocks,
        "kind": _KINDS.get(fact["type"], "text"),
        "options": options(fact, t),
        "held": given.get("held", []) if isinstance(given, dict) else [],
        "given": given if isinstance(given, str) else "",
        "hint": " ".join(_hints(fact, t, year)),
    }


def _hints(fact: Fact, t: Words, year: int) -> Iterator[str]:
    if fact["by_year"]:
        yield t("question.year", year=year)
    if fact["type"] in _HINTS:
        yield t(_HINTS[fact["type"]])


def options(fact: Fact, t: Words) -> list[tuple[str, str]]:
    """What can be chosen: value and name."""
    labels: Mapping[str, Mapping[str, str]] = fact.get("value_labels") or {}
    values = fact["values"] or tuple(labels)
    return [(value, labels[value][t.language] if value in labels else value) for value in values]


def known_rows(firm: Firm, show: Shower) -> list[dict[str, str]]:
    """What was said so far; `change` is the question to ask anew, `edit` the field of the first form."""
    t = show.t
    rows = [_row(t("start.need"), firm.text, edit="need")] if firm.text else []
    if firm.sizes:
        rows.append(_row(show.label("size"), show(firm.sizes, "size")))
    for name, value in firm.facts.items():
        place = {"edit": name} if name in FIRST else {"change": name}
        rows.append(_row(show.label(name), show(value, name), **place))
    for names, word in ((firm.unknown, "unknown"), (firm.skipped, "question.skipped")):
        rows += [_row(show.label(n), t(word), change=n) for n in names if n in show.facts]
    return rows


def _row(label: str, value: str, *, edit: str = "", change: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "edit": edit, "change": change}
