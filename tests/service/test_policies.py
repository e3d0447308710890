"""Documents: drafted, revised, published, withdrawn; what each does to answers, versions and jobs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

pytestmark = pytest.mark.usefixtures("both")

POLICIES, PLACE = "/v1/policies", "/v1/policies/a-doc"
ONE = document("a-doc", measure("one"), measure("two"))
REVISED = document("a-doc", measure("one", title="改后的"))


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def state(at: Desk) -> tuple[Any, ...]:
    body = (await at.get(PLACE)).body
    return body["status"], body["revision"], body["draft_revision"]


async def version(at: Desk) -> int:
    found: int = (await at.world.ask())["snapshot"]["catalogue"]
    return found


async def test_a_new_document_is_a_draft_that_changes_no_answer(at: Desk) -> None:
    made = await at.post(POLICIES, ONE)
    assert made.status == 201
    assert made.body == {"id": "a-doc", "revision": 1, "status": "draft", "warnings": []}
    assert await at.world.ids() == []
    assert (await at.get("/v1/measures/a-doc.one")).status == 404
    assert await state(at) == ("draft", 1, 1)


async def test_an_id_that_exists_is_refused(at: Desk) -> None:
    await at.post(POLICIES, ONE)
    assert await at.faults("POST", POLICIES, REVISED) == (409, [("/id", "duplicate_id")])


async def test_publishing_answers_at_once_and_counts_one_version(at: Desk) -> None:
    before = await version(at)
    jobs = await at.published(ONE)
    assert len(jobs) == 2
    assert await at.world.ids() == ["a-doc.one", "a-doc.two"]
    assert (await version(at), await state(at)) == (before + 1, ("published", 1, None))


async def test_publishing_what_is_published_does_nothing(at: Desk) -> None:
    await at.published(ONE)
    before = await version(at)
    again = await at.post(f"{PLACE}/publish")
    assert (again.status, again.body, await version(at)) == (202, {"jobs": []}, before)


async def test_a_waiting_draft_changes_no_answer_until_it_is_published(at: Desk) -> None:
    await at.published(ONE)
    sent = await at.put(PLACE, REVISED)
    assert sent.body == {"id": "a-doc", "revision": 2, "status": "published", "warnings": []}
    assert await state(at) == ("published", 1, 2)
    assert await at.world.ids() == ["a-doc.one", "a-doc.two"]
    await at.post(f"{PLACE}/publish", {"notify": False})
    assert (await at.get("/v1/measures/a-doc.one")).body["title"] == "改后的"
    assert await state(at) == ("published", 2, None)


async def test_equal_content_makes_no_revision(at: Desk) -> None:
    await at.post(POLICIES, ONE)
    assert (await at.put(PLACE, ONE)).body["revision"] == 1
    await at.published(ONE)
    await at.put(PLACE, REVISED)
    assert (await at.put(PLACE, REVISED)).body["revision"] == 2
    assert (await at.put(PLACE, ONE)).body["revision"] == 1
    assert await state(at) == ("published", 1, None)
    assert len((await at.get(f"{PLACE}/revisions")).body["items"]) == 2


async def test_a_measure_that_a_revision_lacks_is_withdrawn_as_revised(at: Desk) -> None:
    await at.published(ONE)
    await at.published(REVISED)
    gone = (await at.get("/v1/measures/a-doc.two")).body
    assert (gone["status"], gone["reason"], gone["replaced_by"]) == ("withdrawn", "revised", None)
    await at.published(ONE)
    assert (await at.get("/v1/measures/a-doc.two")).body["status"] == "published"


async def test_a_withdrawn_document_keeps_its_measures_readable(at: Desk) -> None:
    await at.published(ONE)
    await at.post(POLICIES, document("b-doc"))
    before = await version(at)
    answer = await at.post(f"{PLACE}/withdraw", {"reason": "到期", "replaced_by": "b-doc"})
    assert (answer.status, len(answer.body["jobs"])) == (202, 2)
    body = (await at.get("/v1/measures/a-doc.one")).body
    assert (body["status"], body["reason"], body["replaced_by"]) == ("withdrawn", "到期", "b-doc")
    assert (await at.world.ids(), await version(at)) == ([], before + 1)
    assert (await at.get(PLACE)).body["withdrawn_at"] == body["withdrawn_at"]


async def test_withdrawing_twice_does_nothing_the_second_time(at: Desk) -> None:
    await at.published(ONE)
    await at.post(f"{PLACE}/withdraw", {"reason": "a"})
    again = await at.post(f"{PLACE}/withdraw", {"reason": "b"})
    assert (again.status, again.body) == (202, {"jobs": []})
    assert (await at.get(PLACE)).body["reason"] == "a"


async def test_a_draft_cannot_be_withdrawn(at: Desk) -> None:
    await at.post(POLICIES, ONE)
    assert await at.faults("POST", f"{PLACE}/withdraw", {"reason": "a"}) == (409, ["conflict"])


async def test_a_withdrawn_document_may_be_published_again(at: Desk) -> None:
    await at.published(ONE)
    await at.post(f"{PLACE}/withdraw", {"reason": "a"})
    jobs = (await at.post(f"{PLACE}/publish", {"notify": False})).body["jobs"]
    assert len(jobs) == 2
    assert await at.world.ids() == ["a-doc.one", "a-doc.two"]
    assert "reason" not in (await at.get(PLACE)).body


@pytest.mark.parametrize(
    ("method", "place", "body", "status", "faults"),
    [
        ("POST", f"{PLACE}/publish", {"confirm": -3}, 422, [("/confirm", "out_of_range")]),
        ("POST", f"{PLACE}/publish", {"notify": "yes"}, 422, [("/notify", "wrong_type")]),
        ("POST", f"{PLACE}/publish", {"loud": True}, 422, [("/loud", "unknown_member")]),
        ("POST", f"{PLACE}/withdraw", {}, 422, [("/reason", "missing_member")]),
        (
            "POST",
            f"{PLACE}/withdraw",
            {"reason": 1, "replaced_by": "B"},
            422,
            [("/reason", "wrong_type"), ("/replaced_by", "bad_id")],
        ),
        ("POST", f"{PLACE}/withdraw", {"reason": "a", "replaced_by": "no-such"}, 404, ["not_found"]),
        ("PUT", PLACE, document("b-doc"), 422, [("/id", "bad_id")]),
        ("POST", "/v1/policies/no-such/publish", {}, 404, ["not_found"]),
        ("POST", "/v1/policies/no-such/withdraw", {"reason": "a"}, 404, ["not_found"]),
        ("PUT", "/v1/policies/no-such", document("no-such"), 404, ["not_found"]),
        ("PUT", "/v1/policies/N", document("no-such"), 422, [("document", "bad_id")]),
        ("GET", "/v1/policies/no-such", None, 404, ["not_found"]),
        ("GET", "/v1/policies/no-such/revisions", None, 404, ["not_found"]),
        ("GET", "/v1/policies?status=new", None, 422, [("status", "unknown_code")]),
        ("GET", f"{PLACE}?colour=1", None, 422, [("colour", "unknown_member")]),
    ],
)
async def test_a_wrong_request_is_refused_with_its_pointer(
    at: Desk, method: str, place: str, body: object, status: int, faults: object
) -> None:
    await at.published(ONE)
    assert await at.faults(method, place, body) == (status, faults)
    assert await state(at) == ("published", 1, None)


async def test_all_faults_of_a_document_are_told_in_its_order(at: Desk) -> None:
    wrong = {**document("a-doc", measure("one", {"field": "colour", "is": 1})), "level": "village"}
    wrong["measures"].append(measure("one", {"field": "region", "within": ["999999"]}))
    del wrong["title"]
    _, faults = await at.faults("POST", POLICIES, wrong)
    assert faults == [
        ("/level", "unknown_code"),
        ("/measures/0/rule/field", "unknown_fact"),
        ("/measures/1/rule/within/0", "unknown_region"),
        ("/title", "missing_member"),
    ]
    assert (await at.get(PLACE)).status == 404


async def test_documents_are_listed_by_status(at: Desk) -> None:
    await at.published(ONE)
    await at.post(POLICIES, document("b-doc", region="330100", level="city"))
    await at.published(document("c-doc"))
    await at.post("/v1/policies/c-doc/withdraw", {"reason": "a"})
    drafts = (await at.get(f"{POLICIES}?status=draft")).body["items"]
    assert drafts == [
        {
            "id": "b-doc",
            "title": "b-doc办法",
            "level": "city",
            "region": "330100",
            "status": "draft",
            "revision": 1,
            "draft_revision": 1,
        }
    ]
    assert [item["status"] for item in (await at.get(POLICIES)).body["items"]] == [
        "published",
        "draft",
        "withdrawn",
    ]


async def test_a_page_of_a_filtered_list_is_bound_to_its_filter(at: Desk) -> None:
    for name in ("a-doc", "b-doc", "c-doc"):
        await at.post(POLICIES, document(name))
    first = await at.get(f"{POLICIES}?status=draft&limit=2")
    cursor = first.body["next_cursor"]
    rest = await at.get(f"{POLICIES}?status=draft&limit=50&cursor={cursor}")
    assert ([item["id"] for item in rest.body["items"]], rest.body["next_cursor"]) == (["c-doc"], None)
    assert await at.faults("GET", f"{POLICIES}?cursor={cursor}") == (400, ["bad_cursor"])


async def test_a_document_is_told_whole_with_its_etag(at: Desk) -> None:
    await at.published(ONE)
    answer = await at.get(PLACE)
    assert (answer.body["doc_no"], [m["key"] for m in answer.body["measures"]]) == (None, ["one", "two"])
    assert (await at.get(PLACE, if_none_match=answer.headers["ETag"])).status == 304


async def test_a_key_makes_a_repeated_post_the_same(at: Desk) -> None:
    first = await at.post(POLICIES, ONE, idempotency_key="k1")
    again = await at.post(POLICIES, ONE, idempotency_key="k1")
    assert (again.status, again.body) == (first.status, first.body)
    other = await at.faults("POST", POLICIES, REVISED, idempotency_key="k1")
    assert other == (409, ["idempotency_mismatch"])
    await at.faults("POST", POLICIES, {}, idempotency_key="k2")
    assert (await at.post(POLICIES, document("b-doc"), idempotency_key="k2")).status == 201


async def test_a_repeated_publication_with_a_key_names_the_same_jobs(at: Desk) -> None:
    await at.post(POLICIES, ONE)
    first = await at.post(f"{PLACE}/publish", {}, idempotency_key="k")
    again = await at.post(f"{PLACE}/publish", {}, idempotency_key="k")
    assert first.body["jobs"]
    assert again.body == first.body


@pytest.mark.parametrize("place", [POLICIES, PLACE, f"{PLACE}/revisions", "/v1/jobs", "/v1/index"])
async def test_an_administrators_endpoint_needs_the_key(at: Desk, place: str) -> None:
    assert (await at.world.client.get(place)).status_code == 401


async def test_a_rule_decides_alone_whatever_the_documents_region(at: Desk) -> None:
    await at.published(document("a-doc", measure("one", HANGZHOU), region="110000", level="city"))
    assert await at.world.ids({"facts": {"region": "330106"}}) == ["a-doc.one"]
