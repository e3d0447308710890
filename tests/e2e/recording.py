"""The recorded answers in docs/answers: asked again of a running service, compared or written anew.

`python -m tests.e2e.recording` starts a service and writes them, and the answer in each README, anew.
"""

import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.e2e.running import ROOT, Running

FOLDER = ROOT / "docs" / "answers"
READMES = ("README.md", "README.zh-CN.md")
ANSWER = re.compile(r"<!-- answer -->\n```.*?```", re.DOTALL)
VOLATILE = {"request_id", "generation", "next_cursor"}
FIRM = {
    "text": "工业质检软件研发，想申请研发补助",
    "facts": {"region": "330106", "industry": "I6513", "registered_on": "2021-03-01", "employees": 18},
}
DAY = "2026-11-24"
REQUESTS: dict[str, tuple[str, Any]] = {
    "recommendations": ("/v1/recommendations", {"profile": FIRM, "as_of": DAY, "limit": 3}),
    "eligibility": (
        "/v1/eligibility",
        {"profile": FIRM, "as_of": DAY, "measures": ["cn-2016-high-tech.recognition"]},
    ),
    "measure": ("/v1/measures/cn-2016-high-tech.recognition", None),
    "refused": (
        "/v1/recommendations",
        {"profile": {"facts": {"region": "999999", "employees": "18"}}, "limit": 0},
    ),
}


def differences(shown: Any, real: Any, at: str = "") -> list[str]:
    """Where the two differ; scores may differ a little between processors."""
    if isinstance(shown, dict) and isinstance(real, dict):
        names = (shown.keys() | real.keys()) - VOLATILE
        return [d for n in sorted(names) for d in differences(shown.get(n), real.get(n), f"{at}/{n}")]
    if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
        pairs = enumerate(zip(shown, real, strict=True))
        return [d for i, (s, r) in pairs for d in differences(s, r, f"{at}/{i}")]
    if isinstance(shown, float) and isinstance(real, float | int):
        return [] if abs(shown - real) < 0.05 else [at]
    return [] if shown == real else [at]


def settled(service: Running) -> None:
    """Waits until meaning counts: the encoder loads in the background."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if not service.ask("/v1/recommendations", {"profile": FIRM}).json()["degraded"]:
            return
        time.sleep(0.3)


def asked(service: Running, name: str) -> dict[str, Any]:
    """The request of this name with what the service answers."""
    path, body = REQUESTS[name]
    answer = service.ask(path, body)
    request = {"method": "GET" if body is None else "POST", "path": path, "body": body}
    return {"request": request, "status": answer.status, "answer": answer.json()}


def shown_request(readme: Path) -> Any:
    """The body of the README's curl."""
    found = re.search(r"<!-- request -->\n```sh\n.*?-d '(.*?)'\n```", readme.read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def write(service: Running) -> None:
    """Writes every recorded answer anew, and the one in each README."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in REQUESTS:
        text = json.dumps(asked(service, name), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    for name in READMES:
        readme = ROOT / name
        answer = service.ask("/v1/recommendations", shown_request(readme)).json()
        block = f"<!-- answer -->\n```json\n{json.dumps(answer, ensure_ascii=False, indent=1)}\n```"
        text = readme.read_text(encoding="utf-8")
        readme.write_text(ANSWER.sub(block.replace("\\", r"\\"), text), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Running(Path(folder) / "data") as running:
        settled(running)
        write(running)
