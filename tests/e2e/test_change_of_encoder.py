"""A whole service whose HUIQI_ENCODER is changed, and changed back, over the same data folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Running
from tests.index import tiny_model

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.timeout(900)]
ASK = {"as_of": "2026-11-24", "profile": {"text": "研发补助", "facts": {"region": "330106"}}}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {f"tiny-{dim}": tiny_model.made(folder / f"tiny-{dim}", dim, 32) for dim in (16, 24)}


def index(service: Running) -> Any:
    return service.ask("/v1/index", key=True).json()


def last_rebuild(service: Running) -> Any:
    jobs = service.ask("/v1/jobs?state=done&limit=100", key=True).json()["items"]
    return next(job for job in jobs if job["kind"] == "index.rebuild")


def served_by(service: Running, model: str, firms: int) -> Callable[[], bool]:
    def holds() -> bool:
        found = index(service)
        return (found["encoder"] or {}).get("id") == model and found["enterprises"] == firms

    return holds


def asked(service: Running) -> tuple[int, bool, Any]:
    """Status, whether measures came, what is degraded."""
    answer = service.ask("/v1/recommendations", ASK)
    return answer.status, bool(answer.json()["items"]), answer.json()["degraded"]


def test_the_old_index_serves_until_the_other_model_has_built_its_own_and_back_again_nothing_is_encoded(
    models: dict[str, Path], tmp_path: Path
) -> None:
    data, before, first = tmp_path / "data", None, True
    for name, dim in (("tiny-16", 16), ("tiny-24", 24), ("tiny-16", 16)):
        with Running(data, {"HUIQI_ENCODER": str(models[name])}) as service:
            firms = len(service.ask("/v1/enterprises?limit=100", key=True).json()["items"])
            if not first:
                assert index(service)["generation"] == before
                assert asked(service) == (200, True, ["dense"])
                ready = service.ask("/readyz").json()
                assert (ready["status"], ready["parts"]["encoder"]) == ("degraded", "loading")
            service.until(served_by(service, name, firms), 300)
            service.until(lambda: service.ask("/readyz").json()["parts"]["encoder"] == "ok", 120)
            assert index(service)["encoder"]["dim"] == dim
            assert asked(service) == (200, True, [])
            encoded = last_rebuild(service)["progress"]["done"]
            before, first = index(service)["generation"], False
    assert encoded == 0
