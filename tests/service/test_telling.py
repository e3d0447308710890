"""What is told of publications, profiles and days: each kind of message to whom it is for, once, and why."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from service.database.outbox import enqueue
from service.database.tables import jobs
from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

pytestmark = pytest.mark.usefixtures("both")

IN, OUT = {"facts": {"region": "330106"}}, {"facts": {"region": "110108"}}
SMALL = {"field": "employees", "lte": 20}
AGED = {"field": "age_months", "gte": 12}
SPRING = {"opens": "2026-12-01", "closes": "2026-12-31"}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def firm(at: Desk, name: str, **members: Any) -> None:
    await at.firm(name, **members)
    await at.work()


async def published(at: Desk, plain: dict[str, Any], *, notify: bool = True) -> None:
    await at.published(plain, notify=notify)
    await at.work()


async def withdrawn(at: Desk, name: str = "a-doc", **members: Any) -> None:
    await at.post(f"/v1/policies/{name}/withdraw", {"reason": "到期", **members})
    await at.work()


async def later(at: Desk, days: int) -> None:
    """So many days on, with each day's job."""
    for _ in range(days):
        at.world.clock.instant += timedelta(days=1)
        async with at.services.db.write() as c:
            await enqueue(c, "day", {}, now=at.services.clock.now())
        await at.work()


async def kinds(at: Desk, name: str = "f") -> list[str]:
    """The last parts of the types that an enterprise was told, in order."""
    return [each["type"].partition(".")[2] for each in await at.inbox(name)]


def doc(rule: Any = HANGZHOU, title: str = "one补助", **members: Any) -> dict[str, Any]:
    """One document with one measure; members of the document go beside, those of the measure inside."""
    outside = {
        name: members.pop(name) for name in ("in_force", "effective_from", "effective_to") if name in members
    }
    return document("a-doc", measure("one", rule, title=title, **members), **outside)


async def test_who_is_seen_for_the_first_time_gets_one_summary(at: Desk) -> None:
    many = [measure(f"m{n}", HANGZHOU) for n in range(9)]
    await published(at, document("a-doc", *many, measure("other", SMALL)))
    await firm(at, "f", **IN)
    (one,) = await at.inbox("f")
    assert (one["type"], one["measure_id"], one["part"]) == ("matches.summary", None, None)
    assert one["data"]["counts"] == {"certain": 9, "checkable": 0}
    assert len(one["data"]["measures"]) == 9
    assert "9项" in one["title"]


async def test_who_matches_nothing_is_not_told_so(at: Desk) -> None:
    await published(at, doc())
    await firm(at, "f", **OUT)
    assert await at.inbox("f") == []


async def test_what_was_summed_up_is_not_told_again(at: Desk) -> None:
    await published(at, doc(), notify=False)
    await firm(at, "f", **IN)
    await published(at, {**doc(), "summary": "改"})
    assert await kinds(at) == ["summary"]


@pytest.mark.parametrize("first", ["look", "tell"])
async def test_a_publication_just_after_an_enterprise_came_is_told_by_itself(at: Desk, first: str) -> None:
    await at.published(document("b-doc", measure("two", HANGZHOU)), notify=False)
    await at.firm("f", **IN)
    await at.published(doc())
    waiting = [job async for job in _claimed(at)]
    for job in sorted(waiting, key=lambda job: (job.kind != first, job.created_at)):
        await at.done(job)
    assert sorted(await kinds(at)) == ["matched", "summary"]
    assert [each["id"] for one in await at.inbox("f") for each in one["data"].get("measures", [])] == [
        "b-doc.two"
    ]


@pytest.mark.parametrize("first", ["look", "tell"])
async def test_an_enterprise_that_comes_just_after_a_publication_gets_only_the_summary(
    at: Desk, first: str
) -> None:
    await at.published(doc())
    await at.firm("f", **IN)
    waiting = [job async for job in _claimed(at)]
    for job in sorted(waiting, key=lambda job: (job.kind != first, job.created_at)):
        await at.done(job)
    assert await kinds(at) == ["summary"]


async def _claimed(at: Desk) -> AsyncIterator[Any]:
    while (job := await at.claimed()) is not None:
        yield job


async def test_a_profile_is_told_exactly_what_it_makes_available_one_by_one(at: Desk) -> None:
    rules = {
        "a": HANGZHOU,
        "b": SMALL,
        "c": {"all": [HANGZHOU, SMALL]},
        "d": {"field": "employees", "gt": 20},
    }
    await firm(at, "f", **IN)
    await published(at, document("a-doc", *(measure(key, rule) for key, rule in rules.items())))
    assert await at.told("f") == ["a-doc.a"]
    await firm(at, "f", facts={**IN["facts"], "employees": 5})
    assert await at.told("f") == ["a-doc.a", "a-doc.b", "a-doc.c"]


