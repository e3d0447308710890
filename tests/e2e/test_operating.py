"""What an operator does while the service runs: look at it, back it up, restore it, change its key."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import HUIQI, ROOT, Running, environment
from tests.e2e.test_serve import FIRM, everybody, publish, told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

WORDS_ONLY = {"HUIQI_ENCODER": "none"}
ASK = {"profile": FIRM, "as_of": "2026-11-24"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("operating") / "data", WORDS_ONLY) as running:
        yield running


def huiqi(service: Running, *arguments: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (HUIQI, *arguments),
        cwd=ROOT,
        env=environment(data or service.data, service.port, **WORDS_ONLY),
        capture_output=True,
        text=True,
        timeout=60,
    )


def parts(service: Running) -> dict[str, str]:
    return dict(service.ask("/readyz").json()["parts"])


def test_a_doctor_finds_nothing_broken_in_a_running_service(service: Running) -> None:
    done = huiqi(service, "doctor")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_backup_of_a_running_service_is_served_elsewhere_as_it_was(
    service: Running, tmp_path: Path
) -> None:
    publish(service, "test-backed-up")
    firm = everybody(service)[0]
    service.until(lambda: told(service, firm, "test-backed-up.all") == 1)
    assert huiqi(service, "backup", str(tmp_path / "b.tar")).returncode == 0
    before = service.ask("/v1/recommendations", ASK).json()
    data = tmp_path / "restored"
    assert huiqi(service, "restore", str(tmp_path / "b.tar"), data=data).returncode == 0
    with Running(data, WORDS_ONLY) as restored:
        assert restored.ask("/v1/recommendations", ASK).json()["items"] == before["items"]
        time.sleep(1)
        assert told(restored, firm, "test-backed-up.all") == 1


def test_a_new_key_is_taken_at_once_and_the_old_one_is_refused(service: Running) -> None:
    old = service.key
    assert huiqi(service, "rotate-key").returncode == 0
    keys = (old, service.key)
    assert [service.ask("/v1/enterprises", key=key).status for key in keys] == [401, 200]


def test_no_file_but_its_own_holds_the_key(service: Running) -> None:
    service.ask("/v1/enterprises", key=True)
    holders = [
        file.name
        for file in service.data.rglob("*")
        if file.is_file() and service.key.encode() in file.read_bytes()
    ]
    assert holders == ["admin.key"]


def test_nothing_in_the_data_folder_can_be_read_by_others(service: Running) -> None:
    assert service.data.stat().st_mode & 0o077 == 0
    keys = [*service.data.glob("*.key"), *service.data.glob("huiqi.sqlite*")]
    assert {oct(file.stat().st_mode & 0o077) for file in keys} == {"0o0"}


def test_a_stalled_worker_shows_and_recovers(service: Running) -> None:
    worker = service.child("service.worker")
    worker.send_signal(signal.SIGSTOP)
    try:
        service.until(lambda: parts(service)["worker"] == "down", seconds=20)
        answer = service.ask("/readyz")
        assert (answer.status, answer.json()["status"]) == (200, "degraded")
    finally:
        worker.send_signal(signal.SIGCONT)
    service.until(lambda: parts(service)["worker"] == "ok")


def test_a_killed_api_is_back_on_the_same_port(service: Running) -> None:
    os.kill(service.child("service.api").pid, signal.SIGKILL)
    assert service.ask("/v1/recommendations", ASK).status == 200
