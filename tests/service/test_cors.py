"""Scripts of other sites may call the keyless endpoints, from the origins of a setting, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.service.asking import world

SITE, OTHER = "https://portal.example", "https://other.example"
KEYLESS = [
    "/v1/recommendations",
    "/v1/eligibility",
    "/v1/measures",
    "/v1/facts",
    "/v1/codes/regions",
    "/openapi.json",
]
KEYED = ["/v1/enterprises", "/v1/policies", "/v1/index", "/v1/jobs", "/admin"]


async def headers(folder: Path, method: str, path: str, origin: str, **settings: Any) -> Any:
    wanted = {"origin": origin, "access-control-request-method": "POST"}
    async with world(folder / "data", **settings) as found:
        return (await found.client.request(method, path, headers=wanted)).headers


@pytest.mark.parametrize("path", KEYLESS)
async def test_a_keyless_address_answers_every_site_by_default(tmp_path: Path, path: str) -> None:
    found = await headers(tmp_path, "OPTIONS", path, SITE)
    assert found["access-control-allow-origin"] == "*"
    assert "content-type" in found["access-control-allow-headers"].lower()


@pytest.mark.parametrize("path", KEYED)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_an_address_that_needs_a_key_says_nothing_to_other_sites(
    tmp_path: Path, method: str, path: str
) -> None:
    found = await headers(tmp_path, method, path, SITE)
    assert not [name for name in found if name.startswith("access-control")]


async def test_only_the_origins_of_the_setting_are_answered(tmp_path: Path) -> None:
    wanted = {"embed_origins": f"{SITE} https://third.example"}
    allowed = await headers(tmp_path, "GET", "/v1/facts", SITE, **wanted)
    assert (allowed["access-control-allow-origin"], allowed["vary"]) == (SITE, "Origin")
    refused = await headers(tmp_path, "GET", "/v1/facts", OTHER, **wanted)
    assert "access-control-allow-origin" not in refused
    assert refused["vary"] == "Origin"


async def test_a_refusal_can_be_read_by_the_script_too(tmp_path: Path) -> None:
    async with world(tmp_path / "data") as found:
        answer = await found.client.post("/v1/recommendations", content=b"{", headers={"origin": SITE})
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
