"""The OpenAPI document declares what is answered: generated requests find no 5xx and nothing undeclared."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.documents import CATALOGUE
from tests.contract.site import KEY, Site, site

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATHS = {
    "/v1/recommendations", "/v1/eligibility", "/v1/measures", "/v1/measures/{measure_id}", "/v1/facts",
    "/v1/codes/{kind}", "/v1/enterprises", "/v1/enterprises/{enterprise}",
    "/v1/enterprises/{enterprise}/notifications", "/v1/enterprises/{enterprise}/consent",
    "/v1/enterprises/{enterprise}/watch", "/v1/enterprises/{enterprise}/stream", "/v1/links/{token}",
    "/v1/enterprises/{enterprise}/notifications/{notification}/dismiss", "/v1/pauses",
    "/v1/policies", "/v1/policies/{document}",
    "/v1/policies/{document}/revisions", "/v1/policies/{document}/publish",
    "/v1/policies/{document}/withdraw", "/v1/imports", "/v1/measures/{measure}/audience", "/v1/index",
    "/v1/index/rebuild", "/v1/index/rollback", "/v1/jobs", "/v1/jobs/{job}", "/v1/jobs/{job}/cancel",
    "/v1/rule-schema", "/v1/events", "/v1/enterprises/{enterprise}/marks", "/v1/webhooks",
    "/v1/webhooks/{webhook}",
    "/v1/webhooks/{webhook}/rotate", "/v1/webhooks/{webhook}/deliveries", "/v1/webhooks/{webhook}/replay",
    "/v1/deliveries/{delivery}/replay", "/livez", "/readyz",
}  # fmt: skip


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service of its own: generated requests publish and withdraw as they like."""
    with site(tmp_path_factory.mktemp("driven") / "data") as found:
        for plain in CATALOGUE:
            found.publish(plain)
        found.post("/v1/index/rebuild")
        found.work()
        yield found


def drive(at: Site, examples: int, headers: dict[str, str], paths: set[str] | None = None) -> None:
    """Sends generated requests to every operation and checks each answer against the document."""
    schema = schemathesis.openapi.from_dict(at.get("/openapi.json").body)
    schema.config.update(base_url=at.url)
    quiet = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for found in schema.get_all_operations():
        operation = found.ok()
        if paths is not None and operation.path not in paths:
            continue

        @quiet
        @given(case=operation.as_strategy())
        def each(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=30)

        each()


def test_every_endpoint_and_every_refusal_is_declared(shared: Site) -> None:
    paths = shared.get("/openapi.json", key=None).body["paths"]
    assert set(paths) >= PATHS
    for path, operations in paths.items():
        for operation in operations.values():
            told = operation["responses"]
            assert "500" in told or path == "/livez", path
            assert ("401" in told) == ("security" in operation)
            for status, answer in told.items():
                if status[0] in "45":
                    assert set(answer["content"]) == {"application/problem+json"}, (path, status)


@pytest.mark.parametrize("key", [None, KEY], ids=["anonymous", "administrator"])
def test_a_few_generated_requests_are_answered_as_declared(driven: Site, key: str | None) -> None:
    small = {"/v1/jobs", "/v1/index/rollback", "/v1/webhooks"}
    drive(driven, 3, {"Authorization": f"Bearer {key}"} if key else {}, small)


@pytest.mark.slow
@pytest.mark.parametrize("key", [None, KEY], ids=["anonymous", "administrator"])
def test_many_generated_requests_are_answered_as_declared(driven: Site, key: str | None) -> None:
    drive(driven, 12, {"Authorization": f"Bearer {key}"} if key else {})