async def test_a_profile_that_goes_and_comes_back_is_told_once(at: Desk) -> None:
    await firm(at, "f", **OUT)
    await published(at, doc())
    for place in (IN, OUT, IN, OUT, IN):
        await firm(at, "f", **place)
    assert await kinds(at) == ["matched"]


async def test_a_profile_that_changed_back_before_anybody_looked_is_told_nothing(at: Desk) -> None:
    await firm(at, "f", **OUT)
    await published(at, doc())
    await at.firm("f", **IN)
    await firm(at, "f", **OUT)
    assert await kinds(at) == []


async def test_a_silent_publication_is_no_gain_of_a_profile_that_could_have_it_before(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc(), notify=False)
    await firm(at, "f", facts={**IN["facts"], "employees": 5})
    assert await kinds(at) == []


async def test_a_silent_publication_is_told_to_whom_a_later_profile_makes_it_available(at: Desk) -> None:
    await firm(at, "f", **OUT)
    await published(at, doc(), notify=False)
    await firm(at, "f", **IN)
    assert await kinds(at) == ["matched"]


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"rule": {"all": [HANGZHOU]}}, "rule"),
        ({"windows": [{"opens": "2026-01-01", "closes": "2026-12-31"}]}, "windows"),
        (
            {"benefits": [{"nature": "cash", "min": None, "max": 300_000, "text": None, "formula": None}]},
            "benefits",
        ),
        ({"budget": {"state": "exhausted", "as_of": "2026-11-20"}}, "budget"),
        ({"in_force": "repealed"}, "in_force"),
        ({"effective_from": "2026-01-01"}, "effective_from"),
        ({"effective_to": "2026-12-31"}, "effective_to"),
    ],
)
async def test_a_material_change_is_told_to_those_told_before_with_the_difference(
    at: Desk, members: dict[str, Any], what: str
) -> None:
    await firm(at, "f", **IN)
    await firm(at, "g", **OUT)
    await published(at, doc())
    await published(at, doc(**members))
    _, revised = await at.inbox("f")
    assert (revised["type"], revised["measure_id"]) == ("measure.revised", "a-doc.one")
    assert [each["what"] for each in revised["data"]["difference"]] == [what]
    for each in revised["data"]["difference"]:
        assert set(each["text"]) == {"zh-Hans", "zh-Hant", "en"}
        assert each["text"]["zh-Hans"].rstrip("。；") in revised["text"]
    assert await at.inbox("g") == []


@pytest.mark.parametrize(
    "members",
    [
        {"title": "新名"},
        {"summary": "改"},
        {"materials": ["申请表"]},
        {"contact": {"phone": "12345"}},
        {"rule": {**HANGZHOU, "text": "注册地在杭州", "place": {"article": "第一条"}}},
        {"budget": {"state": None, "as_of": "2026-11-20"}},
    ],
)
async def test_what_is_not_material_is_not_told(at: Desk, members: dict[str, Any]) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    await published(at, doc(**members))
    assert await kinds(at) == ["matched"]


async def test_a_revision_is_told_as_matched_to_whom_it_newly_matches(at: Desk) -> None:
    await firm(at, "f", **IN)
    await firm(at, "g", **OUT)
    await published(at, doc())
    await published(at, doc({"any": [HANGZHOU, {"field": "region", "within": ["110000"]}]}))
    assert (await kinds(at), await kinds(at, "g")) == (["matched", "revised"], ["matched"])


async def test_who_no_longer_matches_is_told_so_and_what_is_asked_now(at: Desk) -> None:
    await firm(at, "f", facts={**IN["facts"], "employees": 30})
    await published(at, doc())
    await published(at, doc({"all": [HANGZHOU, SMALL]}))
    revised = (await at.inbox("f"))[1]
    assert revised["part"] == "excluded"
    assert "不再符合" in revised["text"]
    assert "20" in revised["data"]["difference"][0]["text"]["en"]


async def test_a_silent_revision_is_not_told_and_a_later_change_is_told_against_what_was_told(
    at: Desk,
) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    await published(at, doc(effective_to="2027-12-31"), notify=False)
    assert await kinds(at) == ["matched"]
    await published(at, {**doc(effective_to="2027-12-31"), "summary": "改"})
    assert await kinds(at) == ["matched"]
    await published(at, doc(effective_to="2028-12-31"))
    (difference,) = (await at.inbox("f"))[1]["data"]["difference"]
    assert "2028年12月31日" in difference["text"]["zh-Hans"]
    assert "2027" not in difference["text"]["zh-Hans"]


