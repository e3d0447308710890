"""What goes wrong, by seed: processes are killed, stopped for a while, and have their clocks moved.

Kills exactly as often as told; starts again what it killed.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.arrangement import API, REDIS, WORKERS, Arrangement

VICTIMS = (*WORKERS, *WORKERS, API, API, API, REDIS)
CLOCKS_S = (0.0, 90.0, -90.0, 3_600.0, -3_600.0, 172_800.0)
BETWEEN_S = (0.1, 1.5)
AT_ONCE = 0.15  # the share of kills that do not wait until something was done since the last one
DONE = (1, 25)  # how much is done between kills: writes acknowledged, or messages that came
PATIENCE_S = 30.0
DOWN_S = (0.0, 1.0)
STOPPED_S = (0.5, 3.0)


@dataclass
class Breaker:
    """Breaks an arrangement until it has killed so often; counts what it did.

    `done` tells what the victim does: the count of acknowledged writes, or of messages that came.
    """

    made: Arrangement
    done: Callable[[str], int]
    kills: int
    seed: int
    did: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Returns after the last kill, with everything running and every clock right."""
        draw = Random(f"{self.seed}/breaking")
        while self.did["kills"] < self.kills:
            await asyncio.sleep(draw.uniform(*BETWEEN_S))
            chance = draw.random()
            if chance < 0.1:
                self._move(draw)
            elif chance < 0.2:
                await self._stop_for_a_while(draw)
            else:
                await self._kill(draw)
        for name in (API, *WORKERS):
            self.made.move_clock(name, 0.0)

    def _move(self, draw: Random) -> None:
        self.made.move_clock(draw.choice((API, *WORKERS)), draw.choice(CLOCKS_S))
        self.did["clocks moved"] += 1

    async def _stop_for_a_while(self, draw: Random) -> None:
        name = draw.choice(WORKERS)
        self.made.signal(name, signal.SIGSTOP)
        await asyncio.sleep(draw.uniform(*STOPPED_S))
        self.made.signal(name, signal.SIGCONT)
        self.did["stopped for a while"] += 1

    async def _kill(self, draw: Random) -> None:
        """On a busy machine a start takes long: what is killed has mostly done something before."""
        name = draw.choice(VICTIMS)
        wanted = self.done(name) + draw.randint(*DONE)
        end = time.monotonic() + (0 if draw.random() < AT_ONCE else PATIENCE_S)
        while self.done(name) < wanted and time.monotonic() < end:  # noqa: ASYNC110  # of other processes
            await asyncio.sleep(0.02)
        self.made.kill(name)
        self.did["kills"] += 1
        self.did[f"killed {name}"] += 1
        await asyncio.sleep(draw.uniform(*DOWN_S))
        self.did["ended by themselves"] += len(set(self.made.look_after()) - {name})
