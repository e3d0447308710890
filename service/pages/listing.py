"""What the API lists for one firm, part by part, with what each card needs beside it.

Asks once for what is listed and again only for parts that the first answer does not cover.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.pages.api import Answer
from service.pages.firm_form import Firm
from service.pages.shown_values import Shower
from service.pages.views import PARTS, card
from service.pages.visit import Visit
from service.pages.ways import with_ways

FIRST, STEP, MOST = 10, 20, 500  # cards of a part: at first, more at a time, ever
ASKED = 40
_LISTED = PARTS[:3]


@dataclass(frozen=True)
class Listing:
    """The first answer, and the cards of each part."""

    answer: Mapping[str, Any]
    groups: list[dict[str, Any]]

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """What the first answer listed."""
        found: list[Mapping[str, Any]] = self.answer["items"]
        return found

    @property
    def empty(self) -> bool:
        """Whether nothing but the excluded is there."""
        return not any(self.answer["counts"][part] for part in _LISTED)


async def listed(v: Visit, firm: Firm, subject: Mapping[str, Any], wanted: Mapping[str, int]) -> Listing:
    """The listing; `wanted` is how many cards of each part. Raises Refusal."""
    body = {**subject, "lang": v.t.language}
    answer = (await v.api.post("/v1/recommendations", {**body, "limit": ASKED})).fine()
    show = await v.show()
    groups = []
    for part in PARTS:
        count, most = answer["counts"][part], min(wanted.get(part, FIRST), MOST)
        items = [item for item in answer["items"] if item["part"] == part]
        if len(items) < min(count, most):
            items = await _taken(v, {**body, "parts": [part]}, most)
        else:
            items = [{**item, "request_id": answer["request_id"]} for item in items]
        cards = [
            card(item, await v.measure(item["measure"]["id"], answer["snapshot"]["catalogue"]), show, firm)
            for item in items[:most]
        ]
        more = most + STEP if count > len(cards) and most < MOST else 0
        moved = any(c["moved"] for c in cards)
        groups.append({"part": part, "count": count, "cards": cards, "more": more, "moved": moved})
    await with_ways(v, subject, groups)
    return Listing(answer, groups)


async def _taken(v: Visit, body: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(items) < most:
        answer: Answer = await v.api.post(
            "/v1/recommendations", {**body, "limit": min(most, 100), **({"cursor": cursor} if cursor else {})}
        )
        found = answer.fine()
        items += [{**item, "request_id": found["request_id"]} for item in found["items"]]
        cursor = answer.body["next_cursor"]
        if cursor is None:
            break
    return items


async def few(v: Visit, firm: Firm, most: int) -> list[dict[str, Any]]:
    """The first few cards, for a page that shows nothing else. Raises Refusal."""
    asked = {**firm.subject(), "lang": v.t.language, "limit": most}
    answer = (await v.api.post("/v1/recommendations", asked)).fine()
    show: Shower = await v.show()
    version = answer["snapshot"]["catalogue"]
    return [
        card(item, await v.measure(item["measure"]["id"], version), show, firm) for item in answer["items"]
    ]