async def test_a_change_there_and_back_before_it_was_told_is_no_change(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    await at.published(doc(effective_to="2027-12-31"))
    await published(at, doc())
    assert await kinds(at) == ["matched"]


async def test_each_change_there_and_back_is_told(at: Desk) -> None:
    await firm(at, "f", **IN)
    for day in (None, "2027-12-31", None, "2027-12-31"):
        await published(at, doc(effective_to=day))
    assert await kinds(at) == ["matched", "revised", "revised", "revised"]


async def test_a_withdrawal_is_told_only_to_those_told(at: Desk) -> None:
    await firm(at, "f", **IN)
    await firm(at, "g", **OUT)
    await published(at, doc())
    await withdrawn(at)
    assert (await kinds(at), await kinds(at, "g")) == (["matched", "withdrawn"], [])
    assert "到期" in (await at.inbox("f"))[1]["text"]


async def test_a_measure_that_a_revision_lacks_is_withdrawn(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, document("a-doc", measure("one", HANGZHOU), measure("two", HANGZHOU)))
    await published(at, document("a-doc", measure("two", HANGZHOU)))
    assert [(each["type"], each["measure_id"]) for each in await at.inbox("f")][2:] == [
        ("measure.withdrawn", "a-doc.one")
    ]


async def test_what_was_told_as_withdrawn_and_stands_again_is_told_as_such(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    for _ in range(2):
        at.world.clock.instant += timedelta(minutes=1)
        await withdrawn(at)
        await at.post("/v1/policies/a-doc/publish")
        await at.work()
    assert await kinds(at) == ["matched", "withdrawn", "revised", "withdrawn", "revised"]
    assert "重新生效" in (await at.inbox("f"))[2]["text"]


async def test_a_deadline_is_told_14_7_3_and_1_days_before_once_each(at: Desk) -> None:
    await firm(at, "f", **IN)
    await firm(at, "g", **OUT)
    await published(at, doc(windows=[{"opens": None, "closes": "2026-12-14"}]))
    days: list[str] = []
    for _ in range(22):
        await later(at, 1)
        days += [at.services.clock.today().isoformat()] * (len(await kinds(at)) - 1 - len(days))
    assert days == ["2026-11-30", "2026-12-07", "2026-12-11", "2026-12-13"]
    assert await kinds(at) == ["matched", *["deadline"] * 4]
    assert await kinds(at, "g") == []


async def test_telling_shortly_before_the_end_counts_as_the_reminder(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc(windows=[{"opens": None, "closes": "2026-11-30"}]))
    await later(at, 2)
    assert await kinds(at) == ["matched"]
    await later(at, 1)
    assert await kinds(at) == ["matched", "deadline"]


async def test_days_that_were_missed_bring_one_reminder(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc(windows=[{"opens": None, "closes": "2026-12-14"}]))
    at.world.clock.instant += timedelta(days=18)
    await later(at, 1)
    assert await kinds(at) == ["matched", "deadline"]
    assert "1天" in (await at.inbox("f"))[1]["text"]


async def test_what_opens_is_told_to_those_told_who_still_match_and_each_round_anew(at: Desk) -> None:
    await firm(at, "f", **IN)
    await firm(at, "g", **IN)
    await published(at, doc(windows=[SPRING, {"opens": "2027-01-10", "closes": None}]))
    await firm(at, "g", **OUT)
    await later(at, 6)
    assert await kinds(at) == ["matched"]
    await later(at, 1)
    assert (await kinds(at), await kinds(at, "g")) == (["matched", "opened"], ["matched"])
    at.world.clock.instant += timedelta(days=40)
    await later(at, 1)
    assert [kind for kind in await kinds(at) if kind != "deadline"] == ["matched", "opened", "opened"]


async def test_a_round_that_was_told_open_is_not_told_again_after_a_revision_and_a_clock_that_went_back(
    at: Desk,
) -> None:
    await firm(at, "f", **IN)
    await published(at, doc(windows=[SPRING]))
    await later(at, 7)
    assert await kinds(at) == ["matched", "opened"]
    at.world.clock.instant -= timedelta(days=3)
    await published(at, doc(windows=[SPRING], budget={"state": "low", "as_of": "2026-11-20"}))
    await later(at, 4)
    assert await kinds(at) == ["matched", "opened", "revised"]


async def test_what_becomes_tellable_by_the_day_is_told_as_matched(at: Desk) -> None:
    await firm(at, "f", **IN)
    exhausted = {"state": "exhausted", "as_of": "2026-11-20"}
    later_round = [{"opens": None, "closes": "2026-11-30"}, {"opens": "2026-12-05", "closes": None}]
    await published(at, doc(budget=exhausted, windows=later_round))
    assert await kinds(at) == []
    await later(at, 8)
    assert await kinds(at) == ["matched"]


async def test_what_an_age_makes_available_is_told(at: Desk) -> None:
    await firm(at, "f", facts={"registered_on": "2025-12-01"})
    await published(at, doc(AGED))
    await later(at, 6)
    assert await kinds(at) == []
    await later(at, 1)
    assert await kinds(at) == ["matched"]


async def test_an_age_that_comes_on_the_day_of_a_change_is_not_lost(at: Desk) -> None:
    await firm(at, "f", facts={"registered_on": "2025-12-01"})
    await published(at, doc(AGED))
    at.world.clock.instant += timedelta(days=7)
    await firm(at, "f", facts={"registered_on": "2025-12-01", "employees": 5})
    assert await kinds(at) == ["matched"]


async def test_nothing_is_told_when_only_the_calendar_made_a_fact_unknown(at: Desk) -> None:
    await firm(at, "f", facts={"revenue": {"2025": 100}})
    await published(at, document("a-doc", measure("rich", {"field": "revenue", "gte": 50}),
                                 measure("poor", {"not": {"field": "revenue", "gte": 50}})))  # fmt: skip
    await later(at, 1)
    at.world.clock.instant += timedelta(days=38)
    await later(at, 1)
    assert await at.told("f") == ["a-doc.rich"]


async def test_a_day_may_be_done_twice(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc(windows=[SPRING]))
    await later(at, 7)
    at.world.clock.instant -= timedelta(days=1)
    await later(at, 1)
    assert await kinds(at) == ["matched", "opened"]


async def test_a_paused_document_is_told_of_when_the_pause_ends(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    assert (await at.post("/v1/policies/a-doc/push/pause")).status == 200
    at.world.clock.instant += timedelta(minutes=1)
    await published(at, doc(effective_to="2027-12-31"))
    await firm(at, "g", **OUT)
    await firm(at, "g", **IN)
    assert (await kinds(at), await kinds(at, "g")) == (["matched"], [])
    assert (await at.post("/v1/policies/a-doc/push/resume")).status == 200
    await at.work()
    assert (await kinds(at), await kinds(at, "g")) == (["matched", "revised"], ["matched"])


async def test_an_enterprise_that_leaves_and_comes_again_starts_anew(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    await at.send("DELETE", "/v1/enterprises/f")
    await firm(at, "f", **IN)
    assert await kinds(at) == ["summary"]


async def test_what_is_back_with_another_rule_before_its_withdrawal_was_told_is_told_as_revised(
    at: Desk,
) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    await at.post("/v1/policies/a-doc/withdraw", {"reason": "到期"})
    await asyncio.sleep(0.02)  # jobs of one instant may be done in any order
    await published(at, doc({"all": [HANGZHOU, {"not": SMALL}]}))
    assert await kinds(at) == ["matched", "revised"]


async def test_a_measure_that_two_quick_revisions_drop_and_bring_back_changed_is_told_as_revised(
    at: Desk,
) -> None:
    await firm(at, "f", **IN)
    await published(at, document("a-doc", measure("one", HANGZHOU), measure("two", SMALL)))
    await at.published(document("a-doc", measure("two", SMALL)))
    await asyncio.sleep(0.02)
    await published(at, document("a-doc", measure("one", {"any": [HANGZHOU, SMALL]}), measure("two", SMALL)))
    told = [each["type"] for each in await at.inbox("f") if each["measure_id"] == "a-doc.one"]
    assert told == ["measure.matched", "measure.revised"]


async def told_of(at: Desk, before: str, after: str) -> None:
    """The jobs of telling go from one state to another."""
    async with at.services.db.write() as c:
        one = (jobs.c.kind == "tell") & (jobs.c.state == before)
        await c.execute(update(jobs).where(one).values(state=after))


async def test_a_revision_is_told_though_its_job_ends_before_that_of_the_publication_before(at: Desk) -> None:
    await at.published(doc())
    await told_of(at, "queued", "held")
    await firm(at, "f", **IN)
    await published(at, doc({"all": [HANGZHOU, {"not": SMALL}]}))
    await told_of(at, "held", "queued")
    await at.work()
    assert await kinds(at) == ["summary", "revised"]


async def test_an_end_is_told_though_its_job_ends_before_that_of_the_publication_before(at: Desk) -> None:
    await at.published(doc())
    await told_of(at, "queued", "held")
    await firm(at, "f", **IN)
    await withdrawn(at)
    await told_of(at, "held", "queued")
    await at.work()
    assert await kinds(at) == ["summary", "withdrawn"]


async def test_what_was_withdrawn_and_is_back_is_told_to_whoever_may_have_it_again_only_later(
    at: Desk,
) -> None:
    await firm(at, "f", **IN)
    await published(at, doc())
    await withdrawn(at)
    await firm(at, "f", **OUT)
    await published(at, doc())
    await firm(at, "f", **IN)
    await firm(at, "f", **OUT)
    await firm(at, "f", **IN)
    assert await kinds(at) == ["matched", "withdrawn", "revised"]
