"""Following an inbox: all of it, in order, from any place, no gap, no repetition, until the firm is gone."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from service.api import DRAIN_S
from service.push import streams
from tests.contract.documents import document
from tests.contract.site import KEY, Site

STREAM = "/v1/enterprises/firm/stream"
Event = tuple[str, dict[str, Any]]


@pytest.fixture
def firm(own: Site) -> Site:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    own.work()
    return own


@contextmanager
def listening(at: Site, last: str | None = None, **more: Any) -> Iterator[httpx2.Response]:
    headers = {"authorization": f"Bearer {KEY}", **({"last-event-id": last} if last else {})}
    with (
        httpx2.Client(base_url=at.url, timeout=10) as client,
        client.stream("GET", STREAM, headers=headers, **more) as answer,
    ):
        yield answer


def events(answer: httpx2.Response, most: int) -> list[Event]:
    """So many events, or fewer where the stream ends."""
    found: list[Event] = []
    name = ""
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        name = value if field == "id" else name
        if field == "data":
            found.append((name, json.loads(value)))
        if len(found) == most:
            break
    return found


def told(at: Site, *names: str) -> None:
    for name in names:
        at.publish(document(name), notify=True)
        at.work()


def inbox(at: Site) -> list[dict[str, Any]]:
    body: dict[str, Any] = json.loads(at.get("/v1/enterprises/firm/notifications?limit=100").content)
    return list(body["items"])


def test_the_stream_is_the_inbox_as_it_was_and_as_it_grows(firm: Site) -> None:
    told(firm, "doc-1", "doc-2")
    with listening(firm) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        more = threading.Thread(target=told, args=(firm, "doc-3", "doc-4"))
        more.start()
        found = events(answer, 4)
        more.join()
    assert [data for _, data in found] == inbox(firm)
    assert [name for name, _ in found] == [each["id"] for each in inbox(firm)]


@pytest.mark.parametrize("seed", range(3))
def test_reconnecting_anywhere_neither_misses_nor_repeats(firm: Site, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"doc-{n:02}" for n in range(10)]
    more = threading.Thread(target=told, args=(firm, *names))
    more.start()
    found: list[Event] = []
    while len(found) < len(names):
        with listening(firm, found[-1][0] if found else None) as answer:
            found += events(answer, min(chance.randint(1, 4), len(names) - len(found)))
    more.join()
    assert [data for _, data in found] == inbox(firm)


def test_after_resumes_as_the_header_does_and_the_header_goes_before(firm: Site) -> None:
    told(firm, "doc-1", "doc-2", "doc-3")
    first, second, third = inbox(firm)
    with listening(firm, params={"after": first["id"]}) as answer:
        assert [data for _, data in events(answer, 2)] == [second, third]
    with listening(firm, second["id"], params={"after": first["id"]}) as answer:
        assert [data for _, data in events(answer, 1)] == [third]


def test_the_stream_speaks_the_language_that_is_asked_for(firm: Site) -> None:
    told(firm, "doc-1")
    with listening(firm, params={"lang": "en"}) as answer:
        [(_, english)] = events(answer, 1)
    assert english["text"].startswith("You meet every condition of ")
    assert english == json.loads(firm.get("/v1/enterprises/firm/notifications?lang=en").content)["items"][0]
    assert firm.get(f"{STREAM}?lang=fr").faults == [("lang", "unknown_code")]


def test_deletion_ends_the_stream(firm: Site) -> None:
    told(firm, "doc-1")
    with listening(firm) as answer:
        gone = threading.Timer(0.3, firm.send, ("DELETE", "/v1/enterprises/firm"))
        gone.start()
        assert len(events(answer, 2)) == 1
        gone.join()


def test_a_stop_ends_the_stream_at_once_and_what_was_told_goes_out_before(firm: Site) -> None:
    told(firm, "doc-1")
    with listening(firm) as answer:
        began = time.monotonic()
        stop = threading.Timer(0.3, firm.stop)
        stop.start()
        assert len(events(answer, 2)) == 1
    stop.join()
    assert time.monotonic() - began < DRAIN_S / 2


def test_a_silent_stream_says_that_it_lives(firm: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.1)
    with listening(firm) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        assert ": " in [next(lines) for _ in range(3)]


def test_no_more_listeners_than_can_be_served(firm: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 1)
    with listening(firm) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        refused = firm.get(STREAM)
        assert (refused.status, refused.code) == (429, "too_many_requests")
        assert "retry-after" in refused.headers


def test_many_listeners_are_served_by_one_look_and_leave_nothing_behind(firm: Site) -> None:
    answers: list[list[Event]] = []

    def listen() -> None:
        with listening(firm) as answer:
            answers.append(events(answer, 1))

    threads = [threading.Thread(target=listen) for _ in range(20)]
    for thread in threads:
        thread.start()
    told(firm, "doc-1")
    for thread in threads:
        thread.join()
    assert [len(each) for each in answers] == [1] * 20


@pytest.mark.parametrize("last", ["x", "01a20bb5-e600-7ccf-aaeb-5be5d01a7564"])
def test_a_place_that_is_not_there_is_not_found(firm: Site, last: str) -> None:
    answer = firm.send("GET", STREAM, last_event_id=last)
    assert (answer.status, answer.code) == (404, "not_found")
    assert firm.get("/v1/enterprises/nobody/stream").status == 404
