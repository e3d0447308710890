"""Receivers of webhooks that misbehave by chance, each in its own manner, and remember all that came.

Real HTTP on loopback. Judges nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from tests.service.outgoing_world import (
    Behaviour,
    Received,
    Write,
    drips,
    hangs_up,
    never,
    pours,
    receiver,
    says,
)

OK = "200"
BEHAVIOURS: Mapping[str, Behaviour] = {
    OK: says(200, b"ok"),
    "500": says(500, b"no"),
    "429": says(429, retry_after="1"),
    "410": says(410),
    "302": says(302, location="http://169.254.169.254/latest/meta-data"),
    "early": hangs_up,
    "never": never,
    "drips": drips,
    "pours": pours,
}
GOOD = frozenset((OK, "pours"))  # what counts as arrived: the head of the answer says so
LONG = frozenset(("never", "drips", "pours"))  # each costs a sender its whole patience


@dataclass(frozen=True)
class Manner:
    """How often a receiver does what; `most_long` times at most what takes long; 410 from a request on."""

    chances: Mapping[str, float] = field(default_factory=dict)
    most_long: int = 0
    gone_after: int | None = None
    events: tuple[str, ...] | None = None
    only_some: bool = False


MANNERS: Mapping[str, Manner] = {
    "steady": Manner(),
    "flaky": Manner({"500": 0.2, "early": 0.1}),
    "busy": Manner({"429": 0.15, "302": 0.05}),
    "slow": Manner({"never": 0.05, "drips": 0.05, "pours": 0.05}, most_long=3),
    "broken": Manner({"500": 1.0}, events=("measure.matched",)),
    "leaving": Manner({"500": 0.1}, gone_after=80, only_some=True),
}


@dataclass
class Came:
    """One request, and what it was answered with."""

    request: Received
    answered: str


@dataclass
class Place:
    """A receiver: where it is, and all that came to it in order."""

    name: str
    manner: Manner
    draw: Random
    url: str = ""
    came: list[Came] = field(default_factory=list)
    long: int = 0

    async def behave(self, request: Received, writer: Write) -> None:
        """Answers by chance."""
        chosen = self._chosen()
        self.came.append(Came(request, chosen))
        await BEHAVIOURS[chosen](request, writer)

    def _chosen(self) -> str:
        if self.manner.gone_after is not None and len(self.came) >= self.manner.gone_after:
            return "410"
        chance = self.draw.random()
        ends = accumulate(self.manner.chances.values())
        found = zip(self.manner.chances, ends, strict=True)
        name = next((name for name, end in found if chance < end), OK)
        if name not in LONG:
            return name
        self.long += 1
        return name if self.long <= self.manner.most_long else OK


@asynccontextmanager
async def receivers(seed: int) -> AsyncIterator[list[Place]]:
    """One of each manner."""
    async with AsyncExitStack() as stack:
        places = [Place(name, manner, Random(f"{seed}/{name}")) for name, manner in MANNERS.items()]
        for place in places:
            place.url = (await stack.enter_async_context(receiver(place.behave))).url
        yield places
        await asyncio.sleep(0)
