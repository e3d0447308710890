"""All enterprises as columns in memory: whom a rule is for, in threads, so that nobody else waits.

Catches up with the database by its sequence of changes. Holds no truth and may be thrown away.
"""

import asyncio
import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.columns import Columns, best_of
from policies.eligibility import Part
from policies.facts import Registry
from policies.rules import Rule
from policies.stored_facts import StoredFacts
from service.enterprises import store

_AT_ONCE = 1_000  # profiles read from the database and put in one step
FOR_WHOM: tuple[Part, ...] = ("certain", "checkable")


@dataclass(frozen=True)
class Reached:
    """How many enterprises are in each part, and who is in those parts that were asked for, by id."""

    counts: Mapping[Part, int]
    names: Mapping[Part, Sequence[str]]


class ColumnsKeeper:
    """The columns, and which changes they know of; nothing is read before it is asked for."""

    def __init__(self, registry: Registry) -> None:
        self._columns = Columns(registry)
        self._stored = StoredFacts(registry)
        self._seen = 0  # every change up to here, those of deleted ones too
        self._put = 0  # every profile written up to here
        self._turn = asyncio.Lock()
        self._guard = threading.Lock()  # a thread goes on when nobody waits for it any more

    async def audience(
        self,
        c: AsyncConnection,
        rules: Mapping[str, Rule],
        as_of: date,
        names: Collection[Part] = FOR_WHOM,
    ) -> dict[str, Reached]:
        """Whom each rule, by the id of its measure, is for as of now; who is in the parts of `names`."""
        async with self._turn:
            await self._catch_up(c)
            return await asyncio.to_thread(self._judged, rules, as_of, names)

    async def counts(self, c: AsyncConnection, rules: Mapping[str, Rule], as_of: date) -> dict[Part, int]:
        """How many enterprises are in each part, each counted once, by the rule by which it stands best."""
        async with self._turn:
            await self._catch_up(c)
            return await asyncio.to_thread(self._counted, rules, as_of)

    def _counted(self, rules: Mapping[str, Rule], as_of: date) -> dict[Part, int]:
        with self._guard:
            return best_of([self._columns.audience(rules[one], one, as_of) for one in rules]).counts()

    def _judged(self, rules: Mapping[str, Rule], as_of: date, names: Collection[Part]) -> dict[str, Reached]:
        found = {}
        for measure, rule in rules.items():
            with self._guard:
                audience = self._columns.audience(rule, measure, as_of)
                named = {part: sorted(audience.names(part)) for part in names}
            found[measure] = Reached(audience.counts(), named)
        return found

    async def _catch_up(self, c: AsyncConnection) -> None:
        number = await store.number(c)
        if number == self._seen:
            return
        while some := await store.next_written(c, self._put, _AT_ONCE):
            await asyncio.to_thread(self._take, some)
        if await store.count(c) != len(self._columns):
            there = await store.ids(c)
            with self._guard:
                self._columns.keep(there)
        self._seen = number

    def _take(self, written: Sequence[tuple[int, str, str]]) -> None:
        for number, name, text in written:
            profile = json.loads(text, parse_float=Decimal)
            with self._guard:
                if number <= self._put:
                    continue
                self._columns.put(name, self._stored.said(profile["facts"]), profile["answers"])
                self._put = number
