"""Events: kept whole or not at all, each once, whenever they come; what is wrong is told with its place."""

from typing import Any

import pytest

from tests.contract.documents import document, measure
from tests.contract.site import Site

REQUEST = "01a20fbc-f7b1-7f28-93bb-6e450d89580e"
AT = "2026-11-24T09:00:00+08:00"


def event(name: str = "e-1", **members: Any) -> dict[str, Any]:
    plain = {"id": name, "request_id": REQUEST, "measure_id": "aa-parts.certain", "kind": "opened", "at": AT}
    return {**plain, **members}


def told(at: Site, *events: Any, **headers: Any) -> tuple[int, Any]:
    answer = at.post("/v1/events", {"events": list(events)}, **headers)
    return answer.status, answer.body


def taken(accepted: int, duplicates: int = 0) -> tuple[int, Any]:
    return 202, {"accepted": accepted, "duplicates": duplicates}


@pytest.fixture
def at(own: Site) -> Site:
    own.publish(document("aa-parts", measure("certain"), measure("other")))
    return own


def test_events_of_all_six_kinds_are_accepted(at: Site) -> None:
    kinds = ("opened", "saved", "dismissed", "applied", "granted", "refused")
    assert told(at, *(event(kind, kind=kind) for kind in kinds)) == taken(6)


def test_an_id_that_comes_twice_in_a_batch_counts_as_a_duplicate(at: Site) -> None:
    assert told(at, event("a"), event("b"), event("a")) == taken(2, 1)


def test_an_id_that_came_in_an_earlier_batch_counts_as_a_duplicate(at: Site) -> None:
    told(at, event("a"))
    assert told(at, event("a"), event("b")) == taken(1, 1)


def test_of_an_id_with_another_content_the_first_stands(at: Site) -> None:
    told(at, event("a", kind="opened"))
    assert told(at, event("a", kind="applied")) == taken(0, 1)


def test_late_events_in_any_order_are_accepted(at: Site) -> None:
    late = event("a", kind="granted", at="2026-03-01T00:00:00Z")
    assert told(at, late, event("b", kind="opened", at="2025-01-01T00:00:00Z")) == taken(2)


def test_an_event_of_a_measure_that_was_withdrawn_is_accepted(at: Site) -> None:
    at.withdraw("aa-parts")
    assert told(at, event()) == taken(1)


def test_a_request_that_is_not_known_is_accepted(at: Site) -> None:
    assert told(at, event(request_id="00000000-0000-7000-8000-000000000000")) == taken(1)


@pytest.mark.parametrize(
    ("members", "place", "code"),
    [
        ({"kind": "shown"}, "kind", "unknown_code"),
        ({"kind": 1}, "kind", "wrong_type"),
        ({"at": "yesterday"}, "at", "bad_date"),
        ({"at": "2026-11-24"}, "at", "bad_date"),
        ({"at": "2026-11-24T09:00:00"}, "at", "bad_date"),
        ({"at": "2026-02-30T09:00:00Z"}, "at", "bad_date"),
        ({"at": "2026-11-24T04:30:00Z"}, "at", "bad_date"),
        ({"at": "0001-01-01T00:00:00+08:00"}, "at", "bad_date"),
        ({"at": "2026-11-24T09+08:00"}, "at", "bad_date"),
        ({"at": 1}, "at", "wrong_type"),
        ({"id": ""}, "id", "bad_id"),
        ({"request_id": "r-1"}, "request_id", "bad_id"),
        ({"measure_id": "aa-parts.never"}, "measure_id", "unknown_measure"),
        ({"measure_id": "nonsense"}, "measure_id", "unknown_measure"),
        ({"reason": "x" * 201}, "reason", "bad_text"),
        ({"who": "me"}, "who", "unknown_member"),
        ({"at": None}, "at", "missing_member"),
    ],
)
def test_a_fault_is_told_with_its_place(at: Site, members: dict[str, Any], place: str, code: str) -> None:
    answer = at.post("/v1/events", {"events": [event("a"), event("b", **members)]})
    assert (answer.status, answer.faults) == (422, [(f"/events/1/{place}", code)])


def test_a_clock_a_few_minutes_ahead_is_forgiven(at: Site) -> None:
    assert told(at, event(at="2026-11-24T04:09:59.5Z")) == taken(1)


def test_a_faulty_event_refuses_the_whole_batch(at: Site) -> None:
    assert told(at, event("a"), event("b", kind="shown"))[0] == 422
    assert told(at, event("a")) == taken(1)


def test_every_fault_is_told_in_the_order_of_the_document(at: Site) -> None:
    wrong = [event("a", kind="shown"), event("b", measure_id="aa-parts.never", at="never"), 3]
    answer = at.post("/v1/events", {"events": wrong})
    assert answer.faults == [
        ("/events/0/kind", "unknown_code"),
        ("/events/1/measure_id", "unknown_measure"),
        ("/events/1/at", "bad_date"),
        ("/events/2", "wrong_type"),
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/events", "missing_member")),
        ({"events": []}, ("/events", "out_of_range")),
        ({"events": {}}, ("/events", "wrong_type")),
        ([], ("", "wrong_type")),
    ],
)
def test_a_body_without_events_is_refused(at: Site, body: Any, fault: tuple[str, str]) -> None:
    answer = at.post("/v1/events", body)
    assert (answer.status, answer.faults) == (422, [fault])


def test_a_thousand_events_are_taken_at_once_and_no_more(at: Site) -> None:
    assert told(at, *(event(f"e-{n}") for n in range(1_000))) == taken(1_000)
    assert told(at, *(event(f"f-{n}") for n in range(1_001)))[0] == 422


def test_events_need_the_key(at: Site) -> None:
    assert at.post("/v1/events", {"events": [event()]}, key=None).code == "key_needed"


def test_the_same_idempotency_key_gets_the_same_answer(at: Site) -> None:
    first = told(at, event("a"), idempotency_key="k")
    assert told(at, event("a"), idempotency_key="k") == first == taken(1)
    assert told(at, event("b"), idempotency_key="k")[0] == 409


def test_nobody_may_store_the_answer(at: Site) -> None:
    assert at.post("/v1/events", {"events": [event()]}).headers["cache-control"] == "no-store"
