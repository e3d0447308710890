"""The whole log, read piece by piece: answers with their events, and as what a ranker learns from.

Reads only. What is exported and what is trained from go through the same lines.
"""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ranking.clicks import Deed, Shown
from service.learning import store
from service.learning.impressions import unpacked
from service.learning.store import names_in

_AT_ONCE = 500


@dataclass(frozen=True)
class Answer:
    """One logged answer: its row, with lists and features as such, and the events of its request."""

    row: dict[str, Any]
    events: list[dict[str, Any]]


async def answers(c: AsyncConnection) -> AsyncIterator[Answer]:
    """Every logged answer, in order of time."""
    after = ("", "")
    while rows := await store.answers(c, after, _AT_ONCE):
        after = (rows[-1]["at"], rows[-1]["request_id"])
        told: dict[str, list[dict[str, Any]]] = {}
        for event in await store.told_of(c, [row["request_id"] for row in rows]):
            told.setdefault(event["request_id"], []).append(event)
        for row in rows:
            row["measures"], row["parts"] = names_in(row["measures"]), names_in(row["parts"])
            row["features"] = unpacked(row["features"], len(row["measures"]))
            yield Answer(row, told.get(row["request_id"], []))


async def lessons(c: AsyncConnection, most: int) -> tuple[list[Shown], list[Deed]]:
    """The newest answers, at most so many, of which something was told, and what was told."""
    shown: deque[Shown] = deque(maxlen=most)
    deeds: list[Deed] = []
    async for one in answers(c):
        if one.events:
            shown.append(_shown(one.row))
            deeds += [_deed(event) for event in one.events]
    return list(shown), deeds


def _shown(row: dict[str, Any]) -> Shown:
    return Shown(
        request=row["request_id"],
        at=seconds(row["at"]),
        first=row["first"],
        measures=row["measures"],
        x=row["features"],
        features_hash=row["features_hash"],
    )


def _deed(event: dict[str, Any]) -> Deed:
    return Deed(event["request_id"], event["measure_id"], event["kind"], seconds(event["at"]))


def seconds(instant: str) -> int:
    """An instant as it is stored, in whole seconds."""
    return int(datetime.fromisoformat(instant).timestamp())
