"""What would make a firm eligible, put into the cards of measures that are not certain.

The steps are the API's own; chooses none and words none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from service.pages.visit import Visit

WANTED = ("undecided", "excluded")  # parts whose cards say how the firm could become eligible
MOST_ASKED = 200  # measures of one request to judge


async def with_ways(v: Visit, subject: Mapping[str, Any], groups: Sequence[dict[str, Any]]) -> None:
    """Puts `way` into the cards of WANTED: the steps to eligible; None where nothing would do."""
    cards = {card["id"]: card for group in groups if group["part"] in WANTED for card in group["cards"]}
    whose = {name: subject[name] for name in ("profile", "enterprise_id") if name in subject}
    ids = list(cards)
    for start in range(0, len(ids), MOST_ASKED):
        asked = {**whose, "measures": ids[start : start + MOST_ASKED], "lang": v.t.language}
        answer = await v.api.post("/v1/eligibility", asked)
        for item in answer.fine()["items"]:
            cards[item["measure"]].update(way=item["would_be_eligible_if"])
