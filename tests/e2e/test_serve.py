"""`huiqi serve` from an empty folder, as a stranger would start it."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.running import HUIQI, ROOT, Running, environment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

FIRM = {
    "text": "工业质检软件研发，想申请研发补助",
    "facts": {"region": "330106", "industry": "I6513", "employees": 18, "registered_on": "2021-03-01"},
}
MEASURE = {
    "key": "all",
    "title": "测试补贴",
    "kind": "grant",
    "mode": "apply",
    "windows": [],
    "rule": {"all": [{"field": "region", "within": ["000000"]}]},
}
DOCUMENT = {
    "title": "测试用政策",
    "issuers": ["测试局"],
    "level": "city",
    "region": "330100",
    "in_force": "stated_until",
    "provenance": "from-memory",
    "measures": [MEASURE],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve") / "data"


@pytest.fixture(scope="module")
def service(data: Path):
    with Running(data) as running:
        yield running


def publish(service: Running, name: str) -> float:
    """Publishes a measure for everybody; the time at which it was accepted."""
    assert service.ask("/v1/policies", {"id": name, **DOCUMENT}, key=True).status == 201
    accepted = time.monotonic()
    assert service.ask(f"/v1/policies/{name}/publish", {}, key=True).status == 202
    return accepted


def told(service: Running, enterprise: str, measure: str) -> int:
    notes = service.ask(f"/v1/enterprises/{enterprise}/notifications?limit=100", key=True).json()["items"]
    return sum(note["measure_id"] == measure for note in notes)


def everybody(service: Running) -> list[str]:
    return [e["id"] for e in service.ask("/v1/enterprises?limit=100", key=True).json()["items"]]


def test_an_inline_profile_gets_an_answer_without_a_key(service: Running) -> None:
    answer = service.ask("/v1/recommendations", {"profile": FIRM, "as_of": "2026-11-24"})
    assert answer.status == 200
    assert answer.json()["items"]
    assert answer.json()["model"]["name"] == "lightgbm"


def test_sixty_demo_enterprises_are_there_on_the_first_start(service: Running) -> None:
    assert len(everybody(service)) == 60


def test_publishing_tells_everybody_it_is_for_within_two_seconds_and_once(service: Running) -> None:
    accepted = publish(service, "test-all-told")
    firms = everybody(service)
    service.until(
        lambda: all(told(service, firm, "test-all-told.all") == 1 for firm in (firms[0], firms[-1]))
    )
    assert time.monotonic() - accepted < 3
    assert [told(service, firm, "test-all-told.all") for firm in firms] == [1] * len(firms)


def test_a_killed_worker_loses_no_notification_and_doubles_none(service: Running) -> None:
    service.child("worker").send_signal(signal.SIGKILL)
    publish(service, "test-worker-killed")
    service.child("worker")
    firms = everybody(service)
    service.until(lambda: told(service, firms[-1], "test-worker-killed.all") == 1, seconds=20)
    time.sleep(1)
    assert {told(service, firm, "test-worker-killed.all") for firm in firms} == {1}


def test_a_killed_redis_costs_nothing_but_time(service: Running) -> None:
    service.child("valkey").send_signal(signal.SIGKILL)
    publish(service, "test-redis-killed")
    firm = everybody(service)[0]
    service.until(lambda: told(service, firm, "test-redis-killed.all") == 1, seconds=10)


def test_the_whole_service_stays_below_1_5_gb(service: Running) -> None:
    for _ in range(100):
        service.ask("/v1/recommendations", {"profile": FIRM})
    processes = [psutil.Process(service.process.pid), *service.children()]
    assert sum(p.memory_full_info().pss for p in processes) < 1.5e9


def test_the_api_process_has_not_loaded_torch(service: Running) -> None:
    maps = [Path(f"/proc/{p.pid}/maps").read_text() for p in service.children()]
    assert not any("libtorch" in text for text in maps)


def test_a_second_service_on_the_port_is_one_clear_line(service: Running, tmp_path: Path) -> None:
    done = subprocess.run(
        (HUIQI, "serve"),
        cwd=ROOT,
        env=environment(tmp_path / "other", service.port),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert len((done.stdout + done.stderr).strip().splitlines()) == 1
    assert str(service.port) in done.stdout + done.stderr


def test_ctrl_c_stops_all_and_the_next_start_answers_within_8_seconds(tmp_path: Path) -> None:
    settings = {"HUIQI_ENCODER": "none"}
    with Running(tmp_path / "data", settings) as first:
        assert first.stop() == []
    with Running(tmp_path / "data", settings) as second:
        answer = second.ask("/v1/recommendations", {"profile": FIRM})
        assert answer.status == 200
        assert time.monotonic() - second.started < 8


def test_orphans_of_a_killed_run_are_ended_by_the_next(tmp_path: Path) -> None:
    settings = {"HUIQI_ENCODER": "none", "HUIQI_DEMO": "0"}
    with Running(tmp_path / "data", settings) as first:
        left = first.children()
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(5)
    with Running(tmp_path / "data", settings, port=first.port):
        assert psutil.wait_procs(left, timeout=5)[1] == []
