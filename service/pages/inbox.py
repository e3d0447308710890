"""A registered firm's inbox on its page: messages with their reasons, what it lets itself be told, the watch.

Reads answers of the API. Never decides what is told.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from service.pages.shown_values import Shower
from service.pages.views import anchor
from service.pages.visit import Visit

REASONS = ("known", "too_small", "other")  # besides the plain one, `not_ours`
AT_FIRST = 3  # messages that stand open; older ones are folded
NOT_FOR_FIRMS = "endpoint.disabled"
GONE = "measure.withdrawn"  # whose part is what it was: nobody can apply any more
ALL = "all"


def place(firm: str) -> str:
    """Where the API keeps a firm."""
    return f"/v1/enterprises/{quote(firm, safe='')}"


def mark(name: str) -> str:
    """Where a message stands on the page."""
    return f"n-{anchor(name)}"


async def shown(v: Visit, firm: str) -> dict[str, Any]:
    """What inbox.html shows. Raises Refusal."""
    told = await v.api.every(f"{place(firm)}/notifications", lang=v.t.language)
    consent = (await v.api.get(f"{place(firm)}/consent")).fine()
    show, asked = await v.show(), v.request.query_params
    notes = [note(each, show, asked.get("dismissed", "")) for each in reversed(told)]
    return {
        "last": told[-1]["id"] if told else "",
        "notes": notes[:AT_FIRST],
        "older": notes[AT_FIRST:],
        "unread": sum(not each["read"] for each in notes),
        "watch": await watch(v, firm),
        "all": consent[ALL],
        "kinds": kinds(consent),
        "changed": "changed" in asked,
    }


async def watch(v: Visit, firm: str) -> dict[str, Any]:
    """Until when everything was checked, as the page's line tells it. Raises Refusal."""
    found: dict[str, Any] = (await v.api.get(f"{place(firm)}/watch")).fine()
    return {**found, "until": v.t.moment(found["checked_until"])}


def dismissed(told: Mapping[str, Any]) -> set[str]:
    """The measures of which the firm said in a message that they are not for it."""
    return {note["measure"] for note in (*told["notes"], *told["older"]) if note["dismissed"]}


def kinds(consent: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The kinds of message that a firm gets, and whether it wants each."""
    wanted = [kind for kind in consent["links"] if kind not in (ALL, NOT_FOR_FIRMS)]
    return [{"kind": kind, "on": consent["types"].get(kind, True)} for kind in wanted]


def note(told: Mapping[str, Any], show: Shower, just: str = "") -> dict[str, Any]:
    """One message of the inbox as it is shown; `just` is the one that was dismissed just now."""
    data = told["data"]
    return {
        **{name: told[name] for name in ("id", "title", "text")},
        "part": None if told["type"] == GONE else told["part"],
        "kind": told["type"],
        "anchor": mark(told["id"]),
        "day": show.t.day_of(told["created_at"]),
        "read": told["read_at"] is not None,
        "one": told["measure_id"] is not None,
        "dismissed": told["dismissed_at"] is not None,
        "measure": told["measure_id"],
        "just": told["id"] == just,
        "why": [_reason(each, show) for each in data.get("why", ())],
        "difference": [each["text"][show.t.language] for each in data.get("difference", ())],
    }


def _reason(condition: Mapping[str, Any], show: Shower) -> dict[str, str]:
    day = condition["as_of"]
    return {
        "text": condition["text"][show.t.language],
        "value": show(condition["value"], condition["fact"]),
        "day": show.t.day(day) if day else "",
    }
