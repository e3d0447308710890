"""What a registered firm did with the cards on its page: remembered, not for us, opened.

Told to the API as events of the answer that showed the card. Hides nothing.
"""

from collections.abc import Iterable
from typing import Any

from service.ids import uuid7
from service.pages.inbox import place
from service.pages.visit import Visit

NOT_OURS = "not_ours"  # the reason of a plain dismissal


async def marked(v: Visit, firm: str, groups: list[dict[str, Any]], dismissed: Iterable[str]) -> None:
    """Puts the last mark of each measure on its card; `dismissed`: so in a message. Raises Refusal."""
    found = (await v.api.get(f"{place(firm)}/marks")).fine()["items"]
    marks = {name: {"kind": "dismissed", "reason": ""} for name in dismissed}
    marks |= {mark["measure_id"]: mark for mark in found}
    for group in groups:
        for card in group["cards"]:
            card["mark"] = marks.get(card["id"])


async def tell(v: Visit, request: str, measure: str, deed: str) -> None:
    """One event; `deed` is a kind, or a dismissal with its reason. Raises Refusal."""
    kind, _, reason = deed.partition("=")
    now = v.services.clock.now()
    event = {"id": uuid7(now), "request_id": request, "measure_id": measure, "kind": kind}
    if kind == "dismissed":
        event["reason"] = reason or NOT_OURS
    (await v.api.post("/v1/events", {"events": [{**event, "at": now.isoformat()}]})).fine()
