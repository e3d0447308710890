"""An answer of the API as cards, groups and questions that templates can show.

Chooses words and order on the page only. Never filters: what the API lists is shown.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from service.pages.words import Words, is_soon

PARTS = ("certain", "checkable", "undecided", "excluded")
WHY = 3  # reasons of the order that a card names
_TURNED = {"met": "not_met", "not_met": "met", "unknown": "unknown"}
_PLACES = ("article", "page", "span")
Facts = Mapping[str, Mapping[str, Any]]


def groups_of(answer: Mapping[str, Any], excluded: Mapping[str, Any], cards: list[dict[str, Any]]) -> Any:
    """The four groups in order, each with its count and cards."""
    by_part = {part: [c for c in cards if c["part"] == part] for part in PARTS}
    by_part["excluded"] = [excluded_card(item) for item in excluded["items"]]
    return [{"part": part, "count": answer["counts"][part], "cards": by_part[part]} for part in PARTS]


def card(
    item: Mapping[str, Any],
    measure: Mapping[str, Any],
    t: Words,
    facts: Facts,
    answers: Mapping[str, Any],
) -> dict[str, Any]:
    """One match as a card; `measure` is GET /v1/measures/{id}, for materials, steps and contact."""
    conditions = [condition(c, t) for c in item["conditions"]]
    shown = [c["shown"] for c in conditions]
    about = item["measure"]
    contact = measure.get("contact") or {}
    return {
        **{name: about[name] for name in ("title", "kind", "mode", "summary", "document")},
        "part": item["part"],
        "anchor": f"m-{anchor(about['id'])}",
        "amount": t.benefit(item["benefit"]),
        "when": t.when(item["state"], item["window"]),
        "soon": is_soon(item["state"], item["window"]),
        "conditions": conditions,
        "met": shown.count("met"),
        "open": shown.count("unknown"),
        "not_met": shown.count("not_met"),
        "missing_text": names_of(item["missing"], facts, t),
        "asked": [_asked(about["id"], a, answers) for a in _attests(item, about["id"], answers)],
        "materials": measure.get("materials") or [],
        "steps": measure.get("steps") or [],
        "contact": [contact[n] for n in ("department", "address", "phone") if contact.get(n)],
        "link": contact.get("url") or (measure.get("source") or {}).get("url"),
        "why": "；".join(w["text"] for w in item["why"][:WHY]),
    }


def _attests(item: Mapping[str, Any], measure_id: str, answers: Mapping[str, Any]) -> Iterable[Any]:
    """Open attestations and those answered before, so that an answer can be changed where it was given."""
    asked = {a["key"]: a for a in item["attests"]}
    for c in item["conditions"]:
        key = c.get("attest")
        if key and key not in asked and f"{measure_id}#{key}" in answers:
            asked[key] = {"key": key, "text": c["text"]}
    return asked.values()


def _asked(measure_id: str, attest: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    name = f"{measure_id}#{attest['key']}"
    given = {"True": "yes", "False": "no"}.get(str(answers.get(name)), "")
    return {"name": name, "id": f"a-{anchor(name)}", "text": attest["text"], "given": given}


def excluded_card(item: Mapping[str, Any]) -> dict[str, Any]:
    """A measure that is not for the firm, with the conditions that speak against it."""
    return {"title": item["measure"]["title"], "against": item["against"]}


def condition(c: Mapping[str, Any], t: Words) -> dict[str, Any]:
    """A condition with its mark as it counts for the firm: turned under an odd number of `not`."""
    turned = len(re.findall(r"/not(?=/|$)", c["path"])) % 2 == 1
    place = c["place"] or {}
    origin = c["origin"] or {}
    return {
        "text": c["text"],
        "shown": _TURNED[c["verdict"]] if turned else c["verdict"],
        "value_text": value_text(c["value"], t),
        "origin_text": t.day(origin["as_of"]) if origin.get("as_of") else "",
        "place_text": next((str(place[n]) for n in _PLACES if place.get(n)), ""),
    }


def value_text(value: Any, t: Words) -> str:
    """A value of a profile as people read it; empty when nothing is known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return t("yes" if value else "no")
    if isinstance(value, dict) and set(value) <= {"min", "max"}:
        return f"{value.get('min', '…')} – {value.get('max', '…')}"
    if isinstance(value, list):
        return "、".join(value_text(v, t) for v in value[:8]) + ("…" if len(value) > 8 else "")
    return str(value)


def names_of(names: Iterable[str], facts: Facts, t: Words) -> str:
    """Facts by their questions' short names, joined."""
    return "、".join(label_of(name, facts, t) for name in names)


def label_of(name: str, facts: Facts, t: Words) -> str:
    """What a fact is called in the visitor's language."""
    fact = facts.get(name)
    if fact is None:
        return name
    labels = fact.get("label") or fact["question"]
    return str(labels[t.language])


def question_of(
    questions: list[dict[str, Any]], skipped: list[str], facts: Facts, codes: Facts, t: Words, year: int
) -> dict[str, Any] | None:
    """The first question that was not skipped, with how it is to be answered."""
    for q in questions:
        name = q.get("fact") or q.get("attest")
        if name in skipped:
            continue
        fact = facts.get(str(q.get("fact")), {"type": "flag", "by_year": False, "values": None})
        kind = _KINDS.get(fact["type"], "text")
        return {
            "name": name,
            "text": q["text"],
            "unlocks": q["unlocks"],
            "kind": kind,
            "options": _options(fact, codes, t),
            "hint": t(_HINTS[fact["type"]]) if fact["type"] in _HINTS else "",
            "year": year - 1 if fact["by_year"] else None,
        }
    return None


_KINDS = {
    "flag": "yesno", "enum": "choice", "set": "held", "date": "date",
    "money": "number", "count": "number", "ratio": "number",
}  # fmt: skip
_HINTS = {"money": "question.yuan", "ratio": "question.ratio", "count": "question.people"}


def _options(fact: Mapping[str, Any], codes: Facts, t: Words) -> list[tuple[str, str]]:
    if fact["type"] == "set":
        return [(code, str(c["name"])) for code, c in codes.items()]
    labels = fact.get("value_labels") or {}
    return [(v, str((labels.get(v) or {}).get(t.language, v))) for v in fact["values"] or ()]


def known_facts(
    facts_given: Mapping[str, Any], text: str, facts: Facts, places: Mapping[str, str], t: Words
) -> list[dict[str, str]]:
    """What the visitor has said so far, each with what takes it back."""
    rows = [{"label": t("start.need"), "value": text, "forget": ""}] if text else []
    for name, value in facts_given.items():
        shown = places.get(f"{name}:{value}") or _said(value, facts.get(name, {}), t)
        rows.append({"label": label_of(name, facts, t), "value": shown, "forget": name})
    return rows


def _said(value: Any, fact: Mapping[str, Any], t: Words) -> str:
    if isinstance(value, dict) and "held" in value:
        return value_text(value["held"], t) or t("no")
    if isinstance(value, str) and (labels := (fact.get("value_labels") or {}).get(value)):
        return str(labels[t.language])
    if fact.get("type") == "money" and not isinstance(value, dict):
        return t.money(value)
    return value_text(value, t)


def anchor(name: str) -> str:
    """A name as an HTML id."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name)
