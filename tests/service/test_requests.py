"""What every request gets: an id, one log line without its content, and an answer that is no trace."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.ids import is_uuid
from tests.service.administering import Desk, desk

SECRET = "绝密需求"
PROFILE = {"text": SECRET, "credit_code": "91330106MA27XXXXX0", "facts": {}}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


@pytest.mark.parametrize("path", ["/v1/facts", "/v1/enterprises/none", "/nowhere", "/", "/livez"])
async def test_every_answer_has_an_id_of_its_own(at: Desk, path: str) -> None:
    answers = [await at.world.client.get(path) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert is_uuid(ids[0])
    assert ids[0] != ids[1]


async def test_a_refusal_names_the_id_of_its_answer(at: Desk) -> None:
    answer = await at.get("/v1/enterprises/none")
    assert answer.body["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/enterprises"),
        ("GET", "/v1/enterprises/none"),
        ("GET", "/v1/enterprises/none/notifications"),
        ("POST", "/v1/recommendations"),
        ("POST", "/v1/eligibility"),
        ("POST", "/v1/measures/none/audience"),
    ],
)
async def test_nothing_about_an_enterprise_may_be_kept_by_a_cache(at: Desk, method: str, path: str) -> None:
    assert (await at.send(method, path)).headers["cache-control"] == "no-store"


async def test_a_request_is_logged_by_its_pattern_and_without_its_content(at: Desk) -> None:
    await at.firm("my-firm")
    with capture_logs() as logs:
        await at.world.post("/v1/recommendations", {"profile": PROFILE, "query": SECRET})
        await at.get("/v1/enterprises/my-firm?x=1")
    lines = [line for line in logs if line["event"] == "request"]
    assert [(line["method"], line["route"]) for line in lines] == [
        ("POST", "/v1/recommendations"),
        ("GET", "/v1/enterprises/{enterprise}"),
    ]
    assert not any(word in str(logs) for word in (SECRET, "my-firm", "91330106", "k" * 40))


async def test_what_breaks_inside_is_internal_and_shows_nothing(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(at.services.db, "read", breaks)
    answer = await at.world.post("/v1/recommendations", {"profile": {}})
    assert (answer.status, answer.body["code"]) == (500, "internal")
    assert SECRET not in str(answer.body)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_requests_are_counted_by_route_and_never_by_address(at: Desk) -> None:
    await at.firm("my-firm")
    for path in ("/v1/enterprises/my-firm", "/nowhere-at-all", "/another/nowhere"):
        await at.get(path)
    text = (await at.world.client.get("/metrics")).text
    assert 'route="/v1/enterprises/{enterprise}",status="200"' in text
    assert "my-firm" not in text
    assert "nowhere" not in text
