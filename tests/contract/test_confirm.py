"""Publishing to many asks for their number first: the counts, the right and the wrong one, imports alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.documents import ATTESTED, EVERYBODY, NOBODY, SMALL, document, measure
from tests.contract.site import Answer, Site, site

COUNTS = {"certain": 3, "checkable": 0, "undecided": 0, "excluded": 0}
PLACE = "/v1/policies/doc-one"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Site]:
    """Three enterprises; more than two must be confirmed."""
    with site(tmp_path / "data", confirm_over=2) as found:
        for name, facts in {"small": {"employees": 5}, "large": {"employees": 500}, "unknown": {}}.items():
            found.put(f"/v1/enterprises/{name}", {"name": name, "facts": facts})
        yield found


def published(at: Site, **members: Any) -> Answer:
    return at.post(f"{PLACE}/publish", members)


def asked(answer: Answer) -> Any:
    assert (answer.status, answer.code) == (409, "confirm_needed")
    return answer.body["counts"]


def test_publishing_to_many_is_refused_with_their_counts_and_the_draft_stays(at: Site) -> None:
    at.post("/v1/policies", document("doc-one"))
    assert asked(published(at)) == COUNTS
    body = at.get(PLACE).body
    assert (body["status"], body["draft_revision"]) == ("draft", 1)
    assert "tell" not in {job["kind"] for job in at.get("/v1/jobs").body["items"]}


def test_the_right_number_publishes_and_a_wrong_one_is_refused_with_the_counts(at: Site) -> None:
    at.post("/v1/policies", document("doc-one"))
    for wrong in (0, 2, 4):
        assert asked(published(at, confirm=wrong)) == COUNTS
    assert published(at, confirm=3).status == 202
    assert published(at, confirm=7).body == {"jobs": []}


def test_the_number_is_that_of_the_moment(at: Site) -> None:
    at.post("/v1/policies", document("doc-one"))
    at.put("/v1/enterprises/new", {"name": "new"})
    assert asked(published(at, confirm=3)) == {**COUNTS, "certain": 4}


def test_few_need_no_number_but_a_wrong_one_is_refused(at: Site) -> None:
    at.post("/v1/policies", document("doc-one", measure("one", SMALL)))
    expected = {"certain": 1, "checkable": 0, "undecided": 1, "excluded": 1}
    assert asked(published(at, confirm=2)) == expected
    assert published(at).status == 202


def test_who_is_told_of_several_measures_counts_once_where_it_stands_best(at: Site) -> None:
    three = measure("a", SMALL), measure("b", ATTESTED), measure("c", NOBODY)
    at.post("/v1/policies", document("doc-one", *three))
    assert asked(published(at)) == {"certain": 1, "checkable": 2, "undecided": 0, "excluded": 0}


def test_nobody_is_counted_when_nobody_is_told(at: Site) -> None:
    at.post("/v1/policies", document("doc-one"))
    assert published(at, notify=False, confirm=1).status == 202


def test_a_new_revision_for_many_asks_again(at: Site) -> None:
    at.publish(document("doc-one", measure("one", NOBODY)))
    at.put(PLACE, document("doc-one", measure("one", EVERYBODY)))
    assert asked(published(at)) == COUNTS
    assert at.get("/v1/measures/doc-one.one").body["rule"] == NOBODY


def test_an_answer_that_is_kept_is_given_again_and_a_refusal_is_not_kept(at: Site) -> None:
    at.post("/v1/policies", document("doc-one"))
    body, key = {"confirm": 3}, {"idempotency_key": "k1"}
    at.put("/v1/enterprises/new", {"name": "new"})
    assert asked(at.post(f"{PLACE}/publish", body, **key)) == {**COUNTS, "certain": 4}
    at.send("DELETE", "/v1/enterprises/new")
    first = at.post(f"{PLACE}/publish", body, **key)
    assert first.status == 202
    at.put("/v1/enterprises/new", {"name": "new"})
    at.put(PLACE, document("doc-one", title="改"))
    assert at.post(f"{PLACE}/publish", body, **key).body == first.body


def test_an_import_that_tells_many_asks_too_and_imports_nothing_until_then(at: Site) -> None:
    both = [document("doc-one", measure("one", SMALL)), document("doc-two")]
    answer = at.post("/v1/imports?publish=true&notify=true", both)
    assert asked(answer) == COUNTS
    assert at.get("/v1/policies").body["items"] == []
    assert at.post("/v1/imports?publish=true&notify=true&confirm=3", both).status == 200
    assert at.post("/v1/imports?publish=true&notify=true", both).body["unchanged"] == ["doc-one", "doc-two"]


def test_silent_imports_and_drafts_ask_nothing(at: Site) -> None:
    assert at.post("/v1/imports?publish=true", document("doc-one")).status == 200
    assert at.post("/v1/imports?notify=true", document("doc-two")).status == 200


@pytest.mark.parametrize("confirm", [-1, 1.5, "3", True])
def test_a_number_that_is_none_is_refused(at: Site, confirm: Any) -> None:
    at.post("/v1/policies", document("doc-one"))
    assert [place for place, _ in published(at, confirm=confirm).faults] == ["/confirm"]
