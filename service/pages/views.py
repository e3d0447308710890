"""An answer of the API as cards that templates can show.

Chooses words and order on the page only. Never filters: what the API lists is shown.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from service.pages.firm_form import Firm
from service.pages.gaps import gap
from service.pages.shown_values import Shower
from service.pages.words import Words, is_soon

PARTS = ("certain", "checkable", "undecided", "excluded")
WHY = 3  # reasons of the order that a card names
_TURNED = {"met": "not_met", "not_met": "met", "unknown": "unknown"}
_PLACES = ("article", "page", "span")


def card(item: Mapping[str, Any], measure: Mapping[str, Any], show: Shower, firm: Firm) -> dict[str, Any]:
    """One match as a card; `measure` is GET /v1/measures/{id}, for rule, materials, steps and contact."""
    t, about, part = show.t, item["measure"], item["part"]
    conditions = [condition(c, measure.get("rule"), show, part) for c in item["conditions"]]
    marks = [c["shown"] for c in conditions]
    contact = measure.get("contact") or {}
    return {
        **{name: about[name] for name in ("id", "title", "kind", "mode", "summary", "document")},
        "part": part,
        "anchor": f"m-{anchor(about['id'])}",
        "request": item.get("request_id", ""),
        "mark": None,
        "moved": about["id"] == firm.answered,
        **worth(item["benefit"], t),
        "when": t.when(item["state"], item["window"]),
        "soon": is_soon(item["state"], item["window"]),
        "conditions": conditions,
        "against": [c for c in conditions if c["shown"] == "not_met"] or conditions,
        "met": marks.count("met"),
        "open": marks.count("unknown"),
        "not_met": marks.count("not_met"),
        "missing_text": show.names(item["missing"]),
        "asked": [_asked(about["id"], a, firm) for a in _attests(item, about["id"], firm)],
        "materials": measure.get("materials") or [],
        "steps": measure.get("steps") or [],
        "contact": [contact[n] for n in ("department", "address", "phone") if contact.get(n)],
        "link": link_of(contact.get("url"), (measure.get("source") or {}).get("url")),
        "way": [],
        "found": t("list.and").join((item.get("found") or {}).get("words", ())),
        "near": (item.get("found") or {}).get("by") == "meaning",
        "why": t("list.clause").join(w["text"] for w in item["why"][:WHY]),
    }


def link_of(*urls: str | None) -> str | None:
    """The first that a browser may follow safely."""
    return next((url for url in urls if url and url.startswith(("https://", "http://"))), None)


def worth(benefit: Mapping[str, Any] | None, t: Words) -> dict[str, str]:
    """What a measure is worth: an amount where there is one, and what the document says of it."""
    text = str((benefit or {}).get("text") or "")
    amount = t.benefit(benefit)
    if amount:
        return {"amount": amount, "worth": text if text != amount else ""}
    return {"amount": "", "worth": text or t("amount.unknown")}


def _attests(item: Mapping[str, Any], measure_id: str, firm: Firm) -> Iterable[Any]:
    """Open attestations and those answered before, so that an answer can be changed where it was given."""
    asked = {a["key"]: a for a in item["attests"]}
    for c in item["conditions"]:
        key = c.get("attest")
        if key and key not in asked and f"{measure_id}#{key}" in firm.answers:
            asked[key] = {"key": key, "text": c["text"]}
    return asked.values()


def _asked(measure_id: str, attest: Mapping[str, Any], firm: Firm) -> dict[str, Any]:
    name = f"{measure_id}#{attest['key']}"
    answered = firm.answers.get(name)
    given = "unknown" if name in firm.unknown else ""
    given = given if answered is None else ("yes" if answered else "no")
    return {"name": name, "id": f"a-{anchor(name)}", "text": attest["text"], "given": given}


def condition(c: Mapping[str, Any], rule: Any, show: Shower, part: str = "") -> dict[str, Any]:
    """A condition with its mark as it counts for the firm: turned under an odd number of `not`.

    One of several alternatives, or an item of a score, that is not met speaks against nobody while the
    measure is open to the firm.
    """
    turned = len(re.findall(r"/not(?=/|$)", c["path"])) % 2 == 1
    mark = _TURNED[c["verdict"]] if turned else c["verdict"]
    if mark == "not_met" and part != "excluded" and re.search(r"/(any|of|points)/", c["path"]):
        mark = "other"
    node = node_at(rule, c["path"])
    place, origin = c["place"] or {}, c["origin"] or {}
    return {
        "text": show.t("card.turned", text=c["text"]) if turned else c["text"],
        "shown": mark,
        "value_text": show(c["value"], _field(node)),
        "gap_text": gap(c, node, show) if mark == "not_met" else "",
        "origin_text": show.t.day(origin["as_of"]) if origin.get("as_of") else "",
        "place_text": next((str(place[n]) for n in _PLACES if place.get(n)), ""),
        "points_text": _points_text(c["path"], rule, show.t),
    }


def _points_text(path: str, rule: Any, t: Words) -> str:
    """What an item of a score counts for, and how many points are needed; empty outside of scores."""
    found = re.match(r"(.*)(/points/[0-9]+)/when(?=/|$)", path)
    score = node_at(rule, found[1]) if found else None
    item = node_at(score, found[2]) if found else None
    if not isinstance(score, dict) or not isinstance(item, dict):
        return ""
    return t("card.points", n=item["points"], least=score["gte"])


def node_at(rule: Any, path: str) -> Any:
    """The rule's node at a JSON pointer of ours; None when it is not there."""
    for step in path.split("/")[1:]:
        if isinstance(rule, list):
            rule = rule[int(step)] if step.isdigit() and int(step) < len(rule) else None
        else:
            rule = rule.get(step) if isinstance(rule, dict) else None
    return rule


def _field(node: Any) -> str | None:
    found = node.get("field") if isinstance(node, dict) else None
    return found if isinstance(found, str) else None


def anchor(name: str) -> str:
    """A name as an HTML id."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name)
