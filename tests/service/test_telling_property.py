"""Whatever happens in what order, and however often the worker dies: told once, told truly, none missed.

The reference is naive: it keeps every state and says after each step what must have been told by then.
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.documents import read_document
from policies.eligibility import part_of
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from policies.windows import standing
from service.database import outbox
from service.database.outbox import enqueue
from service.leases import LeaseLost
from service.push import looking
from service.worker import HANDLERS
from tests.service.administering import Desk, desk
from tests.service.asking import document, measure

FIRMS, DOCUMENTS = ("f", "g"), ("aaa", "bbb")
RULES: tuple[Any, ...] = (
    {"all": []},
    {"field": "employees", "lte": 10},
    {"field": "age_months", "gte": 6},
    {"all": [{"field": "employees", "lte": 20}, {"attest": "ok", "text": "可以"}]},
)
WINDOWS: tuple[Any, ...] = (
    [],
    [{"opens": "2026-11-27", "closes": "2026-12-05"}],
    [{"opens": None, "closes": "2026-11-26"}],
    None,
)
PROFILES: tuple[dict[str, Any], ...] = (
    {},
    {"employees": 5},
    {"employees": 15, "registered_on": "2026-05-26"},
    {"employees": 15, "registered_on": "2020-01-01"},
)
PUBLISHED = st.tuples(
    st.just("publish"),
    st.sampled_from(DOCUMENTS),
    st.sampled_from(RULES),
    st.sampled_from(WINDOWS),
    st.booleans(),
)
STEPS = st.lists(
    st.one_of(
        PUBLISHED,
        PUBLISHED,
        st.tuples(st.just("withdraw"), st.sampled_from(DOCUMENTS)),
        st.tuples(st.just("profile"), st.sampled_from(FIRMS), st.sampled_from(PROFILES)),
        st.tuples(st.just("profile"), st.sampled_from(FIRMS), st.sampled_from(PROFILES)),
        st.tuples(st.just("day")),
        st.tuples(st.just("says"), st.sampled_from(FIRMS), st.booleans()),
        st.tuples(st.just("says"), st.sampled_from(FIRMS), st.booleans()),
        st.tuples(st.just("kill"), st.integers(1, 3)),
    ),
    min_size=4,
    max_size=14,
)
Told = tuple[str, str, str]  # enterprise, type, measure or nothing


@dataclass
class Reference:
    """What is so, and what each enterprise must have been told by now: measures, and what of each."""

    day: date
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    owed: dict[str, set[str]] = field(default_factory=dict)

    def available(self, firm: str, name: str) -> bool:
        if name not in self.documents or firm not in self.profiles:
            return False
        read = read_document(self.documents[name], china())
        profile = read_profile({"name": "x", "facts": self.profiles[firm]}, china(), today=self.day)
        part = part_of(read.measures[0].rule, Known(profile, china(), self.day), read.measures[0].id)
        state = standing(read, read.measures[0], self.day).state
        return part in {"certain", "checkable"} and state in {"open", "rolling", "upcoming"}

    def all_available(self) -> dict[str, set[str]]:
        return {firm: {n for n in DOCUMENTS if self.available(firm, n)} for firm in FIRMS}

    def step(self, step: tuple[Any, ...]) -> None:
        """What becomes available by a profile or a day is known from then on, and what a publication says.

        While an enterprise wants to hear of nothing, it is owed; told is what of it holds when it does again.
        """
        told = {firm: set(names) for firm, names in self.known.items()}
        if step[0] == "says" and step[1] in self.profiles:
            (self.off.discard if step[2] else self.off.add)(step[1])
        self._step(step)
        for firm in self.profiles:
            if firm in self.off:
                self.owed[firm] = self.owed.get(firm, set()) | self.known[firm] - told.get(firm, set())
                self.known[firm] = told.get(firm, set())
            else:
                self.known[firm] |= {n for n in self.owed.pop(firm, ()) if self.available(firm, n)}

    def _step(self, step: tuple[Any, ...]) -> None:
        before, kind = self.all_available(), step[0]
        if kind == "publish":
            _, name, rule, windows, notify = step
            self.documents[name] = plain(name, rule, windows)
            if notify:
                for firm in self.profiles:
                    if self.available(firm, name):
                        self.known[firm].add(name)
            return
        if kind == "withdraw":
            self.documents.pop(step[1], None)
            return
        if kind == "day":
            self.day += timedelta(days=1)
        if kind == "profile":
            is_new = step[1] not in self.profiles
            self.profiles[step[1]] = dict(step[2])
            if is_new:
                self.known[step[1]] = set()
                before[step[1]] = set()
        for firm in self.profiles:
            self.known[firm] |= self.all_available()[firm] - before[firm]


def plain(name: str, rule: Any, windows: Any) -> dict[str, Any]:
    return document(name, measure("one", rule, windows=windows))


class Mortal:
    """A worker that dies at the given renewal of a lease, in the middle of whatever it does."""

    def __init__(self, at: Desk) -> None:
        self.at, self.left = at, 0
        self.keep = at.services.leases.keep

    async def keeping(self, *given: Any) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise LeaseLost("killed")
        await self.keep(*given)

    async def work(self) -> None:
        while (job := await self.at.claimed()) is not None:
            try:
                await HANDLERS[job.kind](self.at.services, job)
                result = await HANDLERS[job.kind](self.at.services, job)  # as after a death before the end
            except LeaseLost:
                async with self.at.services.db.write() as c:
                    await outbox.release(c, [job])
                continue
            async with self.at.services.db.write() as c:
                await outbox.finish(c, job, result)


async def _do(at: Desk, step: tuple[Any, ...], mortal: Mortal) -> None:
    kind = step[0]
    at.world.clock.instant += timedelta(seconds=1)
    if kind == "publish":
        await at.published(plain(*step[1:4]), notify=step[4])
    elif kind == "withdraw":
        await at.post(f"/v1/policies/{step[1]}/withdraw", {"reason": "到期"})
    elif kind == "profile":
        await at.firm(step[1], facts=step[2])
    elif kind == "says":
        await at.put(f"/v1/enterprises/{step[1]}/consent", {"all": step[2]})
    elif kind == "day":
        at.world.clock.instant += timedelta(days=1)
        async with at.services.db.write() as c:
            await enqueue(c, looking.DAY, {}, now=at.services.clock.now())
    else:
        mortal.left = step[1]


async def _inboxes(at: Desk) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for firm in FIRMS:
        answer = await at.get(f"/v1/enterprises/{firm}/notifications?limit=100")
        found[firm] = answer.body["items"] if answer.status == 200 else []
    return found


def _told(inbox: list[dict[str, Any]]) -> list[str]:
    """The documents that an inbox tells of for the first time, in order."""
    first = []
    for each in inbox:
        if each["type"] == "measure.matched":
            first.append(each["measure_id"])
        if each["type"] == "matches.summary":
            first += [one["id"] for one in each["data"]["measures"]]
    return [name.partition(".")[0] for name in first]


async def _run(folder: Path, steps: list[tuple[Any, ...]]) -> None:
    async with desk(folder) as at:
        mortal, reference = Mortal(at), Reference(at.services.clock.today())
        at.services.leases.keep = mortal.keeping  # type: ignore[assignment,method-assign]
        seen: dict[str, int] = dict.fromkeys(FIRMS, 0)
        for step in steps:
            await _do(at, step, mortal)
            if step[0] == "kill":
                continue
            reference.step(step)
            await mortal.work()
            for firm, inbox in (await _inboxes(at)).items():
                told = _told(inbox)
                assert len(told) == len(set(told)), (step, told)
                assert set(told) == reference.known.get(firm, set()), (step, firm)
                assert len({each["id"] for each in inbox}) == len(inbox)
                assert firm not in reference.off or len(inbox) == seen[firm]
                for each in inbox[seen[firm] :]:
                    _is_true(reference, firm, each)
                seen[firm] = len(inbox)


def _is_true(reference: Reference, firm: str, each: dict[str, Any]) -> None:
    """What is said to be available is; what is said to be gone is gone; both only of what was told."""
    name = (each["measure_id"] or "").partition(".")[0]
    if each["type"] in {"measure.matched", "measure.opened", "measure.deadline"}:
        assert reference.available(firm, name), each
    elif each["type"] == "matches.summary":
        assert all(reference.available(firm, one["id"].partition(".")[0]) for one in each["data"]["measures"])
    elif each["type"] == "measure.withdrawn":
        assert name not in reference.documents
    assert not name or name in reference.known[firm]


@pytest.mark.slow
@settings(max_examples=15)
@given(STEPS)
def test_each_is_told_once_what_is_true_and_nothing_is_missed(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder) / "data", steps))
